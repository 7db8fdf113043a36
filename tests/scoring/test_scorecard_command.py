"""manage.py scorecard: export, check, difference and import of a file."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from scoring.content import card_of_version
from scoring.files import read_card
from scoring.models import ScorecardDraft, ScorecardVersion
from scoring.operations import start_draft
from tests.conftest import NOW


def run(*words: str) -> str:
    out = StringIO()
    call_command("scorecard", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(shipped, tmp_path):
    path = tmp_path / "default.toml"
    run("export", "default", "--output", str(path))
    return path


def test_an_exported_card_is_the_same_when_read(file, shipped):
    version = ScorecardVersion.objects.get(scorecard__slug="default")
    assert read_card(file) == card_of_version(version)
    assert run("export", "default", "--version-number", "1") == file.read_text()


def test_an_export_names_what_there_is_not(shipped):
    for words, text in [
        (("export", "gold"), "There is no scorecard 'gold'. Known: default, smb."),
        (("export", "smb", "--version-number", "7"), "SMB scorecard has no version 7."),
        (("export", "smb", "--draft"), "SMB scorecard has no open draft."),
    ]:
        with pytest.raises(CommandError) as refusal:
            run(*words)
        assert str(refusal.value) == text


def test_a_check_names_every_problem(file):
    assert run("check", str(file)) == "default.toml can be published.\n"
    file.write_text(file.read_text().replace("weight = 20", "weight = 30").replace("low = 70", "low = 71"))
    with pytest.raises(CommandError) as refusal:
        run("check", str(file))
    assert str(refusal.value).splitlines() == [
        "The weights sum to 120, not to 100.",
        "Band moderate must end at 70, just below strong.",
    ]


def test_a_file_that_is_no_card_is_refused(tmp_path, db):
    for text, complaint in [("slug = ", "Invalid value"), ('slug = "a"', "name is not stated"), ("", "slug is not")]:
        path = tmp_path / "odd.toml"
        path.write_text(text)
        with pytest.raises(CommandError, match=f"odd.toml: .*{complaint}"):
            run("check", str(path))
    with pytest.raises(CommandError, match="No such file"):
        run("check", str(tmp_path / "none.toml"))


def test_a_difference_is_told_in_words(file):
    assert run("diff", str(file)) == "default.toml says what v1 says.\n"
    file.write_text(file.read_text().replace("healthy = 7", "healthy = 5"))
    assert run("diff", str(file)) == "Days since a login: cut healthy 7 → 5\n"
    file.write_text(file.read_text().replace('slug = "default"', 'slug = "mine"'))
    assert run("diff", str(file)) == "mine is a new card.\n"


def test_an_import_opens_a_draft_and_publishes_nothing(file):
    file.write_text(file.read_text().replace("healthy = 7", "healthy = 5").replace("weight = 15", "weight = 16"))
    assert run("import", str(file)) == "Opened as the draft of Default scorecard: 1 problem to mend.\n"
    assert ScorecardVersion.objects.filter(scorecard__slug="default").count() == 1
    assert "weight = 16" in run("export", "default", "--draft")
    with pytest.raises(CommandError, match="has an open draft"):
        run("import", str(file))


def test_a_draft_that_is_sound_says_so(file):
    assert "it can be published" in run("import", str(file))
    draft = ScorecardDraft.objects.get()
    assert draft.changed_by is None
    draft.delete()
    start_draft(scorecard=draft.scorecard, by=None, at=NOW)
