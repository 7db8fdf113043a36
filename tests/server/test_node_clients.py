"""The snippets of docs/events.md, run with Segment's own libraries for Node and browsers against a live server."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import browser  # noqa: F401 - a fixture
from tests.needs import need
from tests.server.installation import ROOT
from tests.server.test_event_stream import Web, served

CLIENTS = Path(__file__).parent / "node"
NPM_SECONDS = 90
SNIPPET = re.compile(r"```js\n(.*?)```", re.DOTALL)
INBOX = """
import json
from accounts.ingest.events.event import unpack
from accounts.models import InboxBatch
events = [event for batch in InboxBatch.objects.order_by("pk") for event in unpack(batch.payload)]
print(json.dumps([[e.type, e.user_id, e.group_id, e.name] for e in events]))
"""
EXPORTED = ["track", "ann", "acme", "Report Exported"]


@pytest.fixture(scope="session")
def clients(tmp_path_factory) -> Path:
    """A folder with the libraries as their lock file names them."""
    need(shutil.which("npm") is not None, what="npm")
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(CLIENTS / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=NPM_SECONDS, capture_output=True)
    except subprocess.SubprocessError as error:
        pytest.skip(f"npm could not install Segment's clients: {error}")
    return folder


@pytest.fixture
def web(embedded) -> Iterator[tuple[Web, str]]:
    with served(embedded) as found:
        yield found


def snippet_with(name: str, *, web: Web, key: str) -> str:
    """As it stands in the docs, but for the key and the address."""
    (found,) = [each for each in SNIPPET.findall((ROOT / "docs" / "events.md").read_text()) if f'"{name}"' in each]
    here = f"127.0.0.1:{web.port}"
    return found.replace("hk_0mPq…", key).replace("https://health.example.com", f"http://{here}")


def inbox(web: Web) -> list[list[str]]:
    return json.loads(web.installation.shell(INBOX))


def test_the_snippet_for_node_delivers_its_event(clients, web):
    server, key = web
    (clients / "send.mjs").write_text(snippet_with("@segment/analytics-node", web=server, key=key))
    done = subprocess.run(["node", "send.mjs"], cwd=clients, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert inbox(server) == [EXPORTED]


def test_the_snippet_for_browsers_delivers_its_event_from_another_site(clients, web, browser: Browser):  # noqa: F811
    """The library's own bundle, over HTTP as servers of tests speak it."""
    server, key = web
    code = snippet_with("@segment/analytics-next", web=server, key=key).partition("\n")[2]
    code = code.replace("health.example.com/v1", f"127.0.0.1:{server.port}/v1").replace('"https"', '"http"')
    # Another origin than the address of the events; a page that is no shop of ours would have no such policy.
    page = browser.new_page(bypass_csp=True)
    page.goto(f"http://localhost:{server.port}/healthz")
    page.add_script_tag(path=clients / "node_modules/@segment/analytics-next/dist/umd/index.js")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.add_script_tag(content=f"const {{ AnalyticsBrowser }} = window.AnalyticsNext\n{code}")
    assert sent.value.status == 200
    page.close()
    assert inbox(server) == [EXPORTED]
