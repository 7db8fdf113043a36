"""The demo company's customers on their own pages: links, what was ticked off and said, logo, words and cards."""

from datetime import datetime, timedelta

from accounts.models import Account, Branding, Language, MitigationPlan, Role, ShareLink, StepState, User
from accounts.operations.branding import set_contact_card, set_customer_page, set_logo
from accounts.operations.customer_steps import comment, tick
from accounts.operations.sharing import Choices, create_share_link, note_opening
from accounts.survey_texts import language_of_country
from scoring.benchmarks import work_out_benchmarks

MOST_LINKS = 12
COLOR = "#1F5F4A"
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 34 34"><rect width="34" height="34" rx="8" fill="#1f5f4a"/>'
    b'<path d="M7 21c6 0 9-3 12-8 2-3 5-5 8-5-2 1-3 3-3 5 0 7-5 12-12 12-3 0-4-2-5-4z" fill="#ffffff"/></svg>'
)
WORDS = {
    "en": {"foot": "The score is never used to set prices."},
    "de": {"foot": "Der Wert wird nie für Preise verwendet."},
    "fr": {"foot": "Le score ne sert jamais à fixer les prix."},
    "es": {"foot": "La puntuación nunca se usa para fijar precios."},
}
COMMENTS = (
    "Our IT has it on the list for next week.",
    "Done on our side as far as we can tell. Please have a look.",
    "We would like to talk about the date first.",
)


def share_with_customers(*, by: User, at: datetime) -> None:
    """All of it, each part unless it is there."""
    work_out_benchmarks(at=at)
    if not Branding.objects.exists():
        set_customer_page(color=COLOR, words=WORDS, measures={}, by=by, at=at)
        set_logo(content=LOGO, by=by, at=at)
    give_cards(at=at)
    if not ShareLink.objects.exists():
        for number, plan in enumerate(shared_plans()):
            share(plan, number=number, at=at)


def give_cards(*, at: datetime) -> None:
    for user in User.objects.filter(role=Role.CSM, contact_card=None).order_by("pk"):
        address = f"https://kestrel.example/meet/{user.email.partition('@')[0]}"
        set_contact_card(user=user, booking_url=address, phone=user.phone, picture=None, is_removed=False, at=at)


def shared_plans() -> list[MitigationPlan]:
    """Some open plans with steps that the customer sees, one or more of them its own."""
    open_plans = MitigationPlan.objects.filter(
        closed_at=None, steps__is_shared=True, steps__is_customers_turn=True, account__owner__isnull=False
    )
    return list(open_plans.select_related("account__owner").distinct().order_by("pk")[:MOST_LINKS])


def share(plan: MitigationPlan, *, number: int, at: datetime) -> None:
    """A link that was made a while ago, opened now and then, and by every third one something was ticked off."""
    account, owner = plan.account, plan.account.owner
    who = account.contacts.filter(left_on=None).order_by("pk").first()
    if owner is None or who is None:
        return
    made_at = at - timedelta(days=40 + number)
    email = who.email if number % 2 == 0 else ""
    choices = Choices(language=language_of(account), email=email, is_mailed=bool(email))
    link, _ = create_share_link(account=account, recipient=who.name, days=180, choices=choices, by=owner, at=made_at)
    for days in range(3, 30, 7 + number):
        note_opening(link=link, at=at - timedelta(days=days))
    say(plan, link, number=number, at=at - timedelta(days=2, hours=number))


def language_of(account: Account) -> str:
    found = language_of_country(account.country)
    return found if found in Language.values else str(Language.EN)


def say(plan: MitigationPlan, link: ShareLink, *, number: int, at: datetime) -> None:
    """What the customer does about its own open steps."""
    theirs = plan.steps.filter(is_shared=True, is_customers_turn=True).exclude(state=StepState.DONE)
    for step in theirs.order_by("position")[:1]:
        comment(link=link, step=step, text=COMMENTS[number % len(COMMENTS)], at=at)
        if number % 3 == 0:
            tick(link=link, step=step, at=at)
