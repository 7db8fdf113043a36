"""What is usually done about each kind of risk: a reason, a goal and five steps."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaybookStep:
    text: str
    is_shared: bool = False
    is_customers_turn: bool = False
    note: str = ""


@dataclass(frozen=True)
class Playbook:
    reason: str
    goal: str
    steps: tuple[PlaybookStep, ...]


PLAYBOOK = {
    "acquired": Playbook(
        "Acquired: the new owners review all vendors",
        "A named owner at the new parent, and the contract confirmed by them",
        (
            PlaybookStep("Executive call with the lead of the integration", note="They want usage by site."),
            PlaybookStep("Hold the overdue EBR with the new management", True, note="Invitation is out."),
            PlaybookStep("Map the new parent's tools and how it decides"),
            PlaybookStep("Value recap of the last nine months, with their finance", True, True),
            PlaybookStep("Renewal proposal with a change-of-control clause"),
        ),
    ),
    "champion_leaves": Playbook(
        "Champion left and nobody has taken over",
        "A new champion who logs in every week",
        (
            PlaybookStep("Call with the decision maker: who takes over?", note="Two names, both willing."),
            PlaybookStep("Name a new product owner", True, True),
            PlaybookStep("Onboard the new owner in two sessions", True),
            PlaybookStep("Meet three business users on site"),
            PlaybookStep("EBR with adoption results and the outlook to renewal", True),
        ),
    ),
    "slow_onboarding": Playbook(
        "Rollout is behind plan",
        "First value reached and all sites live",
        (
            PlaybookStep("Reset the rollout plan with their project lead", True, note="New dates agreed."),
            PlaybookStep("Open the two missing interfaces", True, True, note="Their IT works on the first one."),
            PlaybookStep("Train the administrators of the second site", True),
            PlaybookStep("Weekly call until the first value is reached"),
            PlaybookStep("Review of the onboarding with their sponsor", True),
        ),
    ),
    "price_pressure": Playbook(
        "Price is questioned before the renewal",
        "Renewal signed without a cut of over five percent",
        (
            PlaybookStep("Collect savings from three teams in figures", note="Two of three teams delivered."),
            PlaybookStep("Value review with the economic buyer", True),
            PlaybookStep("Offer: two years at today's price"),
            PlaybookStep("Answer to the points of their procurement", True, True),
            PlaybookStep("Contract to both legal teams"),
        ),
    ),
    "support_storm": Playbook(
        "Too many open and escalated tickets",
        "No ticket open for over a week",
        (
            PlaybookStep("Triage of all open tickets with support", note="Eleven tickets, four with one cause."),
            PlaybookStep("Engineer on the call for the import fault", True),
            PlaybookStep("Fix confirmed by their administrators", True, True),
            PlaybookStep("Write down what happened and what changes", True),
            PlaybookStep("CSAT call with the three who complained"),
        ),
    ),
    "billing_trouble": Playbook(
        "Invoices stay unpaid",
        "All invoices settled, the next ones by direct debit",
        (
            PlaybookStep("Call with their accounts payable", note="The order number was missing."),
            PlaybookStep("Send corrected invoices"),
            PlaybookStep("Agree on dates for what is open", True, True),
            PlaybookStep("Ask the economic buyer about next year's budget"),
            PlaybookStep("Change to direct debit", True, True),
        ),
    ),
    "recovery": Playbook(
        "Use fell by a third in a quarter",
        "Seats in use back over two thirds",
        (
            PlaybookStep("Weekly call with operations until use recovers", True, note="Every Tuesday, short."),
            PlaybookStep("Name a new product owner", True, True, note="Taken over within three weeks."),
            PlaybookStep("Retrain the administrators", True, note="Most are trained; two sites asked for a new date."),
            PlaybookStep("Executive sponsor call with their director"),
            PlaybookStep("EBR with adoption results and the outlook to renewal", True),
        ),
    ),
    "adoption": Playbook(
        "Weak adoption: seats are paid for and not used",
        "Two thirds of the seats in use, half of the key features",
        (
            PlaybookStep("Find out by team who stopped and why", note="Two teams are back on spreadsheets."),
            PlaybookStep("Workshop with the team that uses least", True),
            PlaybookStep("Set up the two key features that nobody uses", True, True),
            PlaybookStep("Show savings to the economic buyer"),
            PlaybookStep("EBR with new goals", True),
        ),
    ),
}


@dataclass(frozen=True)
class Template:
    """A playbook that the company keeps: the steps of a story, with when each is due and who owns it."""

    name: str
    story: str
    target_days: int
    due_days: tuple[int, ...]
    roles: tuple[str, ...]


TEMPLATES = (
    Template("Champion left", "champion_leaves", 60, (2, 10, 20, 30, 45), ("csm", "csm", "csm", "csm", "manager")),
    Template("Win back use", "recovery", 45, (3, 10, 15, 20, 40), ("csm", "csm", "csm", "manager", "csm")),
    Template(
        "Price before renewal", "price_pressure", 40, (5, 10, 15, 20, 30), ("csm", "csm", "manager", "csm", "csm")
    ),
)
# What the demo company's people call their days off, as month and day.
DAYS_OFF = ((1, 1, "New Year's Day"), (6, 19, "Juneteenth"), (7, 4, "Independence Day"), (11, 11, "Veterans Day"),
            (12, 24, "Christmas Eve"), (12, 25, "Christmas Day"))  # fmt: skip
