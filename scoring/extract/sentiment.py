"""Survey answers and support tickets → arrays."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import SUBJECTS, Persona, Severity, SurveyKind, SurveyResponse, Ticket
from scoring.core import sentiment
from scoring.core.arrays import Bools, Floats, divide, filled
from scoring.core.groups import is_last_of
from scoring.extract.attributes import Attributes
from scoring.extract.contacts import PERSONAS, Contacts
from scoring.extract.plans import Named
from scoring.extract.scope import RECORDED_WITHIN_DAYS, Scope

ANSWER_WINDOW = 180
TICKET_WINDOW = 90
UNRESOLVED_AFTER_DAYS = 7
PROMOTER_FROM = 9
DETRACTOR_TO = 6
DECIDER = PERSONAS.index(Persona.DECISION_MAKER)


@dataclass(frozen=True)
class Sentiment:
    scope: Scope
    attributes: Attributes
    contacts: Contacts

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
    def subjects(self) -> dict[str, Floats]:
        """What answers of 180 days say of each subject on average, 1 to 5; read only for a card that asks."""
        window = (self.scope.first_day(window_days=ANSWER_WINDOW), self.scope.seen)
        sums: dict[str, Any] = {subject: Sum(f"about_{subject}") for subject in SUBJECTS}
        counts: dict[str, Any] = {f"{subject}_answers": Count(f"about_{subject}") for subject in SUBJECTS}
        found = self.scope.grouped(
            Named("subjects", lambda: SurveyResponse.objects.filter(answered_on__range=window)), **sums, **counts
        )
        return {subject: divide(found[subject], found[f"{subject}_answers"]) for subject in SUBJECTS}

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
        return {name: filled(values, 0.0) for name, values in found.items()}

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
        window = (self.scope.first_day(window_days=ANSWER_WINDOW), self.scope.seen)
        given = Named(
            "contacts' answers",
            lambda: SurveyResponse.objects.filter(
                kind=SurveyKind.NPS, answered_on__range=window, contact__isnull=False
            ),
        )
        places, ids, days, keys, scores = self.scope.read(
            given, "contact_id", "answered_on", "pk", "score", days=("answered_on",)
        )
        rows, is_known = self.contacts.find(ids)
        is_decider = (self.contacts.known.personas == DECIDER) & self.contacts.are_there
        decides = is_known.copy()
        decides[is_known] = is_decider[rows[is_known]]
        order = np.flatnonzero(decides)[np.lexsort((keys[decides], days[decides], ids[decides]))]
        newest = order[is_last_of(ids[order])]
        found = np.zeros(self.scope.size, dtype=bool)
        found[places[newest[scores[newest] <= DETRACTOR_TO]]] = True
        return found

    def csat(self) -> Floats:
        """The mean, 1 to 5, of CSAT answers and of tickets' satisfaction, 180 days: a support case is a touchpoint too.

        Source: the scoring contract, "surveys sent after touchpoints".
        """
        total = filled(self.answers["csat_sum"], 0.0) + self.tickets["rated_sum"]
        return divide(total, self.answers["csat_answers"] + self.tickets["rated"])

    def unresolved_per_100_seats(self) -> Floats:
        """100 × tickets that have been open for over 7 days at the end of the day ÷ licensed seats.

        Source: the scoring contract. Where nobody recorded a ticket for a year, nothing is known.
        """
        if not self.has_tickets:
            return self.scope.unknown()
        return divide(100 * self.tickets["unresolved"], self.attributes.seats)

    def opened_per_100_seats(self) -> Floats:
        """100 × tickets opened in 90 days ÷ licensed seats.

        Source: our own, after "volume" of support. Where nobody recorded a ticket for a year, nothing is known.
        """
        if not self.has_tickets:
            return self.scope.unknown()
        return divide(100 * self.tickets["opened"], self.attributes.seats)

    def severe_share(self) -> Floats:
        """Tickets of high or urgent severity ÷ those that state one, of those opened in 90 days.

        Source: our own, after "severity" of support. A pass of its own, so that other cards are not slowed by it.
        """
        stated = Q(opened_at__lt=self.seen_end, opened_at__gte=self.end_of(TICKET_WINDOW)) & ~Q(severity="")
        severe = Q(severity__in=(Severity.HIGH, Severity.URGENT))
        found = self.scope.grouped(
            Named("severities", lambda: Ticket.objects.filter(stated)),
            stated=Count("pk"),
            severe=Count("pk", filter=severe),
        )
        return divide(found["severe"], found["stated"])

    def escalation_rate(self) -> Floats:
        """Tickets escalated ÷ tickets opened, of those opened in 90 days. Source: the scoring contract."""
        return divide(self.tickets["escalated"], self.tickets["opened"])
