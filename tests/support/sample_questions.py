"""One question of each kind, in the words of a rally."""

from __future__ import annotations

from kiosk.shown import Question, QuestionKind

QUESTIONS = (
    Question(
        "club",
        QuestionKind.TEXT,
        {
            "cs": "Jak se jmenuje váš klub nebo pobočka?",
            "en": "What is the name of your club or chapter?",
            "de": "Wie heißt Ihr Club oder Chapter?",
            "fr": "Quel est le nom de votre club ou chapitre ?",
            "it": "Come si chiama il vostro club o chapter?",
            "pl": "Jak nazywa się wasz klub lub oddział?",
        },
    ),
    Question(
        "kilometres",
        QuestionKind.NUMBER,
        {
            "cs": "Kolik kilometrů jste na sraz přijeli?",
            "en": "How many kilometres did you ride here?",
            "de": "Wie viele Kilometer sind Sie hergefahren?",
            "fr": "Combien de kilomètres avez-vous parcourus ?",
            "it": "Quanti chilometri avete percorso?",
            "pl": "Ile kilometrów przejechaliście na zlot?",
        },
        required=False,
    ),
    Question(
        "licence",
        QuestionKind.YES_NO,
        {
            "cs": "Má řidičský průkaz u sebe?",
            "en": "Is the driving licence here?",
            "de": "Ist der Führerschein dabei?",
            "fr": "Le permis de conduire est-il présent ?",
            "it": "La patente è presente?",
            "pl": "Czy prawo jazdy jest przy sobie?",
        },
    ),
    Question(
        "bike",
        QuestionKind.CHOICE,
        {
            "cs": "Který motocykl si na jízdu bere?",
            "en": "Which motorcycle for the ride?",
            "de": "Welches Motorrad für die Ausfahrt?",
            "fr": "Quelle moto pour la balade ?",
            "it": "Quale moto per il giro?",
            "pl": "Który motocykl na przejażdżkę?",
        },
        options=tuple((str(i), {"en": name}) for i, name in enumerate(("Sportster", "Softail", "Touring", "Trike"))),
    ),
    Question(
        "extras",
        QuestionKind.CHOICE,
        {
            "cs": "Co si berou s sebou?",
            "en": "What do they take along?",
            "de": "Was wird mitgenommen?",
            "fr": "Que prennent-ils avec eux ?",
            "it": "Che cosa portano con sé?",
            "pl": "Co zabierają ze sobą?",
        },
        required=False,
        options=tuple((str(i), {"en": name}) for i, name in enumerate(("Helmet", "Jacket", "Gloves", "Boots"))),
        several=True,
    ),
    Question("born", QuestionKind.DATE, {"en": "Date of birth", "cs": "Datum narození", "de": "Geburtsdatum"}),
    Question(
        "back", QuestionKind.TIME, {"en": "Back at what time?", "cs": "V kolik hodin zpět?", "de": "Wann zurück?"}
    ),
    Question("mail", QuestionKind.MAIL, {"en": "E-mail for the photographs", "cs": "E-mail pro fotografie"}),
)
