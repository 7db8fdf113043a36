"""What the API answers. Points have at most two decimals: the lines of a score sum exactly to it."""

from typing import Any

from rest_framework import serializers

from accounts.models import Account, User
from scoring.core.bands import KEYS
from scoring.models import AccountHealth

BAND_HELP = "Part in the order, best first: above, strong, moderate, weak, below; or undefined."


STALE_HELP = "Whether the score depends on a source that is silent now."
STALE_SOURCES_HELP = "The names of these sources."


class PointsField(serializers.FloatField):
    """Whole hundredths of a point as points: 6650 is 66.5."""

    def __init__(self, **more: Any) -> None:
        super().__init__(read_only=True, **more)

    def to_representation(self, value: int) -> float:
        return value / 100


class BandField(serializers.CharField):
    """A band by its place, whatever the organization calls it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(read_only=True, help_text=BAND_HELP, **more)

    def to_representation(self, value: int) -> str:
        return KEYS[value]


class OwnerSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("name", "email")


class HealthSerializer(serializers.ModelSerializer[AccountHealth]):
    """The latest score of an account."""

    score = PointsField(allow_null=True, help_text="0 to 100; null where the account is Undefined.")
    band = BandField()
    low = PointsField(help_text="The score if all missing measures were at 0.")
    high = PointsField(help_text="The score if all missing measures were at 100.")
    flags = serializers.ListField(child=serializers.CharField(), help_text="Keys of the at-risk flags that are on.")
    is_stale = serializers.SerializerMethodField(help_text=STALE_HELP)
    stale_sources = serializers.SerializerMethodField(help_text=STALE_SOURCES_HELP)

    class Meta:
        model = AccountHealth
        fields = ("as_of", "score", "band", "coverage", "low", "high", "flags", "is_stale", "stale_sources")

    def get_is_stale(self, health: AccountHealth) -> bool:
        return bool(self.get_stale_sources(health))

    def get_stale_sources(self, health: AccountHealth) -> list[str]:
        """As the view found them for all the accounts of the answer."""
        stale = self.context.get("stale", {}).get(health.pk)
        return list(stale.sources) if stale else []


class AccountSerializer(serializers.ModelSerializer[Account]):
    """An account as it is today."""

    segment = serializers.CharField(source="segment.slug", default=None, allow_null=True)
    owner = OwnerSerializer(allow_null=True)
    health = HealthSerializer(default=None, allow_null=True, help_text="Null before the first score.")

    class Meta:
        model = Account
        fields = (
            "id", "name", "domain", "industry", "size_tier", "country", "segment", "phase", "status", "owner",
            "started_on", "arr", "currency", "seats", "renewal_date", "health",
        )  # fmt: skip


def stale_sources_field() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(), help_text="The silent sources of what this line asks about."
    )


class MeasureLineSerializer(serializers.Serializer):
    """One weighted measure. Without a value, `missing` says what that did."""

    key = serializers.CharField()
    label = serializers.CharField()
    element = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    window_days = serializers.IntegerField(allow_null=True)
    source = serializers.CharField()
    curve = serializers.CharField()
    points = serializers.FloatField(allow_null=True, help_text="0 to 100, before weighting.")
    weight = serializers.IntegerField(help_text="Percent, as the scorecard gives it.")
    counted_weight = PointsField(help_text="Percent, after missing weight was shared out.")
    missing = serializers.CharField(help_text="leave_out, zero or neutral: what the card does without a value.")
    contribution = PointsField(help_text="Points that the measure gave to the score.")
    stale_sources = stale_sources_field()


class ChangeLineSerializer(serializers.Serializer):
    """A rule, a pulse, an override or the clamp to 0 to 100, in the order in which they acted."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=["rule", "pulse", "override", "clamp"])
    label = serializers.CharField()
    contribution = PointsField()
    reason = serializers.CharField(allow_blank=True)
    author = serializers.CharField(allow_blank=True)
    ends_on = serializers.DateField(allow_null=True)
    stale_sources = stale_sources_field()


class FlagSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    fact = serializers.FloatField(allow_null=True, help_text="The figure that turned the flag on.")
    stale_sources = stale_sources_field()


class ScorecardSerializer(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.IntegerField()
    segment_has_own = serializers.BooleanField(help_text="False: the default card applied.")
    min_coverage = serializers.FloatField()


class ElementSerializer(serializers.Serializer):
    """A score of its own for each element of the card."""

    element = serializers.CharField()
    points = serializers.IntegerField(allow_null=True, help_text="Weighted mean of its known measures, 0 to 100.")
    weight = serializers.IntegerField(help_text="Percent of the card.")


class ChildSerializer(serializers.Serializer):
    """What an account gave to the base of its parent."""

    account = serializers.IntegerField()
    contribution = PointsField()


class ScoreSerializer(serializers.Serializer):
    """A score with every line. base + the changes' contributions = score.

    The measures' contributions sum to the base; of a parent whose score rolls up, the children's do.
    """

    account = serializers.IntegerField()
    as_of = serializers.DateField()
    score = PointsField(allow_null=True, help_text="0 to 100; null where the account is Undefined.")
    band = BandField()
    coverage = serializers.FloatField(help_text="Share of the weight whose measures have a value, 0 to 1.")
    low = PointsField(help_text="The score if all missing measures were at 0.")
    high = PointsField(help_text="The score if all missing measures were at 100.")
    base = PointsField()
    scorecard = ScorecardSerializer()
    measures = MeasureLineSerializer(many=True)
    children = ChildSerializer(many=True)
    elements = ElementSerializer(many=True)
    lagging_share = serializers.FloatField(help_text="Share of the weight of lagging measures, 0 to 1.")
    would_define = serializers.ListField(
        child=serializers.CharField(),
        help_text="Where the account is Undefined: the fewest measures whose values would give it a score.",
    )
    changes = ChangeLineSerializer(many=True)
    flags = FlagSerializer(many=True)
    is_stale = serializers.BooleanField(help_text=STALE_HELP)
    stale_sources = serializers.ListField(child=serializers.CharField(), help_text=STALE_SOURCES_HELP)


class HistoryDaySerializer(serializers.Serializer):
    """A score at the end of a day."""

    as_of = serializers.DateField(source="day")
    score = PointsField(allow_null=True)
    band = BandField()
    coverage = serializers.FloatField()
