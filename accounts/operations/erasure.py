"""Erasing a contact or an account: in one transaction, with a receipt, and remembered so that it does not come back.

A contact stays as a nameless one, so that scores stay what they were and can be explained. An account goes with all
of its facts and scores.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Q

from accounts import audit, touches
from accounts.erasure import traces
from accounts.erasure.digests import digest
from accounts.erasure.files import erase_from_files
from accounts.erasure.identity import Identity, parts_of_name
from accounts.erasure.traces import Tally, in_parts, stand_in_of, tables_with
from accounts.models import (
    Account,
    Amendment,
    AuditEntry,
    Contact,
    Erasure,
    EventUser,
    Source,
    Suppression,
    User,
    UserDay,
)
from accounts.months import fold_months

NOTHING_SAID = {"erased": True}
Kind = Suppression.Kind


def identity_of_contact(contact: Contact) -> Identity:
    """What tells who the contact is. A name of one word is looked for near the account alone."""
    keys = {contact.external_id, contact.email} - {""}
    words = {contact.email} | ({contact.name} if " " in contact.name.strip() else set())
    return Identity(words=frozenset(words - {""}), keys=frozenset(with_joined(keys)), parts=parts_of_name(contact.name))


def with_joined(keys: set[str]) -> set[str]:
    """Ids of users, and what events of any source said are the same users: contacts are often of another one."""
    found, new = set(keys), set(keys)
    while new:
        joined = EventUser.objects.filter(Q(key__in=new) | Q(same_as__in=new)).exclude(same_as="")
        new = {key for pair in joined.values_list("key", "same_as") for key in pair} - found
        found |= new
    return found


def identity_of_account(account: Account) -> Identity:
    """What tells which account it is, and who its people are."""
    contacts = [identity_of_contact(contact) for contact in account.contacts.select_related("source")]
    users = UserDay.objects.filter(account=account).order_by().values_list("user_key", flat=True).distinct()
    words = {account.name, account.domain, *(word for contact in contacts for word in contact.words)} - {""}
    keys = {account.external_id, *users, *(key for contact in contacts for key in contact.keys)} - {""}
    return Identity(words=frozenset(words), keys=frozenset(keys))


def forget_users(account: Account, tally: Tally) -> None:
    """Whose use was known here alone is nobody any more, in the events of any source."""
    mine = set(UserDay.objects.filter(account=account).order_by().values_list("user_key", flat=True).distinct())
    elsewhere = UserDay.objects.exclude(account=account).filter(user_key__among=sorted(mine)).order_by()
    alone = mine - set(elsewhere.values_list("user_key", flat=True).distinct())
    for key in sorted(alone - {""}):
        tally.suppress(Kind.USER, key)
    said = EventUser.objects.filter(source__in=sources_naming(account), account_key=account.external_id)
    gone = alone | set(said.values_list("key", flat=True))
    known = EventUser.objects.filter(Q(key__among=sorted(gone)) | Q(same_as__among=sorted(gone)))
    tally.deleted["accounts.eventuser"] += known.filter(account_key__in=("", account.external_id)).delete()[0]


def sources_naming(account: Account) -> list[int]:
    """The sources whose events mean this account by its id, and not another one that has the same."""
    others = set(
        Account.objects.filter(external_id=account.external_id).exclude(pk=account.pk).values_list("source_id")
    )
    if not others:
        return list(Source.objects.values_list("pk", flat=True))
    named = Source.objects.filter(mapping__accounts_of=account.source.name).values_list("pk", flat=True)
    return [account.source_id, *named]


@audit.rewriting()
def erase_contact(*, contact: Contact, by: User | None, at: datetime) -> Erasure:
    """The contact without a name, and nothing anywhere that says who it was."""
    contact = Contact.objects.select_for_update(of=("self",)).select_related("account", "source").get(pk=contact.pk)
    identity, tally = identity_of_contact(contact), Tally()
    subject = digest(Kind.CONTACT, contact.source.name, contact.external_id)
    remember_contact(contact, tally)
    empty_own_rows(contact, tally)
    Contact.objects.filter(pk=contact.pk).update(external_id=stand_in_of(contact.pk))
    traces.redact_near(identity, contact.account_id, tally)
    redact_former(contact.account_id, identity, tally)
    erase_everywhere(identity, keys=identity.keys, tally=tally)
    if tally.months:
        fold_months(months=tally.months, account_ids=[contact.account_id])
    touches.touch([contact.account_id], at=at)
    return receipt(Erasure.Kind.CONTACT, subject, contact, tally, by=by, at=at)


def erase_everywhere(identity: Identity, *, keys: Collection[str], tally: Tally) -> None:
    traces.take_out_events(identity, tally)
    traces.replace_keys(sorted(keys), tally)
    traces.redact_everywhere(identity, tally)
    erase_from_files(identity, tally)


def remember_contact(contact: Contact, tally: Tally) -> None:
    source, account = contact.source.name, contact.account.external_id
    tally.suppress(Kind.CONTACT, source, contact.external_id, stand_in=stand_in_of(contact.pk))
    if contact.email:
        tally.suppress(Kind.WORDS, contact.email)
    if words := len(contact.name.split()):
        # A name is somebody else's too; among the facts of this account it is this person's.
        tally.suppress(Kind.WORDS, source, account, contact.name, words=words)
        tally.suppress(Kind.WORDS, source, account, words=0)
    for part in parts_of_name(contact.name):
        tally.suppress(Kind.WORDS, source, account, part)


def empty_own_rows(contact: Contact, tally: Tally) -> None:
    """What the contact wrote, and what was written where the contact was there; also as it was said before."""
    for model, rule in tables_with("of_contact"):
        mine = list(model._default_manager.filter(**{rule.of_contact: contact.pk}).values_list("pk", flat=True))
        for some in in_parts(mine):
            changed = model._default_manager.filter(pk__in=some).update(**rule.left)
            tally.rewritten[model._meta.label_lower] += changed
        forget_rows(model, mine, left=rule.left, tally=tally)


def forget_rows(model: type[models.Model], pks: Collection[int], *, left: Any, tally: Tally) -> None:
    """Amendments of the rows say what is left; the audit and the back office's log say that, but not what."""
    for some in in_parts(list(pks)):
        for former in Amendment.objects.filter(table=model._meta.label_lower, fact_id__in=some):
            kept = {"external_id": stand_in_of(former.fact_id)} if model is Contact else {}
            former.content = {**former.content, **left, **kept}
            former.save(update_fields=["content"])
            tally.rewritten["accounts.amendment"] += 1
        forget_words_about(model, some, tally)


