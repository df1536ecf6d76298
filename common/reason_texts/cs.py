"""Důvody česky: nadpis, věta a tam, kde je co dodat, podrobnost."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "admit": ("Vítejte", "Vše je v pořádku."),
    "ask": ("Rozhodněte prosím", "Tady musí rozhodnout obsluha."),
    "refuse": ("Nelze vpustit", "Tady a teď to nelze uznat."),
    "ok": ("V pořádku", "Vstupenka platí."),
    "malformed": ("Není vstupenka", "Tento kód není vstupenka ani kód vstupenky."),
    "unknown_key": ("Neznámá vstupenka", "Kiosk nezná klíč, kterým je vstupenka podepsána."),
    "bad_signature": ("Není pravá", "Vstupenka byla změněna, nebo ji nevydal pořadatel."),
    "wrong_event": ("Jiná akce", "Vstupenka patří k jiné akci."),
    "test_pass": ("Zkušební vstupenka", "Vstupenka je jen na zkoušku a nikoho nevpustí."),
    "unknown_ticket": ("Neznámý kód", "Vstupenku s tímto kódem tu neznáme. Zkontrolujte zadání."),
    "revoked": ("Zneplatněná vstupenka", "Klíč této vstupenky byl stažen a vstupenka není v záznamech."),
    "superseded": ("Nahrazená vstupenka", "K této vstupence existuje novější. Platí jen ta nejnovější."),
    "cancelled": ("Stornovaná vstupenka", "Vstupenka byla stornována nebo za ni byly vráceny peníze."),
    "blocked": ("Zablokovaná vstupenka", "Vstupenka je zablokovaná. Obraťte se prosím na informace."),
    "not_yet_valid": ("Ještě neplatí", "Vstupenka zatím neplatí.", "Vstupenka platí až od: {time}."),
    "expired": ("Platnost skončila", "Vstupenka už neplatí."),
    "history_incomplete": ("Chybí záznamy", "Kiosk toho o této vstupence zatím neví dost."),
    "not_bought": ("Nekoupeno", "Ke vstupence nepatří nic z toho, co je tu v nabídce."),
    "wrong_point": ("Tady ne", "Tohle se vydává jinde.", "Správné místo: {point}."),
    "wrong_lane": ("Jiný pruh", "Vstupenka patří do jiného pruhu.", "Použijte prosím jiný pruh: {point}."),
    "wrong_day": ("Dnes ne", "Vstupenka je na jiný den.", "Přijďte znovu: {time}."),
    "wrong_time": ("V tuto dobu ne", "V tuto dobu je zavřeno.", "Otevřeno od: {time}."),
    "no_exit_here": ("Tudy ven ne", "Tady není východ.", "Východ: {point}."),
    "nothing_left": ("Vyčerpáno", "Na vstupence už nezbývá dost.", "Vyčerpáno: {time}, {point}."),
    "already_today": ("Dnes už využito", "Dnes to už bylo využito.", "Využito: {time}, {point}."),
    "limit_today": ("Denní limit vyčerpán", "Víc jich za jeden den nejde.", "Na dnešek zbývá: {left}."),
    "days_used_up": (
        "Žádné dny nezbývají",
        "Všechny dny této vstupenky jsou vyčerpány.",
        "Naposledy: {time}, {point}.",
    ),
    "already_inside": ("Už je uvnitř", "S touto vstupenkou už někdo vešel.", "Vstup: {time}, {point}."),
    "too_soon": ("Příliš brzy", "Od posledního využití uběhlo málo času.", "Znovu od: {from}."),
    "after_first_use_window": ("Čas vypršel", "Čas od prvního využití už vypršel.", "Poprvé: {time}, {point}."),
    "rule_unevaluable": ("Neznámé pravidlo", "Kiosk neumí použít pravidlo tohoto produktu. Zavolejte vedoucího směny."),
    "unpaid": ("Nezaplaceno", "Objednávka ještě není zaplacena."),
    "proof_missing": ("Sporné využití", "Dřívější využití je hlášeno, ale není doloženo.", "Hlášeno: {time}, {point}."),
    "questions": ("Zeptejte se", "Nejdřív je třeba odpovědět na otázky."),
    "confirm": ("Zkontrolujte", "Zkontrolujte hosta a potvrďte."),
    "choose": ("Vyberte", "Tady lze uplatnit několik věcí."),
    "needs_supervisor": ("Zavolejte vedoucího směny", "Záznamy vyřazeného zařízení čekají na rozhodnutí."),
    "journal_unwritable": ("Nelze zapisovat", "Kiosk nemůže zapisovat do deníku. Použijte jiný a zavolejte podporu."),
    "disk_full": ("Plné úložiště", "Úložiště kiosku je plné. Použijte jiný kiosk a zavolejte podporu."),
    "clock_unusable": (
        "Nejistý čas",
        "Čas kiosku může být špatně. Je-li správný, načtěte odznak obsluhy; není-li, připojte kiosk k serveru.",
    ),
    "no_snapshot": ("Zatím žádná data", "Kiosk ještě nemá data akce. Připojte ho k serveru."),
    "no_point": ("Zatím bez stanoviště", "Kiosk ještě nemá přidělené stanoviště. Obraťte se na správce."),
    "snapshot_unreadable": ("Poškozená data", "Data kiosku nelze přečíst. Připojte ho k serveru."),
    "out_of_order": (
        "Vchod mimo provoz",
        "Tento vchod se neotevírá. Použijte jiný; obsluha: načtěte zde odznak vedoucího směny.",
    ),
    "internal": ("Vnitřní chyba", "V kiosku se něco pokazilo. Načtěte znovu; když to trvá, zavolejte podporu."),
}

# In place of "nothing_left" where some are left, and more were asked for; the sentence is the same.
NOT_ENOUGH: Final = ("Tolik jich nezbývá", "Teď lze použít: {left}.")
