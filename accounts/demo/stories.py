"""The story of an account: how its latent health moves, and why. Nobody sees latent health; facts follow from it.

Latent health runs from 0 (about to leave) to 1 (could not be better), one value per day.
"""

from dataclasses import dataclass

import numpy as np

from accounts.demo.chance import Stream

LOWEST, HIGHEST = 0.03, 0.98


@dataclass(frozen=True)
class Story:
    """A level, a fall at the onset that takes `fall_days`, and perhaps a rebound after that."""

    key: str
    share: float
    level: float
    spread: float = 0.07
    drift_per_year: float = 0.0
    fall: float = 0.0
    fall_days: int = 60
    rebound: float = 0.0
    rebound_after: int = 130
    rebound_days: int = 90
    ramp: float = 0.14
    ramp_days: int = 90
    is_new: bool = False
    reason_code: str = "budget"


STORIES = (
    Story("steady", 0.26, 0.69, reason_code="budget"),
    Story("quiet", 0.12, 0.42, reason_code="product_fit"),
    Story("champion_leaves", 0.10, 0.65, fall=0.40, fall_days=45, rebound=0.16, reason_code="sponsor_left"),
    Story("slow_onboarding", 0.08, 0.57, ramp=0.40, ramp_days=270, is_new=True, reason_code="slow_onboarding"),
    Story("expander", 0.10, 0.61, drift_per_year=0.11, reason_code="competitor"),
    Story("freemium", 0.05, 0.53, drift_per_year=0.08, ramp=0.05, is_new=True, reason_code="price"),
    Story("price_pressure", 0.07, 0.57, fall=0.32, fall_days=120, reason_code="price"),
    Story("acquired", 0.05, 0.67, fall=0.46, fall_days=70, reason_code="acquired"),
    Story("billing_trouble", 0.04, 0.50, fall=0.20, fall_days=90, reason_code="budget"),
    Story("support_storm", 0.06, 0.65, fall=0.36, fall_days=30, rebound=0.30, rebound_after=80, reason_code="support"),
    Story("recovery", 0.07, 0.61, fall=0.42, fall_days=90, rebound=0.36, rebound_after=130, reason_code="product_fit"),
    Story("fading", 0.09, 0.65, fall=0.48, fall_days=240, reason_code="product_fit"),
    # Their usage has never reached us: the usage stays unknown, or next to everything does.
    Story("silent_gap", 0.016, 0.51, reason_code="unknown"),
)
NEWCOMER = Story("newcomer", 0.0, 0.56, is_new=True)
STORY = {story.key: story for story in (*STORIES, NEWCOMER)}


def smooth_step(days: np.ndarray, over: int) -> np.ndarray:
    """From 0 at day 0 to 1 after `over` days, without a corner."""
    share = np.clip(days / over, 0.0, 1.0)
    return share * share * (3 - 2 * share)


def wander(rng: Stream, *, days: int, spread: float, memory_days: float = 45.0) -> np.ndarray:
    """Noise that drifts slowly and stays near zero, with the standard deviation `spread`."""
    keep = np.exp(-1 / memory_days)
    steps = rng.normal(0.0, spread * np.sqrt(1 - keep * keep), days)
    steps[0] = rng.normal(0.0, spread)
    path = np.empty(days)
    value = 0.0
    for day, step in enumerate(steps):
        value = keep * value + step
        path[day] = value
    return path


def latent_path(
    rng: Stream, *, story: Story, days: int, age: int, onset: int, touch: float, spread: float
) -> np.ndarray:
    """Latent health for `days` days; `age` and `onset` count from the first. `spread` is that of the level."""
    day = np.arange(days)
    level = story.level + touch + rng.normal(0.0, spread)
    path = level + story.drift_per_year * day / 365
    path = path - story.ramp * (1 - smooth_step(day + age, story.ramp_days))
    path = path - story.fall * smooth_step(day - onset, story.fall_days)
    path = path + story.rebound * smooth_step(day - onset - story.rebound_after, story.rebound_days)
    return np.clip(path + wander(rng, days=days, spread=0.06), LOWEST, HIGHEST)
