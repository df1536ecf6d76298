"""The rally that is practised on: a catalogue in six languages with a gate, a stand and a gate elsewhere."""

from __future__ import annotations

from typing import Final

from common.catalogue import (
    Catalogue,
    CatalogueArea,
    CataloguePoint,
    CatalogueProduct,
    CatalogueVariant,
    Names,
    QuestionWords,
)
from common.days import event_day
from common.ids import AreaNo, EventDay, EventUid, PointNo, ProductNo
from common.questions import AskNumber, AskYesNo, Question
from common.rules import (
    DayRule,
    LaneKind,
    Once,
    PointKind,
    PointRules,
    ProductKind,
    ProductRules,
    Quantity,
    Window,
)

EVENT: Final = EventUid(b"prac")
GATE, STAND, CAMP_GATE = PointNo(1), PointNo(2), PointNo(3)
TICKET, SHIRT, LUNCH, YOUTH, RIDER, LATER, CAMP = map(ProductNo, range(1, 8))
LANGUAGES: Final = ("cs", "en", "de", "fr", "it", "pl")
LATER_DAYS: Final = 2


def _six(cs: str, en: str, de: str, fr: str, it: str, pl: str) -> Names:
    return dict(zip(LANGUAGES, (cs, en, de, fr, it, pl), strict=True))


def practice_rally(now_ms: int, zone: str) -> Catalogue:
    """The catalogue as of now: the ticket of another day is one for the day after tomorrow."""
    days = DayRule(zone)
    later = EventDay(event_day(now_ms, days) + LATER_DAYS)
    points = (
        CataloguePoint(
            PointRules(
                GATE, PointKind.GATE, AreaNo(0), (TICKET, YOUTH, RIDER, LATER), _LANES, may_override_unpaid=True
            ),
            _GATE,
        ),
        CataloguePoint(PointRules(STAND, PointKind.STAND, AreaNo(0), (SHIRT, LUNCH)), _STAND),
        CataloguePoint(PointRules(CAMP_GATE, PointKind.GATE, AreaNo(1), (CAMP,)), _CAMP_GATE),
    )
    areas = (CatalogueArea(AreaNo(0), _GROUNDS), CatalogueArea(AreaNo(1), _CAMP_NAMES))
    products = _products(Window(days=(later,)))
    return Catalogue(1, EVENT, _RALLY, LANGUAGES, "en", days, now_ms, now_ms, products, points, areas, is_test=True)


def _products(later: Window) -> tuple[CatalogueProduct, ...]:
    asked = (Question("licence", AskYesNo()), Question("kilometres", AskNumber(0, 10_000), required=False))
    words = (QuestionWords("licence", _LICENCE), QuestionWords("kilometres", _KILOMETRES))
    ticket, item, once = ProductKind.TICKET, ProductKind.ITEM, Once()
    return (
        CatalogueProduct(ProductRules(TICKET, ticket, once), _TICKET),
        CatalogueProduct(ProductRules(SHIRT, item, Quantity()), _SHIRT, _SHIRT_OUT, variants=_SHIRT_SIZES),
        CatalogueProduct(ProductRules(LUNCH, item, Quantity()), _LUNCH),
        CatalogueProduct(ProductRules(YOUTH, ticket, once, attention=True), _YOUTH, attention="check_age"),
        CatalogueProduct(
            ProductRules(RIDER, ticket, once, questions=asked, asks_questions=True), _RIDER, questions=words
        ),
        CatalogueProduct(ProductRules(LATER, ticket, once, (later,)), _LATER),
        CatalogueProduct(ProductRules(CAMP, ticket, once), _CAMP_TICKET),
    )


_LANES: Final = (LaneKind.WALKING, LaneKind.RIDING)
_RALLY: Final = _six(
    "Cvičný sraz", "Practice rally", "Übungstreffen", "Rallye d’entraînement", "Raduno di prova", "Zlot ćwiczebny"
)
_GATE: Final = _six(
    "Cvičná brána", "Practice gate", "Übungstor", "Porte d’entraînement", "Ingresso di prova", "Brama ćwiczebna"
)
_STAND: Final = _six(
    "Cvičný stánek", "Practice stand", "Übungsstand", "Stand d’entraînement", "Stand di prova", "Stoisko ćwiczebne"
)
_CAMP_GATE: Final = _six(
    "Brána kempu", "Camp gate", "Tor am Zeltplatz", "Porte du camping", "Ingresso del campeggio", "Brama kempingu"
)
_GROUNDS: Final = _six("Areál", "Grounds", "Gelände", "Site", "Area", "Teren")
_CAMP_NAMES: Final = _six("Kemp", "Camp", "Zeltplatz", "Camping", "Campeggio", "Kemping")
_TICKET: Final = _six(
    "Čtyřdenní vstupenka",
    "Four-day ticket",
    "Viertagesticket",
    "Billet quatre jours",
    "Biglietto di quattro giorni",
    "Bilet czterodniowy",
)
_SHIRT: Final = _six("Tričko", "T-shirt", "T-Shirt", "Tee-shirt", "Maglietta", "Koszulka")
_SHIRT_OUT: Final = _six(
    "barva: černá", "colour: black", "Farbe: Schwarz", "couleur : noir", "colore: nero", "kolor: czarny"
)
_SHIRT_SIZES: Final = tuple(
    CatalogueVariant(size.lower(), _six(size, size, size, size, size, size)) for size in ("S", "M", "L", "XL", "XXL")
)
_LUNCH: Final = _six("Oběd", "Lunch", "Mittagessen", "Déjeuner", "Pranzo", "Obiad")
_YOUTH: Final = _six(
    "Vstupenka pro mládež",
    "Youth ticket",
    "Jugendticket",
    "Billet jeune",
    "Biglietto giovani",
    "Bilet młodzieżowy",
)
_RIDER: Final = _six(
    "Vstupenka na vyjížďku",
    "Ride-out ticket",
    "Ticket zur Ausfahrt",
    "Billet de balade",
    "Biglietto per il giro",
    "Bilet na przejażdżkę",
)
_LATER: Final = _six(
    "Jednodenní vstupenka",
    "One-day ticket",
    "Tagesticket",
    "Billet un jour",
    "Biglietto giornaliero",
    "Bilet jednodniowy",
)
_CAMP_TICKET: Final = _six(
    "Vstupenka do kempu",
    "Camp ticket",
    "Zeltplatzticket",
    "Billet de camping",
    "Biglietto del campeggio",
    "Bilet na kemping",
)
_LICENCE: Final = _six(
    "Máte u sebe řidičský průkaz?",
    "Do you carry your driving licence?",
    "Haben Sie den Führerschein dabei?",
    "Avez-vous votre permis sur vous ?",
    "Ha con sé la patente?",
    "Czy ma Pan/Pani przy sobie prawo jazdy?",
)
_KILOMETRES: Final = _six(
    "Kolik kilometrů jste přijeli?",
    "How many kilometres did you ride here?",
    "Wie viele Kilometer sind Sie gefahren?",
    "Combien de kilomètres avez-vous parcourus ?",
    "Quanti chilometri ha percorso?",
    "Ile kilometrów Pan/Pani przejechał(a)?",
)
