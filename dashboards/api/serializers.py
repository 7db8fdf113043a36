"""What the API answers. Points have at most two decimals: the lines of a score sum exactly to it."""

from typing import Any

from rest_framework import serializers

from accounts.models import Account, User
from dashboards.api.filters import BAND_KEYS
from scoring.models import AccountHealth

BANDS = {code: key for key, code in BAND_KEYS.items()}
BAND_HELP = "Place from the best: strong, moderate, weak, or undefined."


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
        return BANDS.get(value, f"band_{value + 1}")


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

    class Meta:
        model = AccountHealth
        fields = ("as_of", "score", "band", "coverage", "low", "high", "flags")


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


class ChangeLineSerializer(serializers.Serializer):
    """A rule, a pulse, an override or the clamp to 0 to 100, in the order in which they acted."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=["rule", "pulse", "override", "clamp"])
    label = serializers.CharField()
    contribution = PointsField()
    reason = serializers.CharField(allow_blank=True)
    author = serializers.CharField(allow_blank=True)
    ends_on = serializers.DateField(allow_null=True)


class FlagSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()
    fact = serializers.FloatField(allow_null=True, help_text="The figure that turned the flag on.")


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


class HistoryDaySerializer(serializers.Serializer):
    """A score at the end of a day."""

    as_of = serializers.DateField(source="day")
    score = PointsField(allow_null=True)
    band = BandField()
    coverage = serializers.FloatField()


class ProblemSerializer(serializers.Serializer):
    """What went wrong, in a sentence."""

    detail = serializers.CharField()


class DaysSerializer(serializers.Serializer):
    """The days that a reader asks for, as ISO dates."""

    as_of = serializers.DateField(required=False)


class PeriodSerializer(serializers.Serializer):
    """The first and the last day of a period, both included. `from` is a word of Python, so it has no attribute."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": serializers.DateField(required=False), "to": serializers.DateField(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "from" in attrs and "to" in attrs and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"from": "The first day is after the last."})
        return attrs
