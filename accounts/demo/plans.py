"""Plans and pulses of the stories: what CSMs did about a risk and what they thought of it, as plain data."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.demo import chance
from accounts.demo.chance import Stream
from accounts.demo.dates import DAY, workday
from accounts.demo.life import Life
from accounts.demo.people import BY_EMAIL, CSMS, manager_of
from accounts.demo.playbooks import PLAYBOOK, Playbook, PlaybookStep

STEP_DAYS = (9, 20, 34, 48, 62)
REVIEW_NOTES = {
    "on_track": (
        "Good progress. Keep the weekly call until the next step is done.",
        "On track; the sponsor answers again.",
        "Reviewed with the CSM. Nothing to change this week.",
    ),
    "change_steps": (
        "The third step slips again. Split it: what can be done without their IT goes first.",
        "Two steps depend on one person at the account. Name a second one.",
    ),
    "escalate": (
        "I take the call with their executive this week.",
        "Needs product at the table. I ask for an engineer for the open case.",
    ),
}
CLOSING_NOTES = {
    "resolved": (
        "The new sponsor took over the goals, and use is back where it was. The monthly call stays.",
        "Training the second shift made the difference; the executive call came too early.",
        "Solved once their IT had a named person. Ask for one at the start next time.",
    ),
    "partly": (
        "Use recovered, the tie to their management did not. Watch the renewal.",
        "Two of the three sites are back. The third waits for their own project to end.",
    ),
    "lost": (
        "They moved to the parent's own tool. We heard of the merger two months too late.",
        "The budget was gone before the plan began.",
    ),
}


@dataclass(frozen=True)
class StepStory:
    text: str
    owner: str
    due_on: date
    state: str
    changed_on: date | None
    is_shared: bool
    is_customers_turn: bool
    note: str = ""


@dataclass(frozen=True)
class ReviewStory:
    on: date
    by: str
    outcome: str
    note: str


@dataclass(frozen=True)
class PlanStory:
    account: str
    owner: str
    reason: str
    goal: str
    opened_on: date
    steps: tuple[StepStory, ...]
    reviews: tuple[ReviewStory, ...]
    closed_on: date | None
    outcome: str

    @property
    def closing_note(self) -> str:
        """The same for the same account, another for others."""
        notes = CLOSING_NOTES.get(self.outcome, ("",))
        return notes[sum(map(ord, self.account)) % len(notes)]


@dataclass(frozen=True)
class PulseStory:
    account: str
    author: str
    percent: int
    category: str
    reason: str
    starts_on: date
    ends_on: date


def plan_of(life: Life) -> PlanStory | None:
    """The account's plan, where there was or is one."""
    rng = life.stream("plan")
    opened_on = opening_day(rng, life)
    if opened_on is None or not life.first_day <= opened_on <= life.last_day:
        return None
    closed_on, outcome = closing(rng, life, opened_on)
    playbook = PLAYBOOK.get(life.cast.story.key, PLAYBOOK["adoption"])
    until = closed_on or life.today
    return PlanStory(
        account=life.cast.external_id,
        owner=life.cast.owner,
        reason=playbook.reason,
        goal=playbook.goal,
        opened_on=opened_on,
        steps=tuple(steps(rng, life, playbook, opened_on, until)),
        reviews=tuple(reviews(rng, life, opened_on, until)),
        closed_on=closed_on,
        outcome=outcome,
    )


def opening_day(rng: Stream, life: Life) -> date | None:
    """Plans are opened for most who are weak now, for who recovered by one, and for half of who left."""
    days_ago = chance.whole(rng, 12, 55)
    is_lucky = rng.random()
    if life.cast.name == "Halden Freight":
        return workday(life.today - timedelta(days=13))
    if life.cast.story.rebound > 0.3:
        began = workday(life.cast.onset_on + timedelta(days=life.cast.story.rebound_after - 25))
        if began < life.today:
            return began
    if life.churned_on is not None and is_lucky < 0.5:
        return workday(life.churned_on - timedelta(days=60 + days_ago))
    is_weak = life.churned_on is None and life.at(life.last_day) < 0.4
    return workday(life.last_day - timedelta(days=days_ago)) if is_weak and is_lucky < 0.6 else None


