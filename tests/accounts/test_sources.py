"""Sources and their keys: made by a command, shown once, stored as a hash, revoked; each is in the audit record."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, Source, SourceKey
from accounts.operations.sources import create_key, create_source, digest_of, note_use, revoke_key
from accounts.queries.sources import live_key
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def test_the_command_makes_a_source_and_prints_its_key_which_nobody_can_read_again():
    text = run("create_source", "web", "--rhythm-days", "1")
    key = SourceKey.objects.get()
    assert (key.source.name, key.source.rhythm_days) == ("web", 1)
    # 24 random bytes: 192 bits.
    assert (text[:3], len(text)) == ("hk_", 35)
    assert (key.digest, key.prefix) == (digest_of(text), text[:10])
    assert text not in repr(list(SourceKey.objects.values())) + repr(list(AuditEntry.objects.values()))
    assert live_key(digest_of(text)).source_id == key.source_id
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["source made", "source key made"]


def test_a_source_that_is_there_gets_another_key():
    first, second = run("create_source", "web"), run("create_source", "web")
    assert first != second
    assert Source.objects.get().keys.count() == 2
    with pytest.raises(CommandError, match="leave --rhythm-days out"):
        run("create_source", "web", "--rhythm-days", "2")


@pytest.mark.parametrize("words", [("",), ("x" * 81,), ("web", "--rhythm-days", "0"), ("web", "--rhythm-days", "367")])
def test_nonsense_is_refused_and_makes_nothing(words):
    with pytest.raises(CommandError):
        run("create_source", *words)
    assert Source.objects.count() == 0


def test_a_key_is_revoked_by_its_beginning_or_as_a_whole():
    first, second = run("create_source", "web"), run("create_source", "web")
    assert "is revoked" in run("revoke_key", first[:10])
    assert (live_key(digest_of(first)), live_key(digest_of(second)) is None) == (None, False)
    run("revoke_key", second)
    assert live_key(digest_of(second)) is None
    assert AuditEntry.objects.filter(verb="source key revoked").count() == 2


@pytest.mark.parametrize("prefix", ["", "hk_", "hk_nothing", "x"])
def test_a_beginning_that_names_no_key_or_several_revokes_nothing(prefix):
    run("create_source", "web")
    run("create_source", "web")
    with pytest.raises(CommandError, match="Name one"):
        run("revoke_key", prefix)
    assert SourceKey.objects.filter(revoked_at=None).count() == 2


def test_revoking_twice_is_recorded_once(source, ops):
    key, _ = create_key(source=source, name="first", by=ops, at=NOW)
    revoke_key(key=key, by=ops, at=NOW)
    revoke_key(key=key, by=ops, at=NOW)
    assert AuditEntry.objects.filter(verb="source key revoked", by=ops).count() == 1


def test_two_sources_have_no_name_in_common(source):
    with pytest.raises(ValidationError, match="already"):
        create_source(name=" files ", by=None, at=NOW)


def test_a_use_is_noted_once_a_minute(source):
    key, _ = create_key(source=source, name="first", by=None, at=NOW)
    note_use(key_id=key.pk, last_used_at=None, at=NOW)
    key.refresh_from_db()
    assert key.last_used_at == NOW
    later = NOW.replace(second=59)
    note_use(key_id=key.pk, last_used_at=NOW, at=later)
    key.refresh_from_db()
    assert key.last_used_at == NOW
