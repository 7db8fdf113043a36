"""The build step of the chart script."""

import gzip
import json
import shutil
from importlib.metadata import files
from pathlib import Path

import pytest

from dashboards import frontend

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    return tmp_path


def test_without_npm_the_script_comes_from_the_python_package(var, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert frontend.main() == 0
    assert "the bundle of the Python package" in capsys.readouterr().out
    assert b"plotly.js" in (var / "frontend" / "plotly.min.js").read_bytes()[:200]


def test_an_npm_that_fails_is_named_and_replaced_by_the_python_package(var, tmp_path, monkeypatch, capsys):
    broken = tmp_path / "npm"
    broken.write_text("#!/bin/sh\necho 'no registry answers' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(broken))
    monkeypatch.setattr(frontend, "NPM_FOLDER", "packages")
    assert frontend.main() == 0
    printed = capsys.readouterr()
    assert "no registry answers" in printed.err
    assert "the bundle of the Python package" in printed.out


def test_a_second_run_does_nothing(var, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    frontend.main()
    capsys.readouterr()
    frontend.main()
    assert capsys.readouterr().out == ""


def test_npm_appearing_later_builds_again(var, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    without = frontend.fingerprint()
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert frontend.fingerprint() != without


def test_the_lock_file_names_no_host():
    lock = (frontend.ROOT / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "http" not in lock


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed here")
def test_the_script_from_npm_weighs_at_most_450_kib(var, capsys):
    frontend.main()
    printed = capsys.readouterr()
    if "from npm" not in printed.out:
        pytest.skip(f"npm could not install: {printed.err.strip()}")
    size = len(gzip.compress((var / "frontend" / "plotly.min.js").read_bytes()))
    assert size <= frontend.BUDGET_KIB * 1024


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_license_of_the_icons_goes_out_with_them():
    [license] = [path for path in files("lucide") or [] if path.name == "LICENSE"]
    notice = words(license.read_text()).partition("distributed under MIT License: ")[2]
    assert "Lucide Contributors" in notice
    assert notice in words((ROOT / "static/licenses.txt").read_text())


def test_every_script_from_npm_is_named_among_the_licenses():
    named = (ROOT / "static/licenses.txt").read_text().lower()
    packages = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert [name for name in packages if name.removesuffix("-basic-dist-min") not in named] == []
