"""Gründe auf Deutsch: Überschrift, Satz und, wo es mehr zu sagen gibt, eine Einzelheit."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "admit": ("Willkommen", "Alles ist in Ordnung."),
    "ask": ("Bitte entscheiden", "Hier muss das Personal entscheiden."),
    "refuse": ("Kein Einlass", "Das geht hier und jetzt nicht."),
    "ok": ("In Ordnung", "Das Ticket ist gültig."),
    "malformed": ("Kein Ticket", "Dieser Code ist weder ein Ticket noch ein Ticketcode."),
    "unknown_key": ("Unbekanntes Ticket", "Der Kiosk kennt den Schlüssel nicht, mit dem das Ticket signiert ist."),
    "bad_signature": ("Nicht echt", "Das Ticket wurde verändert oder stammt nicht vom Veranstalter."),
    "wrong_event": ("Andere Veranstaltung", "Das Ticket gehört zu einer anderen Veranstaltung."),
    "test_pass": ("Testticket", "Dieses Ticket dient nur zum Testen und gewährt keinen Einlass."),
    "unknown_ticket": ("Unbekannter Code", "Zu diesem Code ist hier kein Ticket bekannt. Bitte Eingabe prüfen."),
    "revoked": ("Ticket widerrufen", "Der Schlüssel wurde zurückgezogen, und das Ticket ist nicht verzeichnet."),
    "superseded": ("Ticket ersetzt", "Es gibt ein neueres Ticket. Nur das neueste ist gültig."),
    "cancelled": ("Ticket storniert", "Das Ticket wurde storniert oder erstattet."),
    "blocked": ("Ticket gesperrt", "Das Ticket ist gesperrt. Bitte an der Information nachfragen."),
    "not_yet_valid": ("Noch nicht gültig", "Das Ticket ist noch nicht gültig.", "Das Ticket gilt ab: {time}."),
    "expired": ("Abgelaufen", "Das Ticket ist nicht mehr gültig."),
    "history_incomplete": ("Angaben fehlen", "Der Kiosk weiß noch zu wenig über dieses Ticket."),
    "not_bought": ("Nicht gekauft", "Das Ticket enthält nichts von dem, was es hier gibt."),
    "wrong_point": ("Nicht hier", "Das gibt es an anderer Stelle.", "Der richtige Ort: {point}."),
    "wrong_lane": ("Andere Spur", "Das Ticket gilt für eine andere Spur.", "Bitte die andere Spur nehmen: {point}."),
    "wrong_day": ("Nicht heute", "Das Ticket gilt an einem anderen Tag.", "Bitte wiederkommen: {time}."),
    "wrong_time": ("Nicht um diese Zeit", "Um diese Zeit ist nicht geöffnet.", "Geöffnet ab: {time}."),
    "no_exit_here": ("Hier kein Ausgang", "Hier geht es nicht hinaus.", "Ausgang: {point}."),
    "nothing_left": ("Aufgebraucht", "Auf dem Ticket ist nicht genug übrig.", "Aufgebraucht: {time}, {point}."),
    "already_today": ("Heute schon genutzt", "Es wurde heute schon genutzt.", "Genutzt: {time}, {point}."),
    "limit_today": ("Tageslimit erreicht", "Mehr geht an einem Tag nicht.", "Heute noch übrig: {left}."),
    "days_used_up": ("Keine Tage übrig", "Alle Tage dieses Tickets sind genutzt.", "Zuletzt: {time}, {point}."),
    "already_inside": ("Schon drinnen", "Mit diesem Ticket ist schon jemand drinnen.", "Einlass: {time}, {point}."),
    "too_soon": ("Zu früh", "Die letzte Nutzung ist noch nicht lange her.", "Wieder ab {from}."),
    "after_first_use_window": (
        "Zeit abgelaufen",
        "Die Zeit nach der ersten Nutzung ist um.",
        "Zuerst: {time}, {point}.",
    ),
    "rule_unevaluable": (
        "Regel unbekannt",
        "Der Kiosk kann die Regel dieses Produkts nicht anwenden. Schichtleitung rufen.",
    ),
    "unpaid": ("Nicht bezahlt", "Die Bestellung ist noch nicht bezahlt."),
    "proof_missing": (
        "Nutzung zweifelhaft",
        "Eine frühere Nutzung ist gemeldet, aber nicht belegt.",
        "Gemeldet: {time}, {point}.",
    ),
    "questions": ("Bitte nachfragen", "Zuerst sind einige Fragen zu beantworten."),
    "confirm": ("Bitte prüfen", "Gast prüfen und bestätigen."),
    "choose": ("Bitte wählen", "Hier kann Verschiedenes eingelöst werden."),
    "needs_supervisor": ("Schichtleitung rufen", "Einträge eines ausgemusterten Geräts warten auf eine Entscheidung."),
    "journal_unwritable": ("Schreiben unmöglich", "Der Kiosk kann nichts aufzeichnen. Anderen nehmen, Support rufen."),
    "disk_full": ("Speicher voll", "Der Speicher des Kiosks ist voll. Anderen nehmen, Support rufen."),
    "clock_unusable": (
        "Uhrzeit zweifelhaft",
        "Die Uhrzeit kann falsch sein. Stimmt sie, Dienstausweis scannen; sonst Kiosk verbinden.",
    ),
    "no_snapshot": ("Noch keine Daten", "Der Kiosk hat noch keine Daten. Mit dem Server verbinden."),
    "no_point": ("Noch kein Standort", "Dem Kiosk ist noch kein Standort zugewiesen. Administration fragen."),
    "snapshot_unreadable": ("Daten beschädigt", "Die Daten des Kiosks sind unlesbar. Mit dem Server verbinden."),
    "out_of_order": (
        "Eingang außer Betrieb",
        "Dieser Eingang öffnet nicht. Bitte einen anderen nehmen; Personal: Ausweis der Schichtleitung scannen.",
    ),
    "internal": ("Interner Fehler", "Im Kiosk ist etwas schiefgegangen. Neu scannen; bleibt es so, Support rufen."),
}

# In place of "nothing_left" where some are left, and more were asked for; the sentence is the same.
NOT_ENOUGH: Final = ("So viele sind nicht übrig", "Jetzt noch möglich: {left}.")
