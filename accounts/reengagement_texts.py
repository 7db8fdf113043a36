"""The words with which re-engagement mails begin, in each language, until operations writes its own."""

from dataclasses import dataclass

from accounts.models.asking import Language

TEXTS: dict[str, dict[str, str]] = {
    Language.EN: {
        "subject": "Can we help you get more out of it, {name}?",
        "greeting": "Hello {name},",
        "body": "it has become quieter around what you use from {company}, and we would like to know why.\n\n"
        "If something does not work as it should, or your plans have changed, answer this mail: it reaches {csm}. "
        "Half an hour together is often enough to get going again.",
        "closing": "{csm}, {company}",
    },
    Language.DE: {
        "subject": "Können wir helfen, {name}?",
        "greeting": "Guten Tag {name},",
        "body": "um das, was Sie von {company} nutzen, ist es stiller geworden, und wir möchten wissen, warum.\n\n"
        "Wenn etwas nicht so läuft, wie es soll, oder sich Ihre Pläne geändert haben, antworten Sie auf diese "
        "E-Mail: Sie erreicht {csm}. Oft genügt eine halbe Stunde, um wieder in Gang zu kommen.",
        "closing": "{csm}, {company}",
    },
    Language.FR: {
        "subject": "Pouvons-nous vous aider, {name} ?",
        "greeting": "Bonjour {name},",
        "body": "vous utilisez moins ce que {company} vous propose, et nous aimerions savoir pourquoi.\n\n"
        "Si quelque chose ne fonctionne pas, ou si vos projets ont changé, répondez à ce message : il arrive chez "
        "{csm}. Une demi-heure ensemble suffit souvent pour repartir.",
        "closing": "{csm}, {company}",
    },
    Language.ES: {
        "subject": "¿Podemos ayudarle, {name}?",
        "greeting": "Hola {name}:",
        "body": "últimamente usa menos lo que {company} le ofrece, y nos gustaría saber por qué.\n\n"
        "Si algo no funciona como debería, o si sus planes han cambiado, responda a este correo: le llega a {csm}. "
        "Media hora juntos suele bastar para volver a empezar.",
        "closing": "{csm}, {company}",
    },
}
PLACEHOLDERS = ("name", "company", "csm")


@dataclass(frozen=True)
class StopWords:
    """What stands below a mail, and on the page that its link opens. `{}` takes our company's name."""

    foot: str
    title: str
    text: str
    stop: str
    stopped: str
    again: str
    resumed: str
    unknown: str


STOP_WORDS: dict[str, StopWords] = {
    Language.EN: StopWords(
        foot="You get this because you allowed it. No more of these mails: {}",
        title="No more of these mails?",
        text="{} will not write to you again when it becomes quieter. Mails of the people whom you know still come.",
        stop="Unsubscribe",
        stopped="You are unsubscribed: we will not write to you like this again.",
        again="Allow these mails again",
        resumed="You allow these mails again.",
        unknown="This link does not open anything.",
    ),
    Language.DE: StopWords(
        foot="Sie erhalten diese E-Mail, weil Sie es erlaubt haben. Keine solchen E-Mails mehr: {}",
        title="Keine solchen E-Mails mehr?",
        text="{} schreibt Ihnen dann nicht mehr, wenn es stiller wird. E-Mails Ihrer Ansprechpartner kommen weiterhin.",
        stop="Abmelden",
        stopped="Sie sind abgemeldet: Wir schreiben Ihnen so nicht mehr.",
        again="Diese E-Mails wieder erlauben",
        resumed="Sie erlauben diese E-Mails wieder.",
        unknown="Dieser Link öffnet nichts.",
    ),
    Language.FR: StopWords(
        foot="Vous recevez ce message parce que vous l’avez autorisé. Ne plus en recevoir : {}",
        title="Plus de messages de ce type ?",
        text="{} ne vous écrira plus quand l’usage baisse. Les messages de vos interlocuteurs continueront d’arriver.",
        stop="Se désabonner",
        stopped="Vous êtes désabonné : nous ne vous écrirons plus ainsi.",
        again="Autoriser de nouveau ces messages",
        resumed="Vous autorisez de nouveau ces messages.",
        unknown="Ce lien n’ouvre rien.",
    ),
    Language.ES: StopWords(
        foot="Recibe este correo porque lo permitió. No recibir más: {}",
        title="¿No más correos de este tipo?",
        text="{} no volverá a escribirle cuando baje el uso. Los correos de las personas que conoce seguirán llegando.",
        stop="Darme de baja",
        stopped="Está dado de baja: no volveremos a escribirle así.",
        again="Volver a permitir estos correos",
        resumed="Vuelve a permitir estos correos.",
        unknown="Este enlace no abre nada.",
    ),
}


def said(text: str, *, name: str, company: str, csm: str) -> str:
    """The words with who is written to, who writes and who looks after them; other braces stay."""
    return text.replace("{name}", name).replace("{company}", company).replace("{csm}", csm or company)
