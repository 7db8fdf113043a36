"""What a stranger finds at the top of the project: locks, license, links, commands."""

import re
import subprocess
import tomllib
from pathlib import Path
from zipfile import ZipFile

import lucide
import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Package → version of a lock file."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==(\S+)", read(name), flags=re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(name):
    text = read(name)
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(entries) > 40
    assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def test_both_locks_pin_the_same_versions():
    runtime, development = (pins(name) for name in LOCKS)
    shared = runtime.keys() & development.keys()
    assert {name for name in shared if runtime[name] != development[name]} == set()


def test_every_dependency_is_locked_and_says_why_it_is_there():
    text = read("pyproject.toml")
    project = tomllib.loads(text)
    wanted = [re.split(r"[\[<>=]", line)[0].lower() for line in project["project"]["dependencies"]]
    assert set(wanted) <= pins(LOCKS[0]).keys()
    block = text[text.index("dependencies = [") : text.index("[dependency-groups]")]
    assert [line for line in block.splitlines() if line.startswith('    "') and "#" not in line] == []


def test_the_license_is_the_one_that_the_project_names():
    assert tomllib.loads(read("pyproject.toml"))["project"]["license"] == "MIT"
    assert read("LICENSE").startswith("MIT License\n")


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_every_link_between_the_pages_leads_somewhere(document):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_command_that_the_pages_name_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    fenced = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))
    named = {*re.findall(r"`make ([a-z-]+)", text), *re.findall(r"^make ([a-z-]+)", fenced, flags=re.MULTILINE)}
    assert named - targets == set()
    assert {"setup", "demo", "serve", "test", "lint", "bench", "lock"} <= targets


def test_every_icon_that_a_template_names_exists():
    archive = next(Path(lucide.__file__).parent.glob("*.zip"))
    known = {Path(name).stem for name in ZipFile(archive).namelist()}
    named = {
        (path.name, icon)
        for path in (ROOT / "templates").rglob("*.html")
        for icon in re.findall(
            r"""(?:\{% icon |icon(?:_name)?=|icon_name\|default:)"([a-z][a-z0-9-]+)\"""", path.read_text()
        )
    }
    assert len(named) > 20
    assert {(where, icon) for where, icon in named if icon not in known} == set()


def test_what_is_made_is_not_committed():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a checkout")
    made = ("var/", ".venv/", "node_modules/", "__pycache__", ".env\n", "plotly.min.js", "plotly-basic.min.js")
    assert [name for name in done.stdout.splitlines(keepends=True) if any(part in name for part in made)] == []
