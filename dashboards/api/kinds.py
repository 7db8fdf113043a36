"""The kinds of facts as the API names them, and who may write which."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from accounts.access import Action
from accounts.ingest.records import KINDS, Record
from accounts.models import Account
from accounts.queries.facts import STORED

# What a CSM notes about accounts of its own. The rest comes from systems: CS operations brings it.
BY_HAND = {"contacts", "touchpoints", "rapports", "milestones", "outcomes", "business_events"}
NOUNS = {
    "accounts": ("Account", "accounts"),
    "contacts": ("Contact", "contacts"),
    "contracts": ("Contract", "contracts"),
    "usage": ("UsageRow", "rows of usage"),
    "tickets": ("Ticket", "tickets"),
    "touchpoints": ("Touchpoint", "touchpoints"),
    "surveys": ("SurveyResponse", "surveys and their answers"),
    "invoices": ("Invoice", "invoices"),
    "churn": ("ChurnEvent", "churn events"),
    "readings": ("Reading", "readings of measures"),
    "business_events": ("BusinessEvent", "business events"),
    "milestones": ("Milestone", "milestones"),
    "outcomes": ("Outcome", "outcomes"),
    "entitlements": ("Entitlement", "entitlements"),
    "rapports": ("Rapport", "ratings of rapport"),
}


@dataclass(frozen=True)
class Kind:
    """`name` is the word of files and runs, `noun` that of the description, `title` for sentences."""

    name: str
    noun: str
    title: str

    @property
    def path(self) -> str:
        return self.name.replace("_", "-")

    @property
    def record(self) -> type[Record]:
        return KINDS[self.name]

    @property
    def model(self) -> type[models.Model]:
        return STORED[self.name].model if self.name in STORED else Account

    @property
    def action_to_write(self) -> Action:
        return Action.EDIT_ACCOUNT if self.name in BY_HAND else Action.INGEST_FACTS

    def model_field(self, column: str) -> Any:
        """The column of the table that holds it under its own name, if there is one."""
        found = {field.name: field for field in self.model._meta.concrete_fields}.get(column)
        return None if found is None or found.is_relation else found


ALL = {name: Kind(name, *words) for name, words in NOUNS.items()}
FACTS = [kind for name, kind in ALL.items() if name in STORED]
