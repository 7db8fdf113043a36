"""What was erased does not come back with the next file: looked at before a record becomes a fact.

Who was erased is refused; other facts come in without what tells who it was. Where nothing was ever erased this
costs nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from accounts.erasure.digests import digest
from accounts.erasure.identity import ERASED
from accounts.ingest.parse.refusals import Refusal, Refused
from accounts.models import Suppression

Kind = Suppression.Kind
REASON = "was erased on request, and does not come in again unless that is allowed"
# Stands for the row in the report of refusals: what was erased is not kept there either.
NOT_KEPT = {"": ERASED}
TOKEN = re.compile(r"\S+")
AROUND = " \t.,;:!?()[]{}<>\"'’“”«»/\\|"
# Not words: ids, and what is chosen from a list.
NOT_WORDS = {"external_id", "account", "contact", "contract", "touchpoint", "parent", "user_key", "kind", "state"}
# Where a first or last name alone is enough: elsewhere it is also somebody else's.
FREE = {"note", "comment", "subject"}
# What somebody who was erased said, or what was written about a meeting with them.
ABOUT_THEM = ("comment", "note")


@dataclass(frozen=True)
class Suppressions:
    """What was erased, for the records of one source and kind; `lengths`: of how many words names are made."""

    source: str
    model: str
    known: dict[tuple[str, str], str]
    lengths: tuple[int, ...]

    def of(self, kind: str, *parts: object) -> str | None:
        """The stand-in (perhaps empty) if that was erased."""
        return self.known.get((kind, digest(kind, *parts)))

    def cleaned(self, record: Any) -> Any:
        """The record as it may come in. Raises Refused for what was erased itself."""
        self.refuse(record)
        changed = {**self.without_people(record), **self.without_key(record)}
        record = replace(record, **changed) if changed else record
        words = self.without_words(record)
        return replace(record, **words) if words else record

    def refuse(self, record: Any) -> None:
        account = record.external_id if self.model == "account" else getattr(record, "account", None)
        if account and self.of(Kind.ACCOUNT, self.source, account) is not None:
            raise Refused("external_id" if self.model == "account" else "account", REASON)
        if self.of(Kind.FACT, self.model, self.source, record.external_id) is not None:
            raise Refused("external_id", REASON)
        if self.model == "contact":
            self.refuse_contact(record)

    def refuse_contact(self, record: Any) -> None:
        if self.of(Kind.CONTACT, self.source, record.external_id) is not None:
            raise Refused("external_id", REASON)
        if record.email and self.of(Kind.WORDS, record.email) is not None:
            raise Refused("email", REASON)

    def without_people(self, record: Any) -> dict[str, Any]:
        """Contacts that were erased are the nameless ones that stayed; what is said about them is left out."""
        changed: dict[str, Any] = {}
        if getattr(record, "contact", None) and (known := self.of(Kind.CONTACT, self.source, record.contact)):
            changed["contact"] = known
        contacts = getattr(record, "contacts", ())
        people = tuple(self.of(Kind.CONTACT, self.source, contact) or contact for contact in contacts)
        if people != contacts:
            changed["contacts"] = people
        unsaid = {name: None for name in ABOUT_THEM if hasattr(record, name)} if changed else {}
        return {**changed, **unsaid}

    def without_key(self, record: Any) -> dict[str, Any]:
        key = getattr(record, "user_key", None)
        stand_in = self.of(Kind.USER, key) if key else None
        return {"user_key": stand_in} if stand_in else {}

    def without_words(self, record: Any) -> dict[str, Any]:
        """Texts that change because a name or an address in them was erased."""
        account = getattr(record, "account", None)
        names = self.lengths if account and self.of(Kind.WORDS, self.source, account) is not None else ()
        texts = {field.name: getattr(record, field.name) for field in fields(record) if field.name not in NOT_WORDS}
        told = {name: text for name, text in texts.items() if isinstance(text, str)}
        cleaned = {name: self.redacted(text, account, lengths_in(name, names)) for name, text in told.items()}
        return {name: text for name, text in cleaned.items() if text != told[name]}

    def tells(self, cells: Sequence[str]) -> bool:
        """Whether a row of a file names who was erased: then it is not kept among what was refused."""
        stated = [cell for cell in cells if cell]
        near: list[Any] = [cell for cell in stated if self.of(Kind.WORDS, self.source, cell) is not None] or [None]
        return any(
            self.is_erased(cell) or any(self.without_names(cell, account) != cell for account in near)
            for cell in stated
        )

    def is_erased(self, text: str) -> bool:
        ids = ((Kind.CONTACT, self.source, text), (Kind.ACCOUNT, self.source, text), (Kind.USER, text))
        return any(self.of(*parts) is not None for parts in ids)

    def without_names(self, text: str, account: str | None) -> str:
        """Free text without addresses, and near an account without the names of its people that were erased."""
        is_near = account and self.of(Kind.WORDS, self.source, account) is not None
        return self.redacted(text, account, self.lengths if is_near else ())

    def redacted(self, text: str, account: str | None, names: tuple[int, ...]) -> str:
        tokens = list(TOKEN.finditer(text))
        spans = [match.span() for match in tokens if "@" in match[0] and self.is_word(match[0])]
        for length in names:
            for first, last in zip(tokens, tokens[length - 1 :], strict=False):
                said = text[first.start() : last.end()].strip(AROUND).removesuffix("'s").removesuffix("’s")
                if self.of(Kind.WORDS, self.source, account, said) is not None:
                    spans.append((first.start(), last.end()))
        return without_spans(text, spans)

    def is_word(self, token: str) -> bool:
        return self.of(Kind.WORDS, token.strip(AROUND)) is not None


def without_spans(text: str, spans: list[tuple[int, int]]) -> str:
    """The text without what stands there; what stands around the words stays. Spans may lie in each other."""
    end_of_rest = len(text)
    for start, end in sorted(spans, key=lambda span: (-span[1], span[0])):
        if end > end_of_rest:
            continue
        word = text[start:end]
        inner = word.strip(AROUND)
        at = start + word.index(inner)
        text, end_of_rest = text[:at] + ERASED + text[at + len(inner) :], start
    return text


def lengths_in(name: str, lengths: tuple[int, ...]) -> tuple[int, ...]:
    """Of how many words names are made that count in a field."""
    return lengths if name in FREE else tuple(length for length in lengths if length > 1)


def load_suppressions(*, source: str, model: str) -> Suppressions | None:
    """None where nothing was ever erased."""
    rows = list(Suppression.objects.values_list("kind", "digest", "stand_in", "words"))
    if not rows:
        return None
    lengths = {words for kind, _, _, words in rows if kind == Kind.WORDS and words}
    known = {(kind, hashed): stand_in for kind, hashed, stand_in, _ in rows}
    return Suppressions(source, model, known, tuple(sorted(lengths)))


def kept_of(payload: dict[str, str], suppressions: Suppressions | None) -> dict[str, str]:
    """What is kept of a row that was refused, for whatever reason."""
    is_kept = suppressions is None or not suppressions.tells(list(payload.values()))
    return payload if is_kept else dict(NOT_KEPT)


def admitted(
    batch: Iterable[tuple[int, Any]], suppressions: Suppressions | None, refusals: list[Refusal]
) -> Iterator[tuple[int, Any]]:
    """The records of a batch that may come in, as they may come in; the others go to the refusals."""
    for line, record in batch:
        try:
            yield line, suppressions.cleaned(record) if suppressions else record
        except Refused as refused:
            refusals.append(Refusal(line, refused.column, refused.reason, dict(NOT_KEPT)))
