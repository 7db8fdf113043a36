"""Bodies made to break things: each is refused with words, none is an error of ours, and nothing is written."""

import json

import pytest

from accounts.models import Contact
from dashboards.api.parsers import LARGEST_BODY
from tests.dashboards.api.rows import NEW_ACCOUNT, ROWS

pytestmark = pytest.mark.django_db

CONTACT = {"external_id": "c1", "account": "acme", "name": "Ann"}


def send(client, body: bytes | str, *, path: str = "contacts", content_type: str = "application/json"):
    return client.generic("POST", f"/api/v1/{path}", body, content_type=content_type)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "missing"),
        (b"{", "The body is no JSON: Expecting property name enclosed in double quotes, line 1, column 2."),
        (b"\xff\xfe{}", "The body is no UTF-8: byte 0 makes no sense."),
        (b'{"name": NaN}', "The body is no JSON that can be read: NaN is no number."),
        (b'{"name": -Infinity}', "The body is no JSON that can be read: -Infinity is no number."),
        (b'{"name": ' + b"9" * 5000 + b"}", "The body is no JSON that can be read: Exceeds the limit"),
        (b'{"name": 1e9999999999999999999}', "a number with too large an exponent"),
        (b"[" * 100_000 + b"]" * 100_000, "The body is nested more than 16 deep."),
        (b"[" * 500 + b"]" * 500, "The body is nested more than 16 deep."),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "The body is nested more than 16 deep."),
        (b"[]", "The body is one object of columns and values."),
        (b"null", "The body is one object of columns and values."),
        (b'"text"', "The body is one object of columns and values."),
        (b"7", "The body is one object of columns and values."),
        (b'{"\\ud800": 1}', "there is no such column"),
        (b'{"\\u0000": 1}', "there is no such column"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_a_body_that_is_no_object_of_json_is_refused_with_words(feed, acme, body, words):
    answer = send(feed, body)
    told = answer.json()
    assert answer.status_code == 400
    assert words in told["message"] + " ".join(error["message"] for error in told["errors"])
    assert not Contact.objects.exists()


VALUES = [
    None, True, False, 0, -1, 7, 1.5, 10**18, 10**300, -(10**40), "", "x", "\x00", "a\x00b", "x" * 10_000, [], {},
    [[]], ["\x00"], [None], {"a": {"b": 1}}, "2026-13-45", "0000-00-00", "9999-12-31", "2026-01-01T25:00:00Z", "💥",
    "\u202e", "'; DROP TABLE accounts_account; --",
]  # fmt: skip
RAW = ['"\\ud800"', '"\\udfff\\ud800"', "1e400", "-1e400", "1e-400", "1e999999", "123456789012345678901234567890.5"]


@pytest.mark.parametrize("kind", ["accounts", *ROWS])
def test_no_value_in_any_column_is_an_error_of_ours(feed, acme, kind):
    """Every column of every kind, with every odd value: one row each, all at once."""
    good = ROWS.get(kind, NEW_ACCOUNT)
    rows = [json.dumps({**good, "external_id": f"v{n}"}) for n in range(1)]
    for n, column in enumerate(good):
        others = {name: value for name, value in good.items() if name != column}
        texts = [json.dumps(value) for value in VALUES] + RAW
        for m, text in enumerate(texts):
            row = json.dumps({**others, **({} if column == "external_id" else {"external_id": f"{n}-{m}"})})
            rows.append(f'{row[:-1]}, "{column}": {text}}}')
    for start in range(0, len(rows), 500):
        answer = send(feed, '{"rows": [' + ",".join(rows[start : start + 500]) + "]}", path=f"{path_of(kind)}/bulk")
        assert answer.status_code == 200, answer.content[:500]
        assert {row["verdict"] for row in answer.json()["rows"]} <= {"created", "changed", "unchanged", "refused"}
        answer.content.decode()


def path_of(kind: str) -> str:
    return kind.replace("_", "-")


def test_half_a_character_is_told_where_it_stands(feed, acme):
    answer = send(feed, json.dumps({**CONTACT, "name": "Ann \ud83d"}))
    assert answer.json()["errors"] == [
        {"field": "name", "message": "has half a character in it (a lone surrogate)"}
    ]  # fmt: skip


def test_a_nul_is_told_where_it_stands(feed, acme):
    answer = send(feed, json.dumps({**CONTACT, "name": "Ann\x00"}))
    assert answer.json()["errors"] == [{"field": "name", "message": "has a NUL character in it"}]


def test_money_stays_exact(feed, acme):
    row = {**ROWS["invoices"], "currency": "USD"}
    for n, (written, kept) in enumerate([("0.1", "0.10"), ('"0.1"', "0.10"), ("1e3", "1000.00"), ("0.125", "0.13")]):
        body = json.dumps({**row, "external_id": f"i{n}", "amount": "?"}).replace('"?"', written)
        assert send(feed, body, path="invoices").status_code == 201
        found = feed.get("/api/v1/invoices", {"external_id": f"i{n}"}).json()["results"]
        assert found[0]["amount"] == kept


def test_a_body_larger_than_the_limit_is_refused_and_says_the_limit(feed, acme):
    answer = send(feed, b'{"name": "' + b"x" * LARGEST_BODY + b'"}')
    assert (answer.status_code, answer.json()) == (413, {
        "code": "too_large",
        "message": "The body is larger than 4,194,304 bytes. Send fewer rows at once.",
        "errors": [],
    })  # fmt: skip


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_is_not_declared_as_json_is_refused(feed, acme, content_type):
    answer = send(feed, json.dumps(CONTACT), content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_answer_in_another_format_is_refused(feed):
    answer = feed.get("/api/v1/contacts", headers={"accept": "text/html"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


def test_an_address_without_anything_is_refused_in_the_same_shape(feed):
    for method in (feed.get, feed.post, feed.put, feed.patch, feed.delete):
        answer = method("/api/v1/shoes/7")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("pk", ["99999999999999999999999", "9223372036854775808"])
def test_a_key_that_no_table_could_have_is_not_found(feed, pk):
    for path in ("accounts", "contacts", "tokens"):
        assert feed.get(f"/api/v1/{path}/{pk}").status_code in {403, 404, 405}
