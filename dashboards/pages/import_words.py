"""What kinds of files and their fields are called on the import pages."""

from dataclasses import fields

from accounts.ingest.choices import NAME_TOO, required_fields
from accounts.ingest.parse.rows import UTF_8
from accounts.ingest.records import KINDS

# kind → its title, one of them, several of them
KIND_WORDS = {
    "accounts": ("Accounts", "account", "accounts"),
    "contacts": ("Contacts", "contact", "contacts"),
    "contracts": ("Contracts", "contract", "contracts"),
    "usage": ("Usage", "row of usage", "rows of usage"),
    "tickets": ("Tickets", "ticket", "tickets"),
    "touchpoints": ("Touchpoints", "touchpoint", "touchpoints"),
    "surveys": ("Survey answers", "survey answer", "survey answers"),
    "invoices": ("Invoices", "invoice", "invoices"),
    "churn": ("Churn", "churn event", "churn events"),
    "readings": ("Readings", "reading", "readings"),
    "business_events": ("Business events", "business event", "business events"),
    "milestones": ("Milestones", "milestone", "milestones"),
    "outcomes": ("Outcomes", "outcome", "outcomes"),
    "entitlements": ("Entitlements", "entitlement", "entitlements"),
    "rapports": ("Rapport", "rapport", "rapports"),
}
# Fields whose name alone would not do.
FIELD_WORDS = {
    "account": "Account ID", "contract": "Contract ID", "contact": "Contact ID", "touchpoint": "Touchpoint ID",
    "parent": "Parent account ID", "arr": "ARR", "owner_email": "Owner", "host_email": "Host",
    "started_on": "Customer since", "valid_from": "True from", "user_key": "User", "load_ms": "Load time, ms",
    "is_trial": "Trial",
    "is_escalated": "Escalated",
    "is_reactivation": "Reactivation", "contacts": "Contact IDs", "colleague_emails": "Colleagues",
    "email": "E-mail",
}  # fmt: skip
ENCODINGS = {
    UTF_8: "UTF-8", "cp1252": "Windows, Western (1252)", "cp1250": "Windows, Central European (1250)",
    "utf-16": "UTF-16", "utf-16-le": "UTF-16 LE", "utf-16-be": "UTF-16 BE", "utf-32": "UTF-32",
    "iso-8859-15": "Latin 9", "mac-roman": "Mac Roman", "cp932": "Japanese (932)",
}  # fmt: skip
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
STATE_TONES = {
    "done": "tag--good", "failed": "tag--bad", "reading": "tag--accent", "checking": "tag--accent",
    "importing": "tag--accent", "undoing": "tag--accent", "choosing": "tag--warn", "mapping": "tag--warn",
    "checked": "tag--warn",
}  # fmt: skip
# What a made-up row says, by the look of the field's name.
EXAMPLES = (
    ("_on", "2026-01-31"), ("_at", "2026-01-31 09:30"), ("_email", "person@company.example"), ("day", "2026-01-31"),
    ("valid_from", "2026-01-31"), ("_from", "2026-01-31"), ("_date", "2026-01-31"), ("arr", "12000.00"),
    ("amount", "450.00"), ("currency", "USD"), ("is_", "no"), ("email", "person@company.example"),
    ("external_id", "A-001"),
    ("account", "A-001"), ("contract", "C-001"), ("contact", "P-001"), ("name", "Company Ltd"),
    ("events", "12"), ("seconds", "340"),
    ("seats", "25"), ("rating", "4"), ("value", "4.5"),
)  # fmt: skip


def kind_title(kind: str) -> str:
    return KIND_WORDS[kind][0] if kind in KIND_WORDS else "File"


def kind_noun(kind: str, count: int) -> str:
    return KIND_WORDS[kind][1 if count == 1 else 2] if kind in KIND_WORDS else "rows"


def field_word(kind: str, field: str) -> str:
    """A field as its column head says it; what stands behind it (" from 2026-01-31") stays."""
    name, space, rest = field.partition(" ")
    if name == NAME_TOO:
        word = f"ID and name of the {KIND_WORDS[kind][1]}"
    elif name == "external_id":
        noun = KIND_WORDS[kind][1]
        word = f"{noun[:1].upper()}{noun[1:]} ID"
    else:
        word = FIELD_WORDS.get(name, name.replace("_", " ").capitalize())
    return f"{word}{space}{rest}"


def field_choices(kind: str) -> list[tuple[str, str]]:
    """Every field with its words, those that must be there first and marked."""
    needed = required_fields(kind)
    names = [*needed, *(each.name for each in fields(KINDS[kind]) if each.name not in needed)]
    both = [(NAME_TOO, field_word(kind, NAME_TOO))] if {"external_id", "name"} <= set(names) else []
    marked = [(name, f"{field_word(kind, name)}{' (needed)' if name in needed else ''}") for name in names]
    return [*marked, *both]


def kind_choices() -> list[tuple[str, str]]:
    return [(kind, words[0]) for kind, words in KIND_WORDS.items() if kind in KINDS]


def example_of(field: str) -> str:
    for part, example in EXAMPLES:
        if (
            field == part
            or (part.startswith("_") and field.endswith(part))
            or (part.endswith("_") and field.startswith(part))
        ):
            return example
    return ""


def size_words(size: int) -> str:
    """840 B, 12 kB, 3.4 MB."""
    if size < 1_000:
        return f"{size} B"
    return f"{size / 1_000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
