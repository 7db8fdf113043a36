"""The words with which a new survey begins, in each language, until operations writes its own."""

from accounts.models.asking import Language
from accounts.models.surveys import SurveyKind

TEXTS: dict[str, dict[str, dict[str, str]]] = {
    SurveyKind.NPS: {
        Language.EN: {
            "subject": "One question about {company}",
            "greeting": "Hello {name}, one question about the last six months.",
            "question": "How likely are you to recommend {company} to a colleague?",
            "low": "not at all likely",
            "high": "extremely likely",
            "reason": "What is the main reason?",
            "thanks": "We read every answer, and write back if you asked for something.",
        },
        Language.DE: {
            "subject": "Eine Frage zu {company}",
            "greeting": "Guten Tag {name}, eine Frage zu den letzten sechs Monaten.",
            "question": "Wie wahrscheinlich ist es, dass Sie {company} weiterempfehlen?",
            "low": "sehr unwahrscheinlich",
            "high": "sehr wahrscheinlich",
            "reason": "Was ist der wichtigste Grund?",
            "thanks": "Wir lesen jede Antwort und melden uns, wenn Sie um etwas gebeten haben.",
        },
        Language.FR: {
            "subject": "Une question à propos de {company}",
            "greeting": "Bonjour {name}, une question sur les six derniers mois.",
            "question": "Recommanderiez-vous {company} à un collègue ?",
            "low": "très peu probable",
            "high": "très probable",
            "reason": "Quelle en est la raison principale ?",
            "thanks": "Nous lisons chaque réponse et revenons vers vous si vous avez demandé quelque chose.",
        },
        Language.ES: {
            "subject": "Una pregunta sobre {company}",
            "greeting": "Hola {name}, una pregunta sobre los últimos seis meses.",
            "question": "¿Qué probabilidad hay de que recomiende {company} a un colega?",
            "low": "nada probable",
            "high": "muy probable",
            "reason": "¿Cuál es el motivo principal?",
            "thanks": "Leemos todas las respuestas y le escribimos si nos ha pedido algo.",
        },
    },
    SurveyKind.CSAT: {
        Language.EN: {
            "subject": "How was it? One question from {company}",
            "greeting": "Hello {name}, one question about our last meeting.",
            "question": "How satisfied were you with it?",
            "low": "not at all satisfied",
            "high": "very satisfied",
            "reason": "What should we know?",
            "thanks": "We read every answer, and write back if you asked for something.",
        },
        Language.DE: {
            "subject": "Wie war es? Eine Frage von {company}",
            "greeting": "Guten Tag {name}, eine Frage zu unserem letzten Termin.",
            "question": "Wie zufrieden waren Sie damit?",
            "low": "gar nicht zufrieden",
            "high": "sehr zufrieden",
            "reason": "Was sollten wir wissen?",
            "thanks": "Wir lesen jede Antwort und melden uns, wenn Sie um etwas gebeten haben.",
        },
        Language.FR: {
            "subject": "Comment était-ce ? Une question de {company}",
            "greeting": "Bonjour {name}, une question sur notre dernier rendez-vous.",
            "question": "En étiez-vous satisfait ?",
            "low": "pas du tout satisfait",
            "high": "très satisfait",
            "reason": "Que devrions-nous savoir ?",
            "thanks": "Nous lisons chaque réponse et revenons vers vous si vous avez demandé quelque chose.",
        },
        Language.ES: {
            "subject": "¿Cómo fue? Una pregunta de {company}",
            "greeting": "Hola {name}, una pregunta sobre nuestra última reunión.",
            "question": "¿Quedó satisfecho con ella?",
            "low": "nada satisfecho",
            "high": "muy satisfecho",
            "reason": "¿Qué deberíamos saber?",
            "thanks": "Leemos todas las respuestas y le escribimos si nos ha pedido algo.",
        },
    },
}
# What is spoken where, by the country of an account as people write it; elsewhere we ask in English.
SPOKEN = {
    Language.DE: {"germany", "deutschland", "de", "austria", "österreich", "at", "switzerland", "schweiz", "ch"},
    Language.FR: {"france", "fr", "monaco", "mc"},
    Language.ES: {
        "spain", "españa", "es", "mexico", "méxico", "mx", "argentina", "ar", "chile", "cl", "colombia", "co",
        "peru", "perú", "pe",
    },
}  # fmt: skip
PLACEHOLDERS = ("name", "company")


def language_of_country(country: str) -> str:
    written = country.strip().lower()
    return next((str(language) for language, places in SPOKEN.items() if written in places), str(Language.EN))


def filled(text: str, *, name: str, company: str) -> str:
    """The words with who is asked and who asks; anything else in braces stays as it is."""
    return text.replace("{name}", name).replace("{company}", company)