def closing(rng: Stream, life: Life, opened_on: date) -> tuple[date | None, str]:
    if life.churned_on is not None:
        return life.churned_on, "lost"
    ends_on = opened_on + timedelta(days=chance.whole(rng, 80, 110))
    if ends_on >= life.today:
        return None, ""
    return ends_on, "resolved" if life.at(ends_on) > 0.48 else "partly"


def steps(rng: Stream, life: Life, playbook: Playbook, opened_on: date, until: date) -> list[StepStory]:
    """Three to five steps; the later ones of an open plan are still to be done, and some are late."""
    count = 5 if life.cast.name == "Halden Freight" else chance.whole(rng, 3, 5)
    return [
        step(rng, life, item, workday(opened_on + timedelta(days=days + chance.whole(rng, -2, 3))), until, place)
        for place, (item, days) in enumerate(zip(playbook.steps[:count], STEP_DAYS, strict=False))
    ]


def step(rng: Stream, life: Life, item: PlaybookStep, due_on: date, until: date, place: int) -> StepStory:
    punctual = workday(due_on + timedelta(days=chance.whole(rng, -4, 1)))
    late = workday(due_on + timedelta(days=chance.whole(rng, 2, 24)))
    done_on = punctual if chance.happens(rng, 0.72) else late
    is_done = done_on < min(until, life.today) and not chance.happens(rng, 0.08)
    is_started = not is_done and (due_on - life.today).days < 12 and chance.happens(rng, 0.6)
    return StepStory(
        text=item.text,
        owner=step_owner(rng, life, place),
        due_on=due_on,
        state="done" if is_done else "started" if is_started else "open",
        changed_on=done_on if is_done else min(until, life.today) - DAY if is_started else None,
        is_shared=item.is_shared,
        is_customers_turn=item.is_customers_turn and not is_done,
        note=item.note if is_done or is_started else "",
    )


def step_owner(rng: Stream, life: Life, place: int) -> str:
    """Mostly the account's CSM, now and then its manager or a colleague."""
    team = [person.email for person in CSMS if person.team == BY_EMAIL[life.cast.owner].team]
    colleague = chance.pick(rng, team)
    draw = rng.random()
    if place == 0 or draw < 0.7:
        return life.cast.owner
    return manager_of(life.cast.owner).email if draw < 0.85 else colleague


def reviews(rng: Stream, life: Life, opened_on: date, until: date) -> list[ReviewStory]:
    """One a week by the manager; of this week's, about half are still to come."""
    manager = manager_of(life.cast.owner).email
    this_week = life.today - timedelta(days=life.today.weekday())
    day = opened_on + timedelta(days=7 - opened_on.weekday() + chance.whole(rng, 1, 3))
    found = []
    while day < min(until, life.today):
        outcome = ("on_track", "change_steps", "escalate")[int(rng.choice(3, p=[0.7, 0.2, 0.1]))]
        note = chance.pick(rng, REVIEW_NOTES[outcome])
        is_held = chance.happens(rng, 0.5 if day >= this_week else 0.93)
        if is_held:
            found.append(ReviewStory(day, manager, outcome, note))
        day += timedelta(days=7)
    return found


def pulses_of(life: Life) -> list[PulseStory]:
    """What the CSM knew before the figures did; acquired accounts and lost champions most of all."""
    rng = life.stream("pulse")
    told = PULSES.get(life.cast.story.key)
    likely = 0.7 if told else 0.04
    category, reason = told or ("other", "The tone of the last two calls was cool; they did not want to say why.")
    starts_on = life.cast.onset_on + timedelta(days=chance.whole(rng, 4, 25))
    if not chance.happens(rng, likely) and life.cast.name != "Halden Freight":
        return []
    if not life.first_day <= starts_on < life.last_day:
        return []
    percent = -int(chance.pick(rng, (5, 10, 10, 15, 20)))
    ends_on = starts_on + timedelta(days=chance.whole(rng, 60, 120))
    return [
        PulseStory(life.cast.external_id, life.cast.owner, percent, category, reason, starts_on, ends_on),
    ]


PULSES = {
    "acquired": ("acquired", "Acquired; the new owners are reviewing all vendors."),
    "champion_leaves": ("sponsor_left", "Our champion leaves, and no successor is named yet."),
    "price_pressure": ("business_event", "Finance compares offers; a cheaper one is on their table."),
    "fading": ("product_fit", "Two of four sites work around the product, the others may follow."),
}
