"""From a verdict to what front ends show: every name they need, and nothing they would have to look up."""

from __future__ import annotations

from common.bodies import Exit, Override, Redeem
from common.catalogue import Catalogue, CatalogueProduct
from common.decision import Direction, EarlierUse, NotVerified, Outcome, Reason, Scan, Verdict, VerifiedPass
from common.entries import Entry
from common.errors import InvariantError
from common.ids import DeviceId, ProductNo, Ref
from common.leaving import moved_by
from common.questions import AskChoice, AskNumber, AskText, OpenQuestion, kind_of
from common.scan_text import code_of
from kiosk.code_ends import end_of
from kiosk.point_here import nearest
from kiosk.shown import FirstUse, Holder, Names, OfferedChoice, Question, QuestionKind, Shown, TakenBack, Undone
from kiosk.surroundings import Here, Surroundings, point_names, product_names
from kiosk.unsealing import Unsealed, answers_shown

_ATTENTION: dict[str, Names] = {
    "check_age": {
        "cs": "Zkontrolujte věk",
        "en": "Check the age",
        "de": "Alter prüfen",
        "fr": "Vérifiez l’âge",
        "it": "Controllare l’età",
        "pl": "Sprawdź wiek",
    },
    "check_card": {
        "cs": "Zkontrolujte průkaz",
        "en": "Check the card",
        "de": "Ausweis prüfen",
        "fr": "Vérifiez la carte",
        "it": "Controllare la tessera",
        "pl": "Sprawdź legitymację",
    },
    "check_disability_card": {
        "cs": "Zkontrolujte průkaz ZTP",
        "en": "Check the disability card",
        "de": "Schwerbehindertenausweis prüfen",
        "fr": "Vérifiez la carte d’invalidité",
        "it": "Controllare la tessera di disabilità",
        "pl": "Sprawdź legitymację osoby niepełnosprawnej",
    },
    "check_press_card": {
        "cs": "Zkontrolujte novinářský průkaz",
        "en": "Check the press card",
        "de": "Presseausweis prüfen",
        "fr": "Vérifiez la carte de presse",
        "it": "Controllare il tesserino stampa",
        "pl": "Sprawdź legitymację prasową",
    },
    "check_identity": {
        "cs": "Zkontrolujte občanský průkaz nebo pas",
        "en": "Check identity card or passport",
        "de": "Personalausweis oder Reisepass prüfen",
        "fr": "Vérifiez la carte d’identité ou le passeport",
        "it": "Controllare carta d’identità o passaporto",
        "pl": "Sprawdź dowód osobisty lub paszport",
    },
    "check_licence": {
        "cs": "Zkontrolujte řidičský průkaz",
        "en": "Check the driving licence",
        "de": "Führerschein prüfen",
        "fr": "Vérifiez le permis de conduire",
        "it": "Controllare la patente",
        "pl": "Sprawdź prawo jazdy",
    },
    "check_plate": {
        "cs": "Zkontrolujte značku",
        "en": "Check the number plate",
        "de": "Kennzeichen prüfen",
        "fr": "Vérifiez la plaque",
        "it": "Controllare la targa",
        "pl": "Sprawdź tablicę rejestracyjną",
    },
    "no_plate": {  # instead of check_plate, where there is none to compare
        "cs": "Značku tu zatím neznáme: porovnejte tu na vstupence",
        "en": "Plate not known here yet: compare the one on the pass",
        "de": "Kennzeichen hier noch unbekannt: das auf dem Ticket vergleichen",
        "fr": "Plaque pas encore connue ici : comparez celle du billet",
        "it": "Targa non ancora nota qui: confrontare quella sul biglietto",
        "pl": "Tablica jeszcze tu nieznana: porównaj tę na bilecie",
    },
    "check_helmet": {
        "cs": "Zkontrolujte helmu",
        "en": "Check the helmet",
        "de": "Helm prüfen",
        "fr": "Vérifiez le casque",
        "it": "Controllare il casco",
        "pl": "Sprawdź kask",
    },
}


def shown_of(
    verdict: Verdict,
    scan: Scan,
    here: Here,
    around: Surroundings,
    own: DeviceId,
    unsealed: Unsealed | None,
    entry: Ref | None,
    now_ms: int | None = None,
) -> Shown:
    """The answer with its names. `product` is what was admitted or, with one candidate, what was asked for."""
    catalogue = here.catalogue
    product = verdict.product
    found = None if product is None else catalogue.product_by_no.get(product)
    holder = None if isinstance(scan, NotVerified) or unsealed is None else unsealed.holder
    return Shown(
        verdict=verdict,
        product=None if product is None else product_names(catalogue, product),
        ticket=product_names(catalogue, scan.product) if isinstance(scan, VerifiedPass) else None,
        choices=offered(verdict, catalogue),
        left=left_after(verdict),
        more=more_after(verdict, found),
        holder=holder,
        first_use=None if verdict.earlier is None else first_use(verdict.earlier, catalogue, around, own, now_ms),
        points=nearest(here, verdict.hint.points, lets_out=verdict.direction is Direction.OUT),
        hand_out=found.handouts if found else {},
        picture=found.picture.hex() if found and found.picture else None,
        attention=attention_of(found, holder),
        entry=entry,
        questions=questions_of(verdict, found),
        kept=() if unsealed is None else answers_shown(verdict, catalogue, unsealed.kept),
        code_end="" if holder is not None else end_of(code_of(scan)),
    )


