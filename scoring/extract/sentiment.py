"""Survey answers and support tickets → arrays."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

import numpy as np
from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import Persona, SurveyKind, SurveyResponse, Ticket
from scoring.core import sentiment
from scoring.core.arrays import Bools, Floats, divide
from scoring.extract.attributes import Attributes, is_last_of
from scoring.extract.plans import Named
from scoring.extract.scope import RECORDED_WITHIN_DAYS, Scope

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
        """Counts of NPS answers by kind and the sum of CSAT answers, 180 days; `_before`: in the 180 days before."""
        recent = Q(answered_on__gte=self.scope.first_day(window_days=ANSWER_WINDOW))
        nps, csat = Q(kind=SurveyKind.NPS), Q(kind=SurveyKind.CSAT) & recent
        promoter, detractor = nps & Q(score__gte=PROMOTER_FROM), nps & Q(score__lte=DETRACTOR_TO)
        window = (self.scope.first_day(window_days=2 * ANSWER_WINDOW), self.scope.seen)
        return self.scope.grouped(
            Named("answers", lambda: SurveyResponse.objects.filter(answered_on__range=window)),
            empty=0.0,
            promoters=Count("pk", filter=promoter & recent),
            detractors=Count("pk", filter=detractor & recent),
            nps_answers=Count("pk", filter=nps & recent),
            promoters_before=Count("pk", filter=promoter & ~recent),
            detractors_before=Count("pk", filter=detractor & ~recent),
            nps_answers_before=Count("pk", filter=nps & ~recent),
            csat_answers=Count("pk", filter=csat),
            csat_sum=Sum("score", filter=csat),
        )

    @cached_property
    def tickets(self) -> dict[str, Floats]:
        """Counts of tickets as they stood at the end of the day."""
        end = self.seen_end
        opened_recently = Q(opened_at__gte=self.end_of(TICKET_WINDOW))
        rated = Q(closed_at__lt=end, closed_at__gte=self.end_of(ANSWER_WINDOW), satisfaction__isnull=False)
        still_open = Q(closed_at=None) | Q(closed_at__gte=end)
        found = self.scope.grouped(
            Named("tickets", lambda: Ticket.objects.filter(opened_at__lt=end)),
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
        since = self.end_of(RECORDED_WITHIN_DAYS)
        return self.scope.is_any(
            "tickets", lambda: Ticket.objects.filter(opened_at__lt=self.seen_end, opened_at__gte=since)
        )

    @property
    def seen_end(self) -> datetime:
        """The end of the last day of which facts are seen."""
        return self.end_of((self.scope.as_of - self.scope.seen).days)

    def end_of(self, days_before: int) -> datetime:
        """The end of the day `days_before` the as-of day, in the organization's zone."""
        day = self.scope.as_of + timedelta(days=1 - days_before)
        return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())

    def nps(self) -> Floats:
        """% promoters (9, 10) − % detractors (0 to 6) of the account's answers, 180 days.

        Source: Reichheld, The One Number You Need to Grow, Harvard Business Review, December 2003.
        """
        a = self.answers
        return sentiment.nps(promoters=a["promoters"], detractors=a["detractors"], answers=a["nps_answers"])

    def nps_change(self) -> Floats:
        """NPS less that of the 180 days before, in points of NPS.

        Source: the scoring contract. Without an answer in either half there is no change to speak of.
        """
        a = self.answers
        before = sentiment.nps(
            promoters=a["promoters_before"], detractors=a["detractors_before"], answers=a["nps_answers_before"]
        )
        return self.nps() - before

    def is_decider_detractor(self) -> Bools:
        """A decision maker who is there now answered 0 to 6 to the newest NPS question of 180 days.

        Source: the scoring contract; detractors as in Reichheld 2003.
        """
        day = self.scope.seen
        there = Q(contact__known_from__lte=day) & (Q(contact__left_on=None) | Q(contact__left_on__gt=day))
        window = (self.scope.first_day(window_days=ANSWER_WINDOW), day)
        decides = Q(kind=SurveyKind.NPS, answered_on__range=window, contact__persona=Persona.DECISION_MAKER)
        answered = Named(
            "deciders' answers",
            lambda: SurveyResponse.objects.filter(there, decides).order_by("contact_id", "answered_on", "pk"),
        )
        places, contacts, scores = self.scope.read(answered, "contact_id", "score")
        found = np.zeros(self.scope.size, dtype=bool)
        found[places[is_last_of(contacts) & (scores <= DETRACTOR_TO)]] = True
        return found

    def csat(self) -> Floats:
        """The mean, 1 to 5, of CSAT answers and of tickets' satisfaction, 180 days: a support case is a touchpoint too.

        Source: the scoring contract, "surveys sent after touchpoints".
        """
        total = np.nan_to_num(self.answers["csat_sum"]) + self.tickets["rated_sum"]
        return divide(total, self.answers["csat_answers"] + self.tickets["rated"])

    def unresolved_per_100_seats(self) -> Floats:
        """100 × tickets that have been open for over 7 days at the end of the day ÷ licensed seats.

        Source: the scoring contract. Where nobody recorded a ticket for a year, nothing is known.
        """
        if not self.has_tickets:
            return self.scope.unknown()
        return divide(100 * self.tickets["unresolved"], self.attributes.seats)

    def escalation_rate(self) -> Floats:
        """Tickets escalated ÷ tickets opened, of those opened in 90 days. Source: the scoring contract."""
        return divide(self.tickets["escalated"], self.tickets["opened"])
