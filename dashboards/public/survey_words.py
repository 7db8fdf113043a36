"""What the survey's page says besides the survey's own words, in each language."""

from dataclasses import dataclass

from accounts.models import Language


@dataclass(frozen=True)
class Words:
    """Texts with `{}` take a number, a name or a company."""

    save: str
    saved: str
    optional: str
    read: str
    of_most: str
    send: str
    about: str
    brand: str
    people: str
    product: str
    process: str
    unsaid: str
    good: str
    bad: str
    thank_you: str
    change: str
    close: str
    who: str
    choose: str
    expired: str
    used: str
    unknown: str
    often: str
    stop_title: str
    stop_text: str
    stop: str
    stopped: str
    again: str
    resumed: str


EN = Words(
    save="Save my answer",
    saved="Saved: {}. You can still change it.",
    optional="Optional",
    read="We read every comment.",
    of_most="{} of 1,000",
    send="Send comment",
    about="What is it about?",
    brand="Our company",
    people="Our people",
    product="The product",
    process="Working together",
    unsaid="–",
    good="Good",
    bad="To improve",
    thank_you="Thank you, {}",
    change="Change my answer",
    close="You can close this page.",
    who="Your answer goes to {} and the team at {}, with your name. One click is enough; a comment is optional.",
    choose="Choose one of the numbers.",
    expired="This question is closed: its time is over.",
    used="Your answer has been kept, and can no longer be changed.",
    unknown="This link does not open a survey.",
    often="That was very often. Wait a minute, then try again.",
    stop_title="No more surveys?",
    stop_text="{} will not ask you again by mail.",
    stop="Unsubscribe",
    stopped="You are unsubscribed: we will not ask you again.",
    again="Ask me again",
    resumed="You are subscribed again.",
)
DE = Words(
    save="Antwort speichern",
    saved="Gespeichert: {}. Sie können sie noch ändern.",
    optional="Freiwillig",
    read="Wir lesen jeden Kommentar.",
    of_most="{} von 1.000",
    send="Kommentar senden",
    about="Worum geht es?",
    brand="Unser Unternehmen",
    people="Unsere Leute",
    product="Das Produkt",
    process="Die Zusammenarbeit",
    unsaid="–",
    good="Gut",
    bad="Verbessern",
    thank_you="Danke, {}",
    change="Antwort ändern",
    close="Sie können diese Seite schließen.",
    who="Ihre Antwort geht mit Ihrem Namen an {} und das Team von {}. Ein Klick genügt; ein Kommentar ist freiwillig.",
    choose="Wählen Sie eine der Zahlen.",
    expired="Diese Frage ist geschlossen: Ihre Zeit ist abgelaufen.",
    used="Ihre Antwort ist gespeichert und kann nicht mehr geändert werden.",
    unknown="Dieser Link öffnet keine Umfrage.",
    often="Das war sehr oft. Warten Sie eine Minute und versuchen Sie es noch einmal.",
    stop_title="Keine Umfragen mehr?",
    stop_text="{} fragt Sie dann nicht mehr per E-Mail.",
    stop="Abmelden",
    stopped="Sie sind abgemeldet: Wir fragen Sie nicht mehr.",
    again="Wieder anmelden",
    resumed="Sie sind wieder angemeldet.",
)
FR = Words(
    save="Enregistrer ma réponse",
    saved="Enregistré : {}. Vous pouvez encore la modifier.",
    optional="Facultatif",
    read="Nous lisons chaque commentaire.",
    of_most="{} sur 1 000",
    send="Envoyer le commentaire",
    about="De quoi s’agit-il ?",
    brand="Notre entreprise",
    people="Nos équipes",
    product="Le produit",
    process="La collaboration",
    unsaid="–",
    good="Bien",
    bad="À améliorer",
    thank_you="Merci, {}",
    change="Modifier ma réponse",
    close="Vous pouvez fermer cette page.",
    who="Votre réponse est transmise à {} et à l’équipe de {}, avec votre nom. Un clic suffit.",
    choose="Choisissez un des chiffres.",
    expired="Cette question est close : le délai est écoulé.",
    used="Votre réponse est enregistrée et ne peut plus être modifiée.",
    unknown="Ce lien n’ouvre aucune enquête.",
    often="C’était trop souvent. Attendez une minute, puis réessayez.",
    stop_title="Plus d’enquêtes ?",
    stop_text="{} ne vous interrogera plus par e-mail.",
    stop="Se désabonner",
    stopped="Vous êtes désabonné : nous ne vous interrogerons plus.",
    again="Me réabonner",
    resumed="Vous êtes de nouveau abonné.",
)
ES = Words(
    save="Guardar mi respuesta",
    saved="Guardado: {}. Todavía puede cambiarla.",
    optional="Opcional",
    read="Leemos todos los comentarios.",
    of_most="{} de 1.000",
    send="Enviar comentario",
    about="¿De qué se trata?",
    brand="Nuestra empresa",
    people="Nuestro equipo",
    product="El producto",
    process="La colaboración",
    unsaid="–",
    good="Bien",
    bad="A mejorar",
    thank_you="Gracias, {}",
    change="Cambiar mi respuesta",
    close="Puede cerrar esta página.",
    who="Su respuesta llega con su nombre a {} y al equipo de {}. Basta un clic; el comentario es opcional.",
    choose="Elija uno de los números.",
    expired="Esta pregunta está cerrada: el plazo ha terminado.",
    used="Su respuesta está guardada y ya no se puede cambiar.",
    unknown="Este enlace no abre ninguna encuesta.",
    often="Han sido demasiadas veces. Espere un minuto y vuelva a intentarlo.",
    stop_title="¿No más encuestas?",
    stop_text="{} no volverá a preguntarle por correo.",
    stop="Darme de baja",
    stopped="Está dado de baja: no volveremos a preguntarle.",
    again="Volver a suscribirme",
    resumed="Está suscrito de nuevo.",
)
WORDS: dict[str, Words] = {Language.EN: EN, Language.DE: DE, Language.FR: FR, Language.ES: ES}
