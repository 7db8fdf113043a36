"""The measures by their key: the built-in ones and those that an organization made up."""

from accounts.models import SUBJECTS
from scoring.custom import READING_PREFIX, CustomMeasures, Declared, custom_measures
from scoring.declared import DECLARED
from scoring.measure import Element, Measure, Unit

__all__ = ["DECLARED", "MEASURES", "Element", "Measure", "Unit", "UnknownMeasure", "measure", "offered"]

CUSTOM_PREFIX = "custom:"


class UnknownMeasure(KeyError):
    """A scorecard names a measure that the catalog does not have."""


# What our own people judge about people: it counts, and no customer ever sees it, not even as points.
JUDGMENTS = frozenset({"rapport", "csm_sentiment", *(f"{subject}_sentiment" for subject in SUBJECTS)})
MEASURES = {measure.key: measure for measure in DECLARED}
COMPUTE = {measure.key: measure.compute for measure in DECLARED}


def measure(key: str) -> Measure:
    """The measure of a key. Raises UnknownMeasure.

    `custom:SLUG` is one that the organization made up; `reading:NAME` the readings of a name, declared or not.
    """
    if key in MEASURES:
        return MEASURES[key]
    prefix, colon, name = key.partition(":")
    if name and prefix + colon in {CUSTOM_PREFIX, READING_PREFIX}:
        known = custom_measures()
        declared = known.declared.get(name)
        if declared is not None and (prefix + colon == CUSTOM_PREFIX or not declared.is_formula):
            return custom(key, declared, known)
        if prefix + colon == READING_PREFIX:
            return reading(name)
    raise UnknownMeasure(
        f"There is no measure {key!r}. Known: {', '.join(sorted(MEASURES))}, custom:SLUG or reading:NAME."
    )


def offered() -> list[Measure]:
    """What a scorecard can be made of: the built-in measures, then the custom ones that are not retired."""
    known = custom_measures()
    kept = [declared for declared in known.declared.values() if declared.measure.retired_on is None]
    return DECLARED + [custom(CUSTOM_PREFIX + declared.measure.slug, declared, known) for declared in kept]


def is_judgment(measure: Measure) -> bool:
    """Whether our own people judge it, so that no customer may see it."""
    return measure.is_judgment or measure.key.removeprefix(READING_PREFIX) in JUDGMENTS


def custom(key: str, declared: Declared, known: CustomMeasures) -> Measure:
    """A measure that an organization made up."""
    said = declared.measure
    return Measure(
        key=key,
        label=said.label,
        question=said.question,
        element=Element(said.element),
        unit=Unit(said.unit),
        window_days=None,
        is_higher_better=said.is_higher_better,
        is_leading=said.is_leading,
        source="formula" if declared.is_formula else "readings",
        value=declared.value,
        missing=declared.missing,
        compute=lambda facts: known.value(said.slug, facts, built_in=COMPUTE),
        window_words=said.window,
        is_judgment=known.is_judgment(said.slug, judgments=JUDGMENTS),
        is_retired=said.retired_on is not None,
    )


def reading(name: str) -> Measure:
    """The readings of a name that nobody declared: the newest one that is still good."""
    label = name.replace("_", " ").capitalize()
    return Measure(
        key=READING_PREFIX + name,
        label=label,
        question=f"{label}?",
        element=Element.CUSTOM,
        unit=Unit.COUNT,
        window_days=None,
        is_higher_better=True,
        is_leading=True,
        source="readings",
        value="The newest reading.",
        missing="Missing once its shelf life has ended.",
        compute=lambda facts: facts.people.reading(name),
    )
