"""Les raisons en français : titre, phrase et, s’il y a plus à dire, un détail."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "admit": ("Bienvenue", "Tout est en ordre."),
    "ask": ("À vous de décider", "Le personnel doit décider ici."),
    "refuse": ("Entrée refusée", "Ce n’est pas possible ici et maintenant."),
    "ok": ("En ordre", "Le billet est valable."),
    "malformed": ("Pas un billet", "Ce code n’est ni un billet ni un code de billet."),
    "unknown_key": ("Billet inconnu", "La borne ne connaît pas la clé qui a signé ce billet."),
    "bad_signature": ("Billet non authentique", "Le billet a été modifié ou ne vient pas de l’organisateur."),
    "wrong_event": ("Autre événement", "Le billet est celui d’un autre événement."),
    "test_pass": ("Billet d’essai", "Ce billet ne sert qu’aux essais et ne donne droit à rien."),
    "unknown_ticket": ("Code inconnu", "Aucun billet n’est connu ici sous ce code. Vérifiez la saisie."),
    "revoked": ("Billet révoqué", "La clé de ce billet a été retirée et le billet n’est pas enregistré."),
    "superseded": ("Billet remplacé", "Il existe un billet plus récent. Seul le dernier est valable."),
    "cancelled": ("Billet annulé", "Le billet a été annulé ou remboursé."),
    "blocked": ("Billet bloqué", "Le billet est bloqué. Adressez-vous à l’accueil."),
    "not_yet_valid": (
        "Pas encore valable",
        "Le billet n’est pas encore valable.",
        "Billet valable à partir de : {time}.",
    ),
    "expired": ("Expiré", "Le billet n’est plus valable."),
    "history_incomplete": ("Données manquantes", "La borne n’en sait pas assez sur ce billet."),
    "not_bought": ("Non acheté", "Le billet ne comprend rien de ce qui est proposé ici."),
    "wrong_point": ("Pas ici", "C’est ailleurs que cela se passe.", "Rendez-vous à : {point}."),
    "wrong_lane": ("Autre file", "Ce billet est pour une autre file.", "Prenez l’autre file : {point}."),
    "wrong_day": ("Pas aujourd’hui", "Le billet est pour un autre jour.", "Revenez : {time}."),
    "wrong_time": ("Pas à cette heure", "C’est fermé à cette heure.", "Ouvert à partir de : {time}."),
    "no_exit_here": ("Pas de sortie ici", "On ne peut pas sortir ici.", "Sortie : {point}."),
    "nothing_left": (
        "Déjà tout utilisé",
        "Il n’en reste pas assez sur ce billet.",
        "Dernière utilisation : {time}, {point}.",
    ),
    "already_today": (
        "Déjà utilisé aujourd’hui",
        "Il a déjà été utilisé aujourd’hui.",
        "Utilisé : {time}, {point}.",
    ),
    "limit_today": ("Limite du jour atteinte", "Pas davantage en une journée.", "Reste pour aujourd’hui : {left}."),
    "days_used_up": (
        "Aucun jour restant",
        "Tous les jours de ce billet sont utilisés.",
        "Dernière fois : {time}, {point}.",
    ),
    "already_inside": ("Déjà à l’intérieur", "Quelqu’un est déjà entré avec ce billet.", "Entrée : {time}, {point}."),
    "too_soon": ("Trop tôt", "Il vient d’être utilisé.", "À nouveau à partir de : {from}."),
    "after_first_use_window": (
        "Délai dépassé",
        "Le délai après la première utilisation est passé.",
        "Première fois : {time}, {point}.",
    ),
    "rule_unevaluable": (
        "Règle inconnue",
        "La borne ne peut pas appliquer la règle de ce produit. Appelez un responsable.",
    ),
    "unpaid": ("Non payé", "La commande n’est pas encore payée."),
    "proof_missing": (
        "Utilisation douteuse",
        "Une utilisation est signalée mais pas prouvée.",
        "Signalée : {time}, {point}.",
    ),
    "questions": ("Posez les questions", "Il faut d’abord répondre à quelques questions."),
    "confirm": ("Vérifiez", "Vérifiez la personne et confirmez."),
    "choose": ("Choisissez", "Plusieurs choses peuvent être utilisées ici."),
    "needs_supervisor": ("Appelez un responsable", "Les données d’un appareil retiré attendent une décision."),
    "journal_unwritable": (
        "Écriture impossible",
        "La borne ne peut rien enregistrer. Prenez-en une autre et appelez l’assistance.",
    ),
    "disk_full": (
        "Mémoire pleine",
        "La mémoire de la borne est pleine. Utilisez une autre borne et appelez l’assistance.",
    ),
    "clock_unusable": (
        "Heure douteuse",
        "L’heure de la borne est peut-être fausse. Si elle est juste, scannez un badge ; sinon, connectez la borne.",
    ),
    "no_snapshot": ("Pas encore de données", "La borne n’a pas encore de données. Connectez-la au serveur."),
    "no_point": ("Pas encore de poste", "La borne n’a pas encore de poste. Adressez-vous à l’administrateur."),
    "snapshot_unreadable": ("Données abîmées", "Les données de la borne sont illisibles. Connectez-la au serveur."),
    "out_of_order": (
        "Entrée hors service",
        "Cette entrée ne s’ouvre pas. Prenez-en une autre ; personnel : scannez le badge d’un responsable.",
    ),
    "internal": (
        "Erreur interne",
        "Une erreur s’est produite dans la borne. Scannez à nouveau ; si cela persiste, appelez l’assistance.",
    ),
}

# In place of "nothing_left" where some are left, and more were asked for; the sentence is the same.
NOT_ENOUGH: Final = ("Il n’en reste pas autant", "Possible maintenant : {left}.")
