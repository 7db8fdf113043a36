"""Reads about measures: what there is, which scorecards and formulas use what, and how a definition changed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from accounts.access import Action, can
from accounts.models import SUBJECTS, User
from scoring import catalog
from scoring.cards import versions_in_force
from scoring.catalog import Measure, Unit
from scoring.custom import CUSTOM_PREFIX, READING_PREFIX, Declared, custom_measures, read_once
from scoring.models import CustomMeasure, MeasureDefinition, Rhythm, ScorecardVersion


@dataclass(frozen=True)
class Manual:
    """A measure whose values people enter: who, how often, and what a value may be. Without an owner each CSM."""

    slug: str
    label: str
    unit: Unit
    owner: User | None
    rhythm: str
    shelf_life_days: int
    lowest: float | None
    highest: float | None
    is_retired: bool = False

    @property
    def range_words(self) -> str:
        """1 to 5, at least 0, at most 100, any number."""
        low, high = self.lowest, self.highest
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        if low is not None:
            return f"at least {low:g}"
        return "any number" if high is None else f"at most {high:g}"


def built_in_manual(slug: str, *, rhythm: Rhythm, days: int, lowest: float, highest: float | None) -> Manual:
    measure = catalog.MEASURES[slug]
    return Manual(slug, measure.label, measure.unit, None, rhythm, days, lowest, highest)


# The built-in measures that are read rather than computed.
BUILT_IN_MANUALS = {
    manual.slug: manual
    for manual in (
        built_in_manual("csm_sentiment", rhythm=Rhythm.MONTHLY, days=45, lowest=1, highest=5),
        *(
            built_in_manual(f"{subject}_sentiment", rhythm=Rhythm.NONE, days=120, lowest=1, highest=5)
            for subject in SUBJECTS
        ),
        built_in_manual("rating_index", rhythm=Rhythm.NONE, days=120, lowest=1, highest=5),
        built_in_manual("advocacy_acts", rhythm=Rhythm.NONE, days=365, lowest=0, highest=None),
    )
}


def manual_of(slug: str) -> Manual | None:
    """What is entered under a slug; None for a measure that is computed, and for none at all."""
    if slug in BUILT_IN_MANUALS:
        return BUILT_IN_MANUALS[slug]
    measure = CustomMeasure.objects.filter(slug=slug).exclude(formula__gt="").select_related("owner").first()
    return manual_from(measure) if measure else None


def manual_from(measure: CustomMeasure) -> Manual:
    """A custom measure that is entered or pushed."""
    return Manual(
        slug=measure.slug,
        label=measure.label,
        unit=Unit(measure.unit),
        owner=measure.owner,
        rhythm=measure.rhythm,
        shelf_life_days=measure.shelf_life_days or 1,
        lowest=measure.lowest,
        highest=measure.highest,
        is_retired=measure.retired_on is not None,
    )


def may_enter(user: User, manual: Manual) -> bool:
    """CS operations always; else the owner, and where there is none everyone who works on accounts."""
    if can(user, Action.DEFINE_MEASURES):
        return True
    return can(user, Action.ENTER_READINGS) and (manual.owner is None or manual.owner == user)


@dataclass(frozen=True)
class Listed:
    """A measure with where it is used; `declared` says more of a custom one."""

    measure: Measure
    declared: Declared | None
    uses: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.declared.measure.slug if self.declared else self.measure.key


@read_once()
def all_measures(*, today: date) -> list[Listed]:
    """The built-in measures in the catalog's order, then the custom ones by name, the retired last."""
    known, uses = custom_measures(), all_uses(today=today)
    listed = [Listed(measure, None, uses[measure.key]) for measure in catalog.DECLARED]
    customs = [
        Listed(catalog.custom(CUSTOM_PREFIX + slug, declared, known), declared, uses[slug])
        for slug, declared in known.declared.items()
    ]
    customs.sort(key=lambda row: (row.measure.is_retired, row.measure.label.casefold()))
    return listed + customs


def all_uses(*, today: date) -> dict[str, tuple[str, ...]]:
    """Who uses each measure, by its key or slug: scorecards in force or to come, then formulas."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for version in live_versions(today=today):
        when = (
            ""
            if version.effective_from <= today
            else f" (from {version.effective_from.day} {version.effective_from:%b %Y})"
        )
        for key in keys_of(version):
            found[bare(key)][f"{version.scorecard.name}{when}"] = None
    for slug, declared in custom_measures().declared.items():
        if declared.is_formula and declared.measure.retired_on is None:
            for name in declared.formula_on(today).names:
                if bare(name) != slug:
                    found[bare(name)][f"formula {declared.measure.label}"] = None
    return defaultdict(tuple, {key: tuple(names) for key, names in found.items()})


def uses_of(slug: str, *, today: date) -> tuple[str, ...]:
    return all_uses(today=today)[slug]


def live_versions(*, today: date) -> list[ScorecardVersion]:
    """The versions that apply today, and those that will."""
    coming = ScorecardVersion.objects.filter(effective_from__gt=today).order_by("effective_from", "number")
    return [*versions_in_force(today), *coming.select_related("scorecard").prefetch_related("items")]


def measures_in_use(*, today: date) -> list[Measure]:
    """The measures of all cards in force, each once, in the order of the cards."""
    found: dict[str, Measure] = {}
    for version in live_versions(today=today):
        for item in sorted(version.items.all(), key=lambda item: item.position):
            found.setdefault(item.measure, catalog.measure(item.measure))
    return list(found.values())


def keys_of(version: ScorecardVersion) -> Iterable[str]:
    """What a version asks the catalog for: its measures, and the facts of its rules and flags."""
    yield from (item.measure for item in version.items.all())
    yield from (str(rule["fact"]) for rule in [*version.adjustments, *version.flags])


def bare(key: str) -> str:
    return key.removeprefix(CUSTOM_PREFIX).removeprefix(READING_PREFIX)


def definition_changes(keys: Iterable[str], *, since: date, until: date) -> list[MeasureDefinition]:
    """What of these measures, or of what their formulas read, was defined anew within the days: trends mark it."""
    asked = {bare(key) for key in keys if key.startswith((CUSTOM_PREFIX, READING_PREFIX))}
    if not asked:
        return []
    known = custom_measures()
    read = set().union(*(known.read_ever(slug) for slug in asked)) & set(known.declared)
    changed = [row for slug in read for row in known.declared[slug].definitions if row.number > 1]
    return sorted((row for row in changed if since <= row.starts_on <= until), key=lambda row: (row.starts_on, row.pk))
