"""The import pages: what is shown and asked in each state, and that no CSV of the product carries a formula."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import get_resolver, reverse
from django.utils import timezone

from accounts.ingest import jobs
from accounts.models import Account, ColumnMapping, Contact, FileImport, ImportState
from accounts.operations.sharing import create_share_link
from accounts.operations.sources import create_key, create_source
from dashboards.pages.source import TABLES
from dashboards.pages.team_lists import KINDS
from scoring.operations import publish_shipped
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health, give_plan
from tests.use_world import make_use

pytestmark = pytest.mark.django_db

FILE = """Account ID;Company;Customer since;Renewal;ARR
N-1;Halden;2025-01-15;01/02/2027;1.200,50
N-2;Tessera;2025-02-01;03/04/2027;x
"""


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.INGEST_DIR = tmp_path


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """The worker works when it is rung for, as the database stands then."""
    monkeypatch.setattr(
        "accounts.tasks.ring_for_import", lambda pk: jobs.work_on(pk=pk, worker="one", clock=timezone.now)
    )


@pytest.fixture
def browser(client, ops, organization, source):
    client.force_login(ops)
    return client


def upload(browser, text: str | bytes = FILE, name: str = "accounts.csv", **fields: str):
    content = text.encode() if isinstance(text, str) else text
    answer = browser.post(
        reverse("imports-upload"), {"file": SimpleUploadedFile(name, content), "source": "files", **fields}
    )
    return FileImport.objects.latest("pk") if answer.status_code == 302 else answer


def page_of(browser, job) -> str:
    return browser.get(reverse("import", args=[job.pk])).content.decode()


def choose(browser, job, **fields: str):
    columns = {f"column-{at}": field for field, at in job.mapping["columns"].items()}
    return browser.post(reverse("import-columns", args=[job.pk]), {**columns, **fields})


def test_an_ambiguous_date_is_asked_and_not_guessed(browser):
    job = upload(browser)
    assert "which number of 01/02/2027 is the day?" in page_of(browser, job)
    answer = choose(browser, job)
    assert answer.status_code == 422
    assert "Choose one: this is never guessed." in answer.content.decode()
    choose(browser, job, **{"day-renewal_date": "month"})
    job.refresh_from_db()
    assert job.state == ImportState.CHECKED
    browser.post(reverse("import-start", args=[job.pk]))
    assert str(Account.objects.get().renewal_date) == "2027-01-02"
    assert str(Account.objects.get().arr) == "1200.50"


def test_what_is_missing_or_chosen_twice_is_said_and_what_was_chosen_stays(browser):
    job = upload(browser)
    answer = choose(browser, job, **{"column-1": "external_id", "day-renewal_date": "day"})
    text = answer.content.decode()
    assert "Account ID is chosen for two columns. Choose it for one." in text
    assert "No column is chosen for: Name. Every row needs it." in text
    assert '<option value="external_id" selected>' in text
    assert browser.get(reverse("import-columns", args=[job.pk])).status_code == 302


def test_refused_rows_come_as_a_file_with_reasons(browser):
    job = upload(browser, FILE.replace("Tessera", "=cmd()"))
    choose(browser, job, **{"day-renewal_date": "day"})
    answer = browser.get(reverse("import-refused", args=[job.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="accounts-refused.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["Row refused", "Column refused", "Why refused", "Account ID", "Company", "Customer since", "Renewal", "ARR"],
        ["3", "ARR", "'x' is no number", "N-2", "'=cmd()", "2025-02-01", "03/04/2027", "x"],
    ]


def test_a_mapping_is_kept_and_used_for_the_next_file(browser):
    job = upload(browser)
    choose(browser, job, **{"day-renewal_date": "day", "save_as": "CRM"})
    assert ColumnMapping.objects.get().content["columns"]["name"] == "Company"
    again = upload(browser)
    assert (again.mapping_name, again.mapping["day_first"]) == ("CRM", {"renewal_date": True})
    assert "by the kept mapping CRM" in page_of(browser, again)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"\x89PNG\r\n\x1a\n", "This is a picture, not a table."),
        ("a.xlsx", b"PK\x03\x04 no", "The file begins like a workbook and is none"),
        ("a.csv", b"only names\n", "a row of names and nothing below it"),
        ("a.xlsx", b"a,b\n1,2\n", ""),  # text, whatever it is called
    ],
)
def test_hostile_files_end_in_a_sentence(browser, name, content, words):
    job = upload(browser, content, name)
    assert job.state == (ImportState.FAILED if words else ImportState.MAPPING)
    assert words in page_of(browser, job)
    assert browser.get(reverse("imports")).status_code == 200


def test_empty_and_missing_files_are_refused_in_the_form(browser):
    assert "The file was not taken: it is empty." in upload(browser, b"").content.decode()
    answer = browser.post(reverse("imports-upload"), {"source": "files"})
    assert (answer.status_code, b"Choose a CSV or XLSX file." in answer.content) == (422, True)


def test_the_bar_asks_for_itself_and_loads_the_page_when_the_state_is_another(browser):
    job = upload(browser)
    FileImport.objects.filter(pk=job.pk).update(
        state="checking", done_rows=1, leased_until=timezone.now() + timedelta(hours=1)
    )
    answer = browser.get(reverse("import-progress", args=[job.pk]), {"state": "checking"})
    assert "Checking rows</b> 1 of 2" in answer.content.decode()
    assert "HX-Refresh" not in answer
    assert browser.get(reverse("import-progress", args=[job.pk]), {"state": "reading"})["HX-Refresh"] == "true"
    assert 'id="import-work"' in page_of(browser, job)


def test_a_file_whose_rows_nobody_counted_yet_has_a_dash_for_them(browser):
    job = upload(browser)
    assert (
        '<td class="num">2<span class="table__unit"> rows</span></td>'
        in browser.get(reverse("imports")).content.decode()
    )
    FileImport.objects.filter(pk=job.pk).update(state=ImportState.READING, total_rows=0)
    listed = browser.get(reverse("imports")).content.decode()
    assert '<span class="visually-hidden">number of rows not known</span>' in listed
    assert "> rows</span>" not in listed


def test_a_step_that_does_not_fit_any_more_is_said(browser):
    job = upload(browser)
    browser.post(reverse("import-cancel", args=[job.pk]))
    answer = browser.post(reverse("import-start", args=[job.pk]), follow=True)
    assert "The import is cancelled by now. Look again." in answer.content.decode()


def test_queries_of_the_pages_do_not_grow(browser, django_assert_max_num_queries):
    for _ in range(3):
        job = upload(browser)
        choose(browser, job, **{"day-renewal_date": "day"})
    with django_assert_max_num_queries(9):
        assert browser.get(reverse("imports")).status_code == 200
    with django_assert_max_num_queries(11):
        assert browser.get(reverse("import", args=[job.pk])).status_code == 200


def csv_addresses() -> dict[str, str]:
    """The names and patterns of all files of the product."""
    found, waiting = {}, list(get_resolver().url_patterns)
    while waiting:
        each = waiting.pop()
        waiting += getattr(each, "url_patterns", [])
        if str(each.pattern).endswith(".csv"):
            found[each.name] = str(each.pattern)
    return found


# Of files that need to be told what they are about.
ASKED = {
    "overview-csv": {"block": "segments"},
    "spot-checks-csv": {"block": "checks"},
    "product-usage-accounts-csv": {"of": "now", "state": "all"},
    "product-usage-csv": {"block": "accounts"},
    "forecast-csv": {"block": "accounts"},
}


def test_no_csv_of_the_product_carries_a_live_formula(browser, make_account, csm, other_csm, ops, source):
    evil = '=HYPERLINK("http://evil.example")'
    publish_shipped(by=None, at=NOW)
    account = make_account(evil, owner=csm, domain="@x", industry="+1", country="-x")
    make_use(make_account, csm, other_csm, source)
    give_health(account, score=5_000)
    give_plan(account, owner=csm, opened_on=NOW.date())
    type(csm).objects.filter(pk=csm.pk).update(name="@Maya")
    job = upload(browser, FILE.replace("Tessera", evil).replace("Company", "=Company"))
    job.mapping["columns"]["name"] = 1
    choose(browser, job, **{"day-renewal_date": "day"})
    Contact.objects.create(
        account=account,
        source=account.source,
        external_id=evil,
        name=evil,
        title="+CFO",
        known_from=NOW,
        recorded_at=NOW,
    )
    events = create_source(name="Events", by=ops, at=NOW)
    create_key(source=events, name=evil, by=ops, at=NOW)
    link, _ = create_share_link(account=account, recipient=evil, days=365, by=csm, at=NOW)
    arguments = {
        "imports-sample": [{"kind": "accounts"}, {"kind": "usage"}],
        "import-refused": [{"pk": job.pk}],
        "account-rows-csv": [{"pk": account.pk, "name": "nps"}],
        **{f"account-{table}-csv": [{"pk": account.pk}] for table in ("contacts", "users", "history")},
        "source-quarantine-csv": [{"pk": events.pk}],
        "source-csv": [{"pk": events.pk, "table": table} for table in TABLES],
        "team-list-csv": [{"kind": kind} for kind in KINDS],
        "share-link-csv": [{"pk": account.pk, "link": link.pk}],
    }
    seen = 0
    for name, pattern in csv_addresses().items():
        usual = {"pk": account.pk} if pattern.startswith("accounts/<int:pk>/") else {}
        for kwargs in arguments.get(name, [usual]):
            answer = browser.get(reverse(name, kwargs=kwargs), ASKED.get(name, {}))
            assert answer.status_code == 200, name
            text = b"".join(answer) if answer.streaming else answer.content
            for row in csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")):
                live = [
                    cell
                    for cell in row
                    if cell.startswith(("=", "+", "@", "\t", "\r"))
                    or (cell.startswith("-") and not cell[1:].replace(".", "").isdigit())
                ]
                assert live == [], name
                seen += any(evil in cell for cell in row)
    assert seen >= 4
