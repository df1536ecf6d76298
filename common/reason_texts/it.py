"""I motivi in italiano: titolo, frase e, dove c’è altro da dire, un dettaglio."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "admit": ("Benvenuti", "Tutto in ordine."),
    "ask": ("Decidere, per favore", "Qui deve decidere il personale."),
    "refuse": ("Ingresso negato", "Qui e ora non è possibile."),
    "ok": ("In ordine", "Il biglietto è valido."),
    "malformed": ("Non è un biglietto", "Questo codice non è un biglietto né il codice di un biglietto."),
    "unknown_key": ("Biglietto sconosciuto", "Il chiosco non conosce la chiave che ha firmato il biglietto."),
    "bad_signature": ("Non autentico", "Il biglietto è stato alterato o non viene dall’organizzatore."),
    "wrong_event": ("Altro evento", "Il biglietto è di un altro evento."),
    "test_pass": ("Biglietto di test", "Questo biglietto serve solo per le prove e non fa entrare nessuno."),
    "unknown_ticket": (
        "Codice sconosciuto",
        "Qui non è noto alcun biglietto con questo codice. Controllare il codice.",
    ),
    "revoked": ("Biglietto revocato", "La chiave è stata ritirata e il biglietto non risulta registrato."),
    "superseded": ("Biglietto sostituito", "Esiste un biglietto più recente. Vale solo l’ultimo."),
    "cancelled": ("Biglietto annullato", "Il biglietto è stato annullato o rimborsato."),
    "blocked": ("Biglietto bloccato", "Il biglietto è bloccato. Rivolgersi al punto informazioni."),
    "not_yet_valid": ("Non ancora valido", "Il biglietto non è ancora valido.", "Il biglietto vale da: {time}."),
    "expired": ("Scaduto", "Il biglietto non è più valido."),
    "history_incomplete": ("Dati mancanti", "Il chiosco non sa ancora abbastanza di questo biglietto."),
    "not_bought": ("Non acquistato", "Il biglietto non comprende nulla di ciò che si offre qui."),
    "wrong_point": ("Non qui", "Questo si ritira altrove.", "Andare a: {point}."),
    "wrong_lane": ("Altra corsia", "Il biglietto è per un’altra corsia.", "Usare l’altra corsia: {point}."),
    "wrong_day": ("Non oggi", "Il biglietto è per un altro giorno.", "Tornare: {time}."),
    "wrong_time": ("Non a quest’ora", "A quest’ora è chiuso.", "Aperto da: {time}."),
    "no_exit_here": ("Qui non si esce", "Qui non c’è uscita.", "Uscita: {point}."),
    "nothing_left": ("Già usato tutto", "Sul biglietto non ne restano abbastanza.", "Ultimo uso: {time}, {point}."),
    "already_today": ("Già usato oggi", "Oggi è già stato usato.", "Usato: {time}, {point}."),
    "limit_today": ("Limite di oggi raggiunto", "Di più in un giorno non è possibile.", "Rimanenti per oggi: {left}."),
    "days_used_up": (
        "Giorni esauriti",
        "Tutti i giorni del biglietto sono stati usati.",
        "Ultimo uso: {time}, {point}.",
    ),
    "already_inside": ("Già dentro", "Con questo biglietto qualcuno è già entrato.", "Ingresso: {time}, {point}."),
    "too_soon": ("Troppo presto", "È stato usato da poco.", "Di nuovo da: {from}."),
    "after_first_use_window": ("Tempo scaduto", "Il tempo dopo il primo uso è scaduto.", "Primo uso: {time}, {point}."),
    "rule_unevaluable": (
        "Regola sconosciuta",
        "Il chiosco non sa applicare la regola di questo prodotto. Chiamare un responsabile.",
    ),
    "unpaid": ("Non pagato", "L’ordine non è ancora stato pagato."),
    "proof_missing": (
        "Uso dubbio",
        "Un uso precedente è segnalato ma non provato.",
        "Segnalato: {time}, {point}.",
    ),
    "questions": ("Fare le domande", "Prima bisogna rispondere ad alcune domande."),
    "confirm": ("Controllare", "Controllare l’ospite e confermare."),
    "choose": ("Scegliere", "Qui si possono riscattare più cose."),
    "needs_supervisor": ("Chiamare un responsabile", "I dati di un dispositivo ritirato attendono una decisione."),
    "journal_unwritable": (
        "Scrittura impossibile",
        "Il chiosco non può registrare nulla. Usarne un altro e chiamare l’assistenza.",
    ),
    "disk_full": ("Memoria piena", "La memoria del chiosco è piena. Usarne un altro e chiamare l’assistenza."),
    "clock_unusable": (
        "Ora dubbia",
        "L’ora del chiosco può essere sbagliata. Se è giusta, scansionare un badge; altrimenti collegare il chiosco.",
    ),
    "no_snapshot": ("Ancora nessun dato", "Il chiosco non ha ancora i dati dell’evento. Collegarlo al server."),
    "no_point": (
        "Ancora senza postazione",
        "Al chiosco non è ancora assegnata una postazione. Chiedere all’amministratore.",
    ),
    "snapshot_unreadable": ("Dati danneggiati", "I dati del chiosco sono illeggibili. Collegarlo al server."),
    "out_of_order": (
        "Ingresso fuori servizio",
        "Questo ingresso non si apre. Usarne un altro; personale: scansionare il badge di un responsabile.",
    ),
    "internal": (
        "Errore interno",
        "Qualcosa è andato storto nel chiosco. Scansionare di nuovo; se continua, chiamare l’assistenza.",
    ),
}

# In place of "nothing_left" where some are left, and more were asked for; the sentence is the same.
NOT_ENOUGH: Final = ("Non ne restano così tanti", "Ora possibili: {left}.")
