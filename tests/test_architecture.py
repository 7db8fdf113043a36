"""Who may import whom, as ARCHITECTURE.md's table says, and the other rules of shape that a parser can see."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("healthapp", "accounts", "scoring", "dashboards")
NAMELESS_ROOMS = {"utils", "util", "helpers", "common", "misc", "services"}
LONGEST_FILE = 400

NUMBERS = {"numpy", "scipy", "sklearn"}
CHARTS = {"plotly"}
VENDORS = {"requests", "slack_sdk", "standardwebhooks", "hubspot", "stripe", "simple_salesforce", "zendesk"}
WEB = {
    "django.http", "django.shortcuts", "django.template", "django.urls", "django.views", "rest_framework",
    "django_htmx", "django_tables2", "django_filters", "drf_spectacular", "lucide", "allauth", "knox",
}  # fmt: skip
OURS = {"accounts", "scoring", "dashboards"}


@dataclass(frozen=True)
class Room:
    """A part of the tree and what its modules may not import."""

    path: str
    banned: frozenset[str]
    allowed: frozenset[str] = frozenset()

    def holds(self, module: str) -> bool:
        return module == self.path or module.startswith(f"{self.path}.")


def room(path: str, banned: set[str], *, but: set[str] | None = None) -> Room:
    return Room(path, frozenset(banned), frozenset(but or set()))


# The first room that holds a module is the one whose rules apply: the narrow before the wide.
ROOMS = [
    room("scoring.core", {"django", *OURS, *CHARTS, *VENDORS, *WEB}, but={"scoring.core"}),
    room(
        "accounts.demo",
        {"django", *OURS, *CHARTS, *VENDORS, "scipy", "sklearn"},
        but={"accounts.demo", "accounts.ingest.records", "accounts.ingest.parse"},
    ),
    *(
        room(
            f"accounts.ingest.{name}",
            {"django", *OURS, *CHARTS, *VENDORS, "scipy", "sklearn"},
            but={"accounts.ingest.records", "accounts.ingest.parse"},
        )
        for name in ("records", "parse")
    ),
    *(
        room(
            f"accounts.ingest.events.{name}",
            {"django", *OURS, *NUMBERS, *CHARTS, *VENDORS},
            but={f"accounts.ingest.events.{of}" for of in ("event", "verdicts", "split", "decode")},
        )
        for name in ("event", "verdicts", "split", "decode")
    ),
    room(
        "accounts.integrations",
        {"django", *OURS, *NUMBERS, *CHARTS},
        but={"django.conf", "accounts.integrations", "accounts.ingest.records"},
    ),
    # Packing days into months is column arithmetic; docs/decisions.md says why it stands with the facts.
    room("accounts.months", {"scoring", "dashboards", "scipy", "sklearn", *CHARTS, *VENDORS, *WEB}),
    room("accounts", {"scoring", "dashboards", *NUMBERS, *CHARTS, *VENDORS, *WEB}),
    room("scoring", {"dashboards", *CHARTS, *VENDORS, *WEB}),
    room(
        "dashboards.charts",
        {"django", *OURS, "scipy", "sklearn", *VENDORS},
        but={"dashboards.charts", "dashboards.formats"},
    ),
    room("dashboards", {*NUMBERS, *CHARTS, *VENDORS}),
]

# The addresses of pages are named by models' own admin and by commands; nothing else of the web is.
MAY_USE_THE_WEB = {
    "accounts.admin": {"django.http", "django.urls", "django.template"},
    "accounts.back_office": {"django.http"},
    "scoring.admin": {"django.http", "django.urls", "django.template"},
    # Only its table of hashed tokens: they are made and revoked like everything else that is written.
    "accounts.operations.tokens": {"knox.models"},
}

SOURCES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
TESTS = sorted(path for folder in ("tests", "bench") for path in (ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every imported module or name in full, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_under(name: str, parents: frozenset[str] | set[str]) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def forbidden_imports(module: str, tree: ast.Module) -> list[str]:
    home = next((found for found in ROOMS if found.holds(module)), None)
    if home is None:
        return []
    allowed = home.allowed | MAY_USE_THE_WEB.get(module, set())
    return [
        f"{module}:{line} imports {name}"
        for line, name in imports_of(tree)
        if is_under(name, home.banned) and not is_under(name, allowed)
    ]


def test_imports_go_down_only_as_the_table_says():
    assert [found for path in SOURCES for found in forbidden_imports(module_of(path), tree_of(path))] == []


def test_the_import_test_sees_what_is_forbidden():
    for module, text in [
        ("accounts.rollups", "from scoring.models import Snapshot"),
        ("accounts.demo.cast", "import accounts.models"),
        ("accounts.queries", "from django.http import HttpRequest"),
        ("scoring.core.curves", "from django.db import models"),
        ("scoring.core.curves", "import scoring.models"),
        ("scoring.store", "from dashboards import charts"),
        ("dashboards.charts.theme", "from accounts.models import Account"),
        ("dashboards.pages.account", "import plotly.graph_objects as go"),
    ]:
        assert len(forbidden_imports(module, ast.parse(text))) == 1, (module, text)


def test_no_relative_import():
    assert [
        f"{name_of(path)}:{node.lineno}"
        for path in [*SOURCES, *TESTS]
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ] == []


def test_no_import_inside_a_function():
    assert [
        f"{name_of(path)}:{line} {function.name} imports {name}"
        for path in SOURCES
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for line, name in imports_of(function)
    ] == []


def test_no_room_without_a_name():
    rooms = {part for path in [*SOURCES, *TESTS] for part in path.relative_to(ROOT).with_suffix("").parts}
    assert rooms & NAMELESS_ROOMS == set()


def test_no_file_is_longer_than_400_lines():
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*SOURCES, *TESTS]}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def may_read_the_clock(path: Path) -> bool:
    """Views, the API, tasks, commands and the actions of the back office."""
    parts = path.relative_to(ROOT).parts
    return (
        parts[:2] in {("dashboards", name) for name in ("pages", "public", "api", "events")}
        or "commands" in parts
        or path.name in {"tasks.py", "admin.py", "back_office.py"}
        or path == ROOT / "dashboards" / "login.py"
    )


# As imported and as called; `datetime.now(tz)` and the like would be a way around.
CLOCK = {
    f"{prefix}{name}"
    for prefix, names in {
        "django.utils.timezone.": ("now", "localdate"),
        "timezone.": ("now", "localdate"),
        "datetime.": ("now", "utcnow", "today"),
        "date.": ("today",),
    }.items()
    for name in names
}


def clock_readings(tree: ast.Module) -> list[int]:
    imported = [line for line, name in imports_of(tree) if name in CLOCK]
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return imported + [call.lineno for call in calls if is_a_look_at_the_clock(call)]


def is_a_look_at_the_clock(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    return called in CLOCK or (called.endswith("localtime") and not call.args)


def test_the_clock_is_an_argument():
    assert [
        f"{name_of(path)}:{line}"
        for path in SOURCES
        if not may_read_the_clock(path)
        for line in clock_readings(tree_of(path))
    ] == []


def reads_of_a_role(tree: ast.Module) -> list[int]:
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "role")
    return [node.lineno for node in attributes if ast.unparse(node.value).endswith("user")]


def test_only_the_gate_reads_the_role_of_a_user():
    assert [
        f"{name_of(path)}:{line}"
        for path in SOURCES
        if name_of(path) != "accounts/access.py"
        for line in reads_of_a_role(tree_of(path))
    ] == []
