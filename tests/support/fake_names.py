"""Names of the event, points and products that screens show in tests: the longest there are, in six languages."""

from __future__ import annotations

from kiosk.shown import Names

EVENT: Names = {
    "cs": "Výroční sraz Praha",
    "en": "Anniversary Rally Prague",
    "de": "Jubiläumstreffen Prag",
    "fr": "Rassemblement anniversaire de Prague",
    "it": "Raduno dell’anniversario di Praga",
    "pl": "Zlot jubileuszowy w Pradze",
}
GATE: Names = {
    "cs": "Severní brána Výstaviště",
    "en": "North Gate, Exhibition Grounds",
    "de": "Nordtor am Messegelände",
    "fr": "Porte nord du parc des expositions",
    "it": "Ingresso nord della fiera",
    "pl": "Brama północna terenów wystawowych",
}
STAND: Names = {
    "cs": "Stánek s tričky u hlavního pódia",
    "en": "T-shirt stand at the main stage",
    "de": "T-Shirt-Stand an der Hauptbühne",
    "fr": "Stand de tee-shirts de la grande scène",
    "it": "Stand magliette al palco principale",
    "pl": "Stoisko z koszulkami przy scenie głównej",
}
TICKET: Names = {
    "cs": "Čtyřdenní vstupenka s motocyklem",
    "en": "Four-day ticket with motorcycle",
    "de": "Viertagesticket mit Motorrad",
    "fr": "Billet quatre jours avec moto",
    "it": "Biglietto di quattro giorni con moto",
    "pl": "Bilet czterodniowy z motocyklem",
}
SHIRT: Names = {
    "cs": "Pánské tričko s výročním potiskem, velikost XL",
    "en": "Men’s T-shirt with anniversary print, size XL",
    "de": "Herren-T-Shirt mit Jubiläumsdruck, Größe XL",
    "fr": "Tee-shirt homme imprimé anniversaire, taille XL",
    "it": "Maglietta da uomo con stampa dell’anniversario, taglia XL",
    "pl": "Koszulka męska z nadrukiem jubileuszowym, rozmiar XL",
}
LUNCH: Names = {
    "cs": "Motorkářský oběd",
    "en": "Biker’s lunch",
    "de": "Biker-Mittagessen",
    "fr": "Déjeuner du motard",
    "it": "Pranzo del motociclista",
    "pl": "Obiad motocyklisty",
}
AGE_CHECK: Names = {
    "cs": "Zkontrolujte věk",
    "en": "Check age",
    "de": "Alter prüfen",
    "fr": "Vérifiez l’âge",
    "it": "Controllare l’età",
    "pl": "Sprawdź wiek",
}


XL: Names = {
    "cs": "velikost XL, černá",
    "en": "size XL, black",
    "de": "Größe XL, schwarz",
    "fr": "taille XL, noir",
    "it": "taglia XL, nero",
    "pl": "rozmiar XL, czarny",
}
