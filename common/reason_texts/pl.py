"""Powody po polsku: nagłówek, zdanie i, gdzie jest co dodać, szczegół."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "admit": ("Witamy", "Wszystko w porządku."),
    "ask": ("Proszę zdecydować", "Tutaj musi zdecydować obsługa."),
    "refuse": ("Odmowa wstępu", "Tu i teraz nie można tego uznać."),
    "ok": ("W porządku", "Bilet jest ważny."),
    "malformed": ("To nie bilet", "Ten kod nie jest biletem ani kodem biletu."),
    "unknown_key": ("Nieznany bilet", "Kiosk nie zna klucza, którym podpisano bilet."),
    "bad_signature": ("Nieprawdziwy", "Bilet został zmieniony albo nie wydał go organizator."),
    "wrong_event": ("Inne wydarzenie", "Bilet jest na inne wydarzenie."),
    "test_pass": ("Bilet testowy", "Ten bilet służy tylko do prób i nikogo nie wpuszcza."),
    "unknown_ticket": ("Nieznany kod", "Nie znamy tu biletu z tym kodem. Proszę sprawdzić wpisany kod."),
    "revoked": ("Bilet unieważniony", "Klucz tego biletu wycofano, a biletu nie ma w zapisach."),
    "superseded": ("Bilet zastąpiony", "Istnieje nowszy bilet. Ważny jest tylko najnowszy."),
    "cancelled": ("Bilet anulowany", "Bilet anulowano lub zwrócono za niego pieniądze."),
    "blocked": ("Bilet zablokowany", "Bilet jest zablokowany. Proszę zapytać w punkcie informacji."),
    "not_yet_valid": ("Jeszcze nieważny", "Bilet nie jest jeszcze ważny.", "Bilet jest ważny od: {time}."),
    "expired": ("Po terminie", "Bilet nie jest już ważny."),
    "history_incomplete": ("Brakuje danych", "Kiosk wie jeszcze za mało o tym bilecie."),
    "not_bought": ("Nie kupiono", "Bilet nie obejmuje niczego, co jest tu oferowane."),
    "wrong_point": ("Nie tutaj", "To jest wydawane gdzie indziej.", "Właściwe miejsce: {point}."),
    "wrong_lane": ("Inny pas", "Bilet jest na inny pas.", "Proszę użyć innego pasa: {point}."),
    "wrong_day": ("Nie dzisiaj", "Bilet jest na inny dzień.", "Proszę przyjść ponownie: {time}."),
    "wrong_time": ("Nie o tej porze", "O tej porze jest zamknięte.", "Otwarte od: {time}."),
    "no_exit_here": ("Tędy nie ma wyjścia", "Tutaj nie ma wyjścia.", "Wyjście: {point}."),
    "nothing_left": (
        "Wykorzystano",
        "Na bilecie nie zostało już wystarczająco dużo.",
        "Wykorzystano: {time}, {point}.",
    ),
    "already_today": ("Dziś już wykorzystano", "Dzisiaj już to wykorzystano.", "Wykorzystano: {time}, {point}."),
    "limit_today": ("Limit na dziś osiągnięty", "Więcej w ciągu jednego dnia nie można.", "Na dziś zostało: {left}."),
    "days_used_up": ("Nie ma już dni", "Wszystkie dni tego biletu są wykorzystane.", "Ostatnio: {time}, {point}."),
    "already_inside": ("Już w środku", "Z tym biletem ktoś już wszedł.", "Wejście: {time}, {point}."),
    "too_soon": ("Za wcześnie", "Od ostatniego użycia minęło zbyt mało czasu.", "Ponownie od: {from}."),
    "after_first_use_window": ("Czas minął", "Czas od pierwszego użycia już minął.", "Pierwszy raz: {time}, {point}."),
    "rule_unevaluable": (
        "Nieznana reguła",
        "Kiosk nie umie zastosować reguły tego produktu. Proszę wezwać kierownika zmiany.",
    ),
    "unpaid": ("Nie zapłacono", "Zamówienie nie jest jeszcze opłacone."),
    "proof_missing": (
        "Wątpliwe użycie",
        "Wcześniejsze użycie zgłoszono, ale nie potwierdzono.",
        "Zgłoszono: {time}, {point}.",
    ),
    "questions": ("Proszę zapytać", "Najpierw trzeba odpowiedzieć na pytania."),
    "confirm": ("Proszę sprawdzić", "Proszę sprawdzić gościa i potwierdzić."),
    "choose": ("Proszę wybrać", "Można tu zrealizować kilka rzeczy."),
    "needs_supervisor": ("Wezwij kierownika zmiany", "Zapisy wycofanego urządzenia czekają na decyzję."),
    "journal_unwritable": (
        "Zapis niemożliwy",
        "Kiosk nie może zapisywać. Proszę użyć innego i wezwać pomoc techniczną.",
    ),
    "disk_full": ("Pamięć pełna", "Pamięć kiosku jest pełna. Proszę użyć innego i wezwać pomoc techniczną."),
    "clock_unusable": (
        "Niepewny czas",
        "Czas kiosku może być błędny. Jeśli jest dobry, proszę zeskanować identyfikator; jeśli nie, połączyć kiosk.",
    ),
    "no_snapshot": ("Jeszcze brak danych", "Kiosk nie ma jeszcze danych wydarzenia. Proszę połączyć go z serwerem."),
    "no_point": ("Jeszcze bez punktu", "Kiosk nie ma jeszcze przydzielonego punktu. Proszę zapytać administratora."),
    "snapshot_unreadable": ("Dane uszkodzone", "Danych kiosku nie da się odczytać. Proszę połączyć go z serwerem."),
    "out_of_order": (
        "Wejście nieczynne",
        "To wejście się nie otwiera. Proszę użyć innego; obsługa: zeskanować identyfikator kierownika zmiany.",
    ),
    "internal": (
        "Błąd wewnętrzny",
        "Coś poszło nie tak w kiosku. Proszę zeskanować ponownie; jeśli to nie pomoże, wezwać pomoc techniczną.",
    ),
}

# In place of "nothing_left" where some are left, and more were asked for; the sentence is the same.
NOT_ENOUGH: Final = ("Tyle już nie zostało", "Teraz można użyć: {left}.")