def forget_words_about(model: type[models.Model], pks: Collection[int], tally: Tally) -> None:
    ids = [str(pk) for pk in pks]
    about = AuditEntry.objects.filter(subject=model._meta.model_name, subject_id__in=ids).exclude(detail=NOTHING_SAID)
    tally.rewritten["accounts.auditentry"] += about.update(detail=NOTHING_SAID)
    log = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
    tally.rewritten["admin.logentry"] += log.update(object_repr="[erased]", change_message="")


def redact_former(account_id: int, identity: Identity, tally: Tally) -> None:
    """What facts of the account said before, and what the audit says of it: a first name alone is enough."""
    former = [(Amendment, "content", row) for row in Amendment.objects.filter(content__account_id=account_id)]
    said = [(AuditEntry, "detail", row) for row in AuditEntry.objects.filter(detail__account=account_id)]
    for model, column, row in (*former, *said):
        before = getattr(row, column)
        after = traces.redacted(before, identity.near_pattern)
        traces.rewrite(model, row.pk, {column: after} if after != before else {}, tally)


Before = Callable[[Account, Tally], None]


@audit.rewriting()
def erase_account(*, account: Account, before: Before, by: User | None, at: datetime) -> Erasure:
    """The account with all of its facts and scores. `before` takes it out of sums that are not facts."""
    account = Account.objects.select_for_update(of=("self",)).select_related("source").get(pk=account.pk)
    identity, tally = identity_of_account(account), Tally()
    subject = digest(Kind.ACCOUNT, account.source.name, account.external_id)
    before(account, tally)
    tally.suppress(Kind.ACCOUNT, account.source.name, account.external_id)
    for contact in account.contacts.select_related("source", "account"):
        remember_contact(contact, tally)
    touches.touch([account.parent_id] if account.parent_id else [], at=at)
    tally.rewritten["accounts.account"] += account.children.update(parent=None, changed_at=at)
    forget_users(account, tally)
    for model, rule in tables_with("of_account"):
        delete_of_account(model, rule.of_account, account.pk, is_spoken_of=rule.is_spoken_of, tally=tally)
    forget_audit_of(account.pk, tally)
    erase_everywhere(identity, keys=(), tally=tally)
    # It may have had the only fact of its kind, and others were ranked beside it.
    touches.touch_all(at=at)
    return receipt(Erasure.Kind.ACCOUNT, subject, account, tally, by=by, at=at)


