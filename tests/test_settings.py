"""A wrong or missing variable stops the start with a sentence; production is clean under `check --deploy`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from healthapp import env

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "PRODUCTION": "yes",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "health.example",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "CACHE_URL": "redis://127.0.0.1:1/1",
}


def check(tmp_path: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, timeout=60)


def test_production_is_clean_under_check_deploy(tmp_path):
    done = check(tmp_path, "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (0 silenced)" in done.stdout


def test_with_nothing_set_it_runs_embedded(tmp_path):
    assert check(tmp_path).returncode == 0
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert len((tmp_path / "secret_key").read_text()) > 50


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is shorter than 50 characters."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set."),
        ({"DEBUG": "yes"}, "DEBUG is on in production."),
        ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE is 'Mars/Olympus'."),
    ],
)
def test_a_wrong_variable_stops_the_start_with_one_sentence(tmp_path, changed, sentence):
    done = check(tmp_path, **{**PRODUCTION, **changed})
    assert done.returncode == 1
    assert done.stderr.startswith(f"The settings are not right: {sentence}")
    assert "Traceback" not in done.stderr


def test_no_secret_is_shown_when_an_address_is_wrong(monkeypatch):
    monkeypatch.setenv("CACHE_URL", "memcached://:hunter2@cache")
    with pytest.raises(ImproperlyConfigured, match="CACHE_URL is no such address") as refusal:
        env.address("CACHE_URL", default="", schemes={"redis"})
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("written", "meant"), [("yes", True), ("ON", True), ("1", True), ("no", False), ("False", False)]
)
def test_a_flag_is_read_in_the_usual_words(monkeypatch, written, meant):
    monkeypatch.setenv("A_FLAG", written)
    assert env.flag("A_FLAG", default=not meant) is meant


def test_a_flag_in_other_words_is_refused(monkeypatch):
    monkeypatch.setenv("A_FLAG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="A_FLAG is 'maybe'. Write yes or no."):
        env.flag("A_FLAG", default=False)


@pytest.mark.parametrize(("written", "problem"), [("many", "Write a whole number"), ("-1", "It must be at least 0")])
def test_a_number_must_be_one(monkeypatch, written, problem):
    monkeypatch.setenv("A_NUMBER", written)
    with pytest.raises(ImproperlyConfigured, match=problem):
        env.number("A_NUMBER", default=3)


def test_a_choice_is_one_of_the_words(monkeypatch):
    monkeypatch.setenv("LEVEL", "info")
    assert env.choice("LEVEL", default="ERROR", among={"INFO", "ERROR"}) == "INFO"
    monkeypatch.setenv("LEVEL", "loud")
    with pytest.raises(ImproperlyConfigured, match="LEVEL is 'LOUD'. Write one of ERROR, INFO."):
        env.choice("LEVEL", default="ERROR", among={"INFO", "ERROR"})


def test_words_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("HOSTS", " a.example, ,b.example ")
    assert env.words("HOSTS") == ["a.example", "b.example"]


def test_a_database_address_is_taken_apart(monkeypatch, tmp_path):
    monkeypatch.setenv("DB", "postgres://ann:p%40ss@db.example:5433/health")
    found = env.database("DB", folder=tmp_path)
    assert [found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "health", "ann", "p@ss", "db.example", "5433",
    ]  # fmt: skip


def test_without_a_database_address_it_is_a_file(monkeypatch, tmp_path):
    monkeypatch.delenv("DB", raising=False)
    assert env.database("DB", folder=tmp_path)["NAME"] == tmp_path / "healthapp.sqlite3"
    monkeypatch.setenv("DB", f"sqlite:///{tmp_path}/other.sqlite3")
    assert str(env.database("DB", folder=tmp_path)["NAME"]).endswith("other.sqlite3")


@pytest.mark.parametrize(
    "written", ["mysql://host/name", "postgres://host", "host/name", "postgres://u@host:port/name"]
)
def test_a_database_address_of_another_shape_is_refused(monkeypatch, tmp_path, written):
    monkeypatch.setenv("DB", written)
    with pytest.raises(ImproperlyConfigured, match="^DB "):
        env.database("DB", folder=tmp_path)


def test_the_example_names_every_variable_that_is_read():
    read = re.findall(
        r'env\.(?:text|flag|number|words|choice|zone|address|database)\(\s*"(\w+)"',
        (ROOT / "healthapp/settings.py").read_text(),
    )
    compose = re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text())
    example = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE)
    assert len(example) == len(set(example))
    assert set(example) == set(read) | set(compose)
    assert len(set(read)) > 15
