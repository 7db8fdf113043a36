"""Survey answers and support tickets → arrays."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

import numpy as np
from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import SurveyKind, SurveyResponse, Ticket
from scoring.core import sentiment
from scoring.core.arrays import Floats, divide
from scoring.extract.attributes import Attributes
from scoring.extract.scope import Scope

ANSWER_WINDOW = 180
TICKET_WINDOW = 90
UNRESOLVED_AFTER_DAYS = 7
PROMOTER_FROM = 9
DETRACTOR_TO = 6


@dataclass(frozen=True)
class Sentiment:
    scope: Scope
    attributes: Attributes

    @cached_property
    def answers(self) -> dict[str, Floats]:
        """Counts of NPS answers by kind and the sum of CSAT answers, 180 days."""
        window = (self.scope.first_day(window_days=ANSWER_WINDOW), self.scope.as_of)
        nps, csat = Q(kind=SurveyKind.NPS), Q(kind=SurveyKind.CSAT)
        return self.scope.grouped(
            SurveyResponse.objects.filter(answered_on__range=window),
            empty=0.0,
            promoters=Count("pk", filter=nps & Q(score__gte=PROMOTER_FROM)),
            detractors=Count("pk", filter=nps & Q(score__lte=DETRACTOR_TO)),
            nps_answers=Count("pk", filter=nps),
            csat_answers=Count("pk", filter=csat),
            csat_sum=Sum("score", filter=csat),
        )

    @cached_property
    def tickets(self) -> dict[str, Floats]:
        """Counts of tickets as they stood at the end of the day."""
        end = self.end_of(0)
        opened_recently = Q(opened_at__gte=self.end_of(TICKET_WINDOW))
        rated = Q(closed_at__lt=end, closed_at__gte=self.end_of(ANSWER_WINDOW), satisfaction__isnull=False)
        still_open = Q(closed_at=None) | Q(closed_at__gte=end)
        found = self.scope.grouped(
            Ticket.objects.filter(opened_at__lt=end),
            empty=0.0,
            unresolved=Count("pk", filter=still_open & Q(opened_at__lt=self.end_of(UNRESOLVED_AFTER_DAYS))),
            opened=Count("pk", filter=opened_recently),
            escalated=Count("pk", filter=opened_recently & Q(is_escalated=True)),
            rated=Count("pk", filter=rated),
            rated_sum=Sum("satisfaction", filter=rated),
        )
        return {name: np.nan_to_num(values) for name, values in found.items()}

    @cached_property
    def has_tickets(self) -> bool:
        lately = Ticket.objects.filter(opened_at__lt=self.end_of(0), opened_at__gte=self.end_of(2 * ANSWER_WINDOW))
        return self.scope.known(lately).exists()

    def end_of(self, days_before: int) -> datetime:
        """The end of the day `days_before` the as-of day, in the organization's zone."""
        day = self.scope.as_of + timedelta(days=1 - days_before)
        return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())

    def nps(self) -> Floats:
        a = self.answers
        return sentiment.nps(promoters=a["promoters"], detractors=a["detractors"], answers=a["nps_answers"])

    def csat(self) -> Floats:
        """The mean of CSAT answers and of tickets' satisfaction: a support case is a touchpoint too."""
        total = np.nan_to_num(self.answers["csat_sum"]) + self.tickets["rated_sum"]
        return divide(total, self.answers["csat_answers"] + self.tickets["rated"])

    def unresolved_per_100_seats(self) -> Floats:
        if not self.has_tickets:
            return self.scope.unknown()
        return divide(100 * self.tickets["unresolved"], self.attributes.seats)

    def escalation_rate(self) -> Floats:
        return divide(self.tickets["escalated"], self.tickets["opened"])
