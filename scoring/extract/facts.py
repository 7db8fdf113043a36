"""All facts about the accounts in scope, each table read once, when the first measure asks for it."""

from dataclasses import dataclass
from functools import cached_property

from scoring.core.arrays import Floats
from scoring.extract.attributes import Attributes, attributes
from scoring.extract.billing import Billing
from scoring.extract.engagement import Engagement
from scoring.extract.features import Features
from scoring.extract.journey import Journey
from scoring.extract.ledger import Known
from scoring.extract.meetings import Meetings
from scoring.extract.people import People
from scoring.extract.scope import Scope
from scoring.extract.sentiment import Sentiment
from scoring.extract.usage import Usage


@dataclass(frozen=True)
class Facts:
    scope: Scope

    @cached_property
    def remembered(self) -> dict[str, Floats]:
        """The values that formulas have read or found so far, by name."""
        return {}

    @cached_property
    def attributes(self) -> Attributes:
        return attributes(self.scope)

    @cached_property
    def known(self) -> Known:
        return Known(self.scope, self.attributes)

    @cached_property
    def usage(self) -> Usage:
        return Usage(self.scope, self.attributes, self.known)

    @cached_property
    def features(self) -> Features:
        return Features(self.scope, self.attributes, self.known)

    @cached_property
    def engagement(self) -> Engagement:
        return Engagement(self.scope, self.attributes)

    @cached_property
    def sentiment(self) -> Sentiment:
        return Sentiment(self.scope, self.attributes)

    @cached_property
    def billing(self) -> Billing:
        return Billing(self.scope, self.attributes)

    @cached_property
    def people(self) -> People:
        return People(self.scope, self.attributes)

    @cached_property
    def meetings(self) -> Meetings:
        return Meetings(self.scope)

    @cached_property
    def journey(self) -> Journey:
        return Journey(self.scope, self.attributes)
