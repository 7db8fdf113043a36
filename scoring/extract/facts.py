"""All facts about the accounts in scope, each table read once, when the first measure asks for it."""

from dataclasses import dataclass
from functools import cached_property

from scoring.core.arrays import Floats
from scoring.extract.attributes import Attributes, attributes
from scoring.extract.billing import Billing
from scoring.extract.contacts import Contacts
from scoring.extract.conversations import Conversations
from scoring.extract.engagement import Engagement
from scoring.extract.features import Features
from scoring.extract.journey import Journey
from scoring.extract.ledger import Known
from scoring.extract.meetings import Meetings
from scoring.extract.payments import Payments
from scoring.extract.people import People
from scoring.extract.register import Register, read_register
from scoring.extract.scope import Scope
from scoring.extract.sentiment import Sentiment
from scoring.extract.terms import Terms
from scoring.extract.usage import Usage


@dataclass(frozen=True)
class Facts:
    scope: Scope
    # Of these accounts and perhaps of others, where it was read to know whom to score.
    read_before: Register | None = None

    @cached_property
    def remembered(self) -> dict[str, Floats]:
        """The values that formulas have read or found so far, by name."""
        return {}

    @cached_property
    def attributes(self) -> Attributes:
        return attributes(self.scope, self.register)

    @cached_property
    def register(self) -> Register:
        return (self.read_before or read_register(self.scope)).of(self.scope.account_ids)

    @cached_property
    def known(self) -> Known:
        return Known(self.scope, self.register)

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
    def conversations(self) -> Conversations:
        return Conversations(self.scope, self.attributes)

    @cached_property
    def sentiment(self) -> Sentiment:
        return Sentiment(self.scope, self.attributes, self.contacts)

    @cached_property
    def billing(self) -> Billing:
        return Billing(self.scope, self.attributes, self.register)

    @cached_property
    def payments(self) -> Payments:
        return Payments(self.scope, self.attributes)

    @cached_property
    def terms(self) -> Terms:
        return Terms(self.scope, self.attributes)

    @cached_property
    def contacts(self) -> Contacts:
        return Contacts(self.scope)

    @cached_property
    def people(self) -> People:
        return People(self.scope, self.attributes, self.contacts)

    @cached_property
    def meetings(self) -> Meetings:
        return Meetings(self.scope, self.contacts)

    @cached_property
    def journey(self) -> Journey:
        return Journey(self.scope, self.attributes)