def delete_of_account(
    model: type[models.Model], lookup: str, account_id: int, *, is_spoken_of: bool, tally: Tally
) -> None:
    rows = model._default_manager.filter(**{lookup: account_id})
    if is_spoken_of:
        pks = list(rows.values_list("pk", flat=True))
        for some in in_parts(pks):
            former = Amendment.objects.filter(table=model._meta.label_lower, fact_id__in=some)
            tally.deleted["accounts.amendment"] += former.delete()[0]
            forget_words_about(model, some, tally)
        traces.delete(model, pks, tally)
        return
    if "__" in lookup:
        rows = model._default_manager.filter(pk__in=list(rows.values_list("pk", flat=True)))
    tally.deleted[model._meta.label_lower] += rows._raw_delete(using=rows.db) or 0


def forget_audit_of(account_id: int, tally: Tally) -> None:
    about = AuditEntry.objects.filter(detail__account=account_id)
    tally.rewritten["accounts.auditentry"] += about.update(detail=NOTHING_SAID)


def receipt(
    kind: Erasure.Kind, subject: str, gone: models.Model, tally: Tally, *, by: User | None, at: datetime
) -> Erasure:
    """What was done, by table, sealed by a digest; and what must not come back."""
    erasure = Erasure(
        kind=kind, subject=subject, at=at, by=by,
        deleted=counted(tally.deleted), rewritten=counted(tally.rewritten), files=counted(tally.files),
    )  # fmt: skip
    erasure.digest = hashlib.sha256(json.dumps(said_by(erasure), sort_keys=True).encode()).hexdigest()
    erasure.save()
    stood_in = [hashed for (kind, hashed), (_, stand_in) in tally.suppressed.items() if kind == Kind.USER and stand_in]
    Suppression.objects.filter(kind=Kind.USER, stand_in="", digest__in=stood_in).delete()
    Suppression.objects.bulk_create(
        [
            Suppression(kind=kind, digest=hashed, words=words, stand_in=stand_in, erasure=erasure)
            for (kind, hashed), (words, stand_in) in tally.suppressed.items()
        ],
        ignore_conflicts=True,
    )
    audit.record(verb=f"{kind} erased", subject=erasure, by=by, at=at, receipt=erasure.digest)
    return erasure


def counted(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


def said_by(erasure: Erasure) -> dict[str, Any]:
    """The receipt as it is downloaded, without its digest."""
    return {
        "kind": erasure.kind,
        "subject": erasure.subject,
        "at": erasure.at.isoformat(),
        "by": erasure.by.email if erasure.by else "command line",
        "deleted_rows": erasure.deleted,
        "rewritten_rows": erasure.rewritten,
        "files": erasure.files,
    }


@transaction.atomic
def allow_again(*, erasure: Erasure, by: User | None, at: datetime) -> int:
    """What was erased may come in again. Ids that became nameless stay so: it comes as somebody new."""
    gone, _ = Suppression.objects.filter(erasure=erasure).delete()
    audit.record(verb="erased may come back", subject=erasure, by=by, at=at, suppressions=gone)
    return gone
