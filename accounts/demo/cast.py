"""Who exists: the accounts of the demo company, each with the story that it will live."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from accounts.demo import chance
from accounts.demo.chance import Stream
from accounts.demo.dates import add_months
from accounts.demo.market import COUNTRIES, FEATURES, INDUSTRIES, PUBLIC_NAMES, SEGMENT, SEGMENTS, SIZE_TIERS
from accounts.demo.names import COMPANY_WORDS
from accounts.demo.people import BY_NAME, CSMS
from accounts.demo.stories import NEWCOMER, STORIES, STORY, Story

HISTORY_MONTHS = 24
NEWCOMERS = 2


@dataclass(frozen=True)
class AccountCast:
    """One account as it is at its start. `onset_on` is the day on which its story turns."""

    external_id: str
    name: str
    domain: str
    industry: str
    size_tier: str
    country: str
    currency: str
    segment: str
    owner: str
    story: Story
    started_on: date
    onset_on: date
    seats: int
    arr: Decimal
    features: tuple[str, ...]
    may_churn: bool = True


@dataclass(frozen=True)
class Star:
    """An account that the pictures and the guide speak of."""

    name: str
    industry: str
    segment: str
    owner: str
    story: str
    onset_days_ago: int


STARS = (
    Star("Halden Freight", "Logistics", "enterprise", "Maya Okafor", "acquired", 52),
    Star("Larkspur Health", "Healthcare", "enterprise", "Maya Okafor", "recovery", 190),
    Star("Redfern Mining", "Energy", "key", "Maya Okafor", "fading", 200),
    Star("Castell Pharma", "Manufacturing", "key", "Jonas Lindqvist", "price_pressure", 110),
    Star("Belmont Grocers", "Retail", "mid-market", "Ben Whitlock", "recovery", 240),
    Star("Ostrava Tools", "Manufacturing", "mid-market", "Tomás Herrera", "champion_leaves", 170),
    Star("Kinsale Marine", "Logistics", "enterprise", "Priya Raman", "recovery", 215),
    Star("Ironwood Homes", "Retail", "mid-market", "Maya Okafor", "support_storm", 70),
    Star("Verity Legal", "Professional services", "mid-market", "Maya Okafor", "champion_leaves", 60),
    Star("Foxglove Travel", "Media and travel", "mid-market", "Aisha Rahman", "support_storm", 35),
    Star("Thornhill Schools", "Public services", "public", "Ben Whitlock", "slow_onboarding", 0),
    Star("Quarry Bank Dental", "Healthcare", "key", "Jonas Lindqvist", "price_pressure", 80),
)


def history_start(today: date) -> date:
    """The first day of the 24 months that the demo company tells."""
    return add_months(today.replace(day=1), -HISTORY_MONTHS)


def make_cast(*, seed: int, today: date, accounts: int) -> list[AccountCast]:
    """All accounts that ever were, stars first, newcomers last."""
    rng = chance.stream(seed=seed, account="", subject="cast")
    stars = STARS[: max(accounts // 8, 1)]
    newcomers = min(NEWCOMERS, max(accounts // 20, 1))
    plain = accounts - len(stars) - newcomers
    segments = shares_dealt(rng, {plan.slug: plan.share for plan in SEGMENTS}, plain + newcomers)
    stories = shares_dealt(rng, {story.key: story.share for story in STORIES}, plain) + [NEWCOMER.key] * newcomers
    names = company_names(rng, segments)
    cast = [star_account(rng, number, star, today=today) for number, star in enumerate(stars, start=1)]
    load = Counter(account.owner for account in cast)
    for (name, industry), segment, story in zip(names, segments, stories, strict=True):
        owner = some_owner(rng, segment, load)
        load[owner] += 1
        cast.append(plain_account(rng, len(cast) + 1, name, industry, segment, owner, STORY[story], today=today))
    return cast


def some_owner(rng: Stream, segment: str, load: Counter[str]) -> str:
    """A CSM of the segment, likelier one who has few accounts and names the segment early."""
    fitting = [person for person in CSMS if segment in person.segments]
    weights = np.array([1 / (1 + person.segments.index(segment)) / (1 + load[person.email]) ** 3 for person in fitting])
    return fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))].email


def shares_dealt(rng: Stream, shares: dict[str, float], count: int) -> list[str]:
    """`count` keys in a random order, each as often as its share says, to the nearest whole."""
    total = sum(shares.values())
    exact = {key: count * share / total for key, share in shares.items()}
    dealt = {key: int(number) for key, number in exact.items()}
    by_remainder = sorted(exact, key=lambda key: dealt[key] - exact[key])
    for key in by_remainder[: count - sum(dealt.values())]:
        dealt[key] += 1
    keys = [key for key, number in dealt.items() for _ in range(number)]
    return [keys[place] for place in rng.permutation(len(keys))]


def company_names(rng: Stream, segments: list[str]) -> list[tuple[str, str]]:
    """A name and an industry for each; no name twice."""
    taken = {star.name for star in STARS}
    found = []
    words = [COMPANY_WORDS[place] for _ in range(4) for place in rng.permutation(len(COMPANY_WORDS))]
    for segment in segments:
        industry = "Public services" if segment == "public" else chance.pick(rng, tuple(INDUSTRIES))
        endings = PUBLIC_NAMES if segment == "public" else INDUSTRIES[industry]
        name = next(name for name in (f"{words.pop()} {chance.pick(rng, endings)}" for _ in words) if name not in taken)
        taken.add(name)
        found.append((name, industry))
    return found


def star_account(rng: Stream, number: int, star: Star, *, today: date) -> AccountCast:
    age_days = 300 if star.story == "slow_onboarding" else 330 + 40 * number
    started_on = today - timedelta(days=age_days)
    onset_on = started_on if star.story == "slow_onboarding" else today - timedelta(days=star.onset_days_ago)
    return build(
        rng,
        number,
        name=star.name,
        industry=star.industry,
        segment=star.segment,
        owner=BY_NAME[star.owner].email,
        story=STORY[star.story],
        started_on=started_on,
        onset_on=onset_on,
        country=("United States", "USD"),
        may_churn=False,
    )


def plain_account(
    rng: Stream, number: int, name: str, industry: str, segment: str, owner: str, story: Story, *, today: date
) -> AccountCast:
    started_on = start_day(rng, story, today=today)
    first = max(started_on + timedelta(days=60), history_start(today) - timedelta(days=420))
    span = max((today - timedelta(days=20) - first).days, 1)
    country = COUNTRIES[int(rng.choice(len(COUNTRIES), p=[share for _, _, share in COUNTRIES]))]
    return build(
        rng,
        number,
        name=name,
        industry=industry,
        segment=segment,
        owner=owner,
        story=story,
        started_on=started_on,
        onset_on=first + timedelta(days=int(rng.random() * span)),
        country=(country[0], country[1]),
    )


def start_day(rng: Stream, story: Story, *, today: date) -> date:
    """Most accounts are older than the history; the new ones begin within it, newcomers in the last days."""
    if story.key == NEWCOMER.key:
        return today - timedelta(days=chance.whole(rng, 2, 6))
    if story.is_new or chance.happens(rng, 0.24):
        return today - timedelta(days=chance.whole(rng, 45, 720))
    return history_start(today) - timedelta(days=chance.whole(rng, 30, 1500))


def build(
    rng: Stream,
    number: int,
    *,
    name: str,
    industry: str,
    segment: str,
    owner: str,
    story: Story,
    started_on: date,
    onset_on: date,
    country: tuple[str, str],
    may_churn: bool = True,
) -> AccountCast:
    plan = SEGMENT[segment]
    low, high = plan.arr
    share = rng.random()
    keys = [feature.slug for feature in FEATURES if feature.is_key]
    entitled = sorted(rng.permutation(len(keys))[: chance.whole(rng, 5, 10)])
    return AccountCast(
        external_id=f"KW-{number:04d}",
        name=name,
        domain=f"{name.lower().replace(' ', '-')}.example",
        industry=industry,
        size_tier=SIZE_TIERS[segment],
        country=country[0],
        currency=country[1],
        segment=segment,
        owner=owner,
        story=story,
        started_on=started_on,
        onset_on=onset_on,
        seats=round(plan.seats[0] + share * (plan.seats[1] - plan.seats[0])),
        arr=Decimal(round(low * (high / low) ** share / 100) * 100),
        features=tuple(keys[place] for place in entitled),
        may_churn=may_churn and story.key != NEWCOMER.key,
    )