def undone_of(use: Entry, catalogue: Catalogue | None, code_end: str) -> Undone:
    """A use is taken back: which one it was. `code_end`: of the ticket's code, where it was read here just now."""
    body = use.body
    if not isinstance(body, Redeem | Exit | Override):
        raise InvariantError("a use that names no ticket")
    names: Names = {} if catalogue is None else product_names(catalogue, body.product)
    told = TakenBack(use.stamp.corrected_ms, names, moved_by(body), code_end)
    return Undone(done=True, use=told)


def attention_of(product: CatalogueProduct | None, holder: Holder | None) -> Names:
    """What to look at, in words; none where the product says nothing. A plate nobody knows cannot be compared."""
    looks_at = (product and product.attention) or ""
    if looks_at == "check_plate" and (holder is None or not holder.plate):
        looks_at = "no_plate"
    return _ATTENTION.get(looks_at, {})


def questions_of(verdict: Verdict, product: CatalogueProduct | None) -> tuple[Question, ...]:
    """What is to be answered. Where the catalogue says only that a product asks, it is one answer in free words."""
    if verdict.reason is not Reason.QUESTIONS:
        return ()
    if product is None or not verdict.questions:
        return (Question("answer", QuestionKind.TEXT, {}, required=True),)
    return tuple(_question(one, product) for one in verdict.questions)


def _question(asked: OpenQuestion, product: CatalogueProduct) -> Question:
    question, ask = asked.question, asked.question.ask
    words = product.words_of(question.key)
    several = isinstance(ask, AskChoice) and ask.several
    return Question(
        key=question.key,
        kind=QuestionKind.CHOICE if several else QuestionKind(kind_of(ask)),
        names=words.names,
        required=question.required,
        options=tuple((key, words.options.get(key, {})) for key in ask.options) if isinstance(ask, AskChoice) else (),
        several=several,
        characters_max=ask.characters_max if isinstance(ask, AskText) else None,
        least=ask.least if isinstance(ask, AskNumber) else None,
        most=ask.most if isinstance(ask, AskNumber) else None,
        fault=None if asked.fault is None else asked.fault.value,
    )


def offered(verdict: Verdict, catalogue: Catalogue) -> tuple[OfferedChoice, ...]:
    """The choices with their names, pictures and what to hand out."""
    return tuple(
        OfferedChoice(
            choice,
            product_names(catalogue, choice.product),
            _picture(catalogue, choice.product),
            found.handouts if (found := catalogue.product_by_no.get(choice.product)) else {},
        )
        for choice in verdict.choices
    )


def left_after(verdict: Verdict) -> int | None:
    """How many of the product are left once this use is written; None where nothing is counted, and of who leaves."""
    if verdict.direction is Direction.OUT:
        return None
    for choice in verdict.choices:
        if choice.product == verdict.product and choice.left is not None:
            return max(0, choice.left - verdict.quantity)
    return None


def more_after(verdict: Verdict, product: CatalogueProduct | None) -> int:
    """How many of the product the next scan could hand out, at once and by today's rules; 0 where none are counted."""
    rules = None if product is None else product.rules
    if rules is None or verdict.outcome is not Outcome.ADMIT or verdict.direction is Direction.OUT:
        return 0
    if rules.min_gap_minutes or rules.later_windows:
        return 0
    most = next((one.most for one in verdict.choices if one.product == verdict.product), None)
    return 0 if most is None else max(0, most - verdict.quantity)


def first_use(
    earlier: EarlierUse, catalogue: Catalogue, around: Surroundings, own: DeviceId, now_ms: int | None
) -> FirstUse:
    """When, where and by which device it was used before, and how long before this answer."""
    device = earlier.use.ref.identity.device
    names = point_names(catalogue, earlier.use.point)
    ago_ms = None if now_ms is None else now_ms - earlier.time_ms
    return FirstUse(earlier.time_ms, names, around.device_name(device), device == own, ago_ms)


def _picture(catalogue: Catalogue, product: ProductNo) -> str | None:
    found = catalogue.product_by_no.get(product)
    return found.picture.hex() if found and found.picture else None
