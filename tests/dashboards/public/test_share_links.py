"""Who a link lets in: nobody who guesses, nobody after it is stopped, and each recipient in the language chosen."""

import re
import secrets
from datetime import date

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Block, CustomerWord, PlanStep, ShareLink, ShareOpening, Shown, StepState
from accounts.operations.sharing import Choices, another_key, create_share_link, hash_of, revoke_share_link
from dashboards.public.share import MOST_MISSES
from scoring.benchmarks import work_out_benchmarks
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step
from tests.dashboards.snapshots import give_story

pytestmark = pytest.mark.django_db
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.fixture(autouse=True)
def fixed_clock():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def told(organization, acme, csm):
    give_story(acme, author=csm)
    return acme


@pytest.fixture
def share(told, csm):
    """Makes a link and says its token."""

    def make(**choices: object) -> str:
        made = create_share_link(account=told, recipient="Ann Lee", days=90, by=csm, at=NOW, choices=Choices(**choices))
        return made[1]

    return make


@pytest.fixture
def step(told, csm) -> PlanStep:
    step = give_step(
        give_plan(told, owner=csm, opened_on=date(2026, 6, 1)), position=1, due=TODAY, text="Name a sponsor"
    )
    PlanStep.objects.filter(pk=step.pk).update(is_shared=True, is_customers_turn=True)
    return step


def opened(client, token: str, **query: str) -> str:
    return client.get(reverse("share", args=[token]), query).content.decode()


def opens_anything(tokens: list[str]) -> bool:
    """Whether any of these is the token of a link, or a further key of one: what a request asks, for many at once."""
    hashes = [hash_of(token) for token in tokens]
    parts = [hashes[n : n + 500] for n in range(0, len(hashes), 500)]
    return any(
        ShareLink.objects.filter(token_hash__in=part).exists()
        or ShareLink.objects.filter(keys__token_hash__in=part).exists()
        for part in parts
    )


def near_misses(token: str) -> list[str]:
    """The token with one letter changed, each way; then two, at random."""
    single = [
        token[:n] + letter + token[n + 1 :] for n in range(len(token)) for letter in ALPHABET if letter != token[n]
    ]
    while len(single) < 10_000:
        one, other = secrets.randbelow(len(token)), secrets.randbelow(len(token))
        changed = list(token)
        changed[one], changed[other] = secrets.choice(ALPHABET), secrets.choice(ALPHABET)
        if "".join(changed) != token:
            single.append("".join(changed))
    return single[:10_000]


def test_ten_thousand_random_and_ten_thousand_near_miss_links_open_nothing(share):
    token = share()
    assert len(token) * 6 >= 128
    assert opens_anything([token])
    assert not opens_anything([secrets.token_urlsafe(32) for _ in range(10_000)])
    assert not opens_anything(near_misses(token))
    assert not opens_anything([hash_of(token), token.lower(), token + "=", token[:-1], f" {token}", ""])


def test_who_misses_too_often_is_told_to_wait_and_a_link_that_works_still_opens(client, share):
    token = share()
    codes = [client.get(reverse("share", args=[miss])).status_code for miss in near_misses(token)[: MOST_MISSES + 2]]
    assert codes == [404] * MOST_MISSES + [429] * 2
    answer = client.get(reverse("share", args=["x" * 43]))
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert client.get(reverse("share", args=[token])).status_code == 200


def test_a_key_of_a_mail_opens_the_same_page_and_ends_with_its_link(client, share, csm):
    share()
    link = ShareLink.objects.get()
    key = another_key(link=link, at=NOW)
    assert "Prepared for Acme" in opened(client, key)
    revoke_share_link(link=link, by=csm, at=NOW)
    assert client.get(reverse("share", args=[key])).status_code == 404


def test_a_stopped_link_stops_deeds_too(client, share, step, csm):
    token = share()
    revoke_share_link(link=ShareLink.objects.get(), by=csm, at=NOW)
    answer = client.post(reverse("share-step", args=[token, step.pk]), {"do": "tick"})
    assert answer.status_code == 404
    step.refresh_from_db()
    assert step.state == StepState.OPEN


def test_every_opening_is_in_the_log(client, share):
    token = share()
    opened(client, token)
    opened(client, token)
    assert list(ShareOpening.objects.values_list("link", "at")) == [(ShareLink.objects.get().pk, NOW)] * 2


def test_the_band_alone_shows_no_score_in_any_form(client, share, organization):
    shown = opened(client, share(shows=Shown.BAND))
    assert "Your health with Kestrel Works is moderate" in shown
    assert "Your band at the end of each month" in shown
    for figure in ("61.5", ">62<", "counts 3", "100 points", "customer-trend", "−15.4"):
        assert figure not in shown, figure


def test_what_is_left_out_is_nowhere(client, share, step):
    shown = opened(client, share(hidden_blocks=tuple(Block.values)))
    for words in ("How we measure it", "How it has changed", "Name a sponsor", "Ask a question", "Compared with"):
        assert words not in shown, words
    assert "Your health with Kestrel Works is moderate" in shown


def test_a_measure_that_the_csm_leaves_out_counts_among_what_is_not_shown(client, share):
    shown = opened(client, share(hidden_measures=("tickets_unresolved",)))
    assert "Are requests solved in time?" not in shown
    # 15 of the 80 percent that are known.
    assert "What is not shown here counts another 19%." in shown


def test_the_csms_own_sentence_stands_in_place_of_the_one_that_is_made(client, share):
    shown = opened(client, share(words="Two clinics more, and a date for the review."))
    assert "Two clinics more, and a date for the review." in shown
    assert "You do best on" not in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Wie wir messen"), ("fr", "Comment nous mesurons"), ("es", "Cómo lo medimos"), ("en", "How we measure it")],
)
def test_each_recipient_reads_its_own_language_and_can_choose_another(client, share, step, language, words):
    token = share(language=language)
    assert words in opened(client, token)
    assert "How we measure it" in opened(client, token, lang="en")
    assert f'<html lang="{language}"' in opened(client, token)


def test_in_german_no_english_is_left(client, share, step, organization, acme):
    text = re.sub(r"<[^>]+>|&[a-z#0-9]+;", " ", opened(client, share(language="de")))
    for word in (" your ", " the ", " score", " since ", " and ", " of ", "Strong", "Weak", "counts", " days"):
        assert word not in text.replace("Deutsch", "").split("Kestrel Works teilt")[0], word


def test_a_tick_a_comment_and_taking_back_by_the_page_itself(client, share, step):
    token = share()
    url = reverse("share-step", args=[token, step.pk])
    answer = client.post(url, {"do": "tick"})
    assert answer.status_code == 303
    client.post(url, {"do": "comment", "text": "Ann <b>is</b> the one"})
    shown = client.get(answer.url.partition("#")[0]).content.decode()
    assert "Saved. Your contact hears of it." in shown
    assert "“Ann &lt;b&gt;is&lt;/b&gt; the one”" in shown
    tick = CustomerWord.objects.get(kind="done")
    client.post(url, {"do": "back", "word": tick.pk})
    step.refresh_from_db()
    assert step.state == StepState.OPEN


def test_another_recipient_reads_a_comment_and_cannot_take_it_back(client, share, step, told, csm):
    url = reverse("share-step", args=[share(), step.pk])
    client.post(url, {"do": "comment", "text": "From Ann"})
    other = create_share_link(account=told, recipient="Bo", days=9, by=csm, at=NOW)[1]
    shown = opened(client, other)
    assert "From Ann" in shown
    assert "Take back" not in shown
    word = CustomerWord.objects.get()
    assert client.post(reverse("share-step", args=[other, step.pk]), {"do": "back", "word": word.pk}).status_code == 422
    word.refresh_from_db()
    assert word.taken_back_at is None


@pytest.mark.parametrize("data", [{}, {"do": "drop"}, {"do": "back", "word": "x"}, {"do": "comment", "text": " "}])
def test_a_deed_that_makes_no_sense_is_refused_in_words(client, share, step, data):
    answer = client.post(reverse("share-step", args=[share(), step.pk]), data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_the_benchmark_is_shown_with_ten_others_and_in_words_where_the_band_alone_is(client, share, told, make_account):
    told.industry, told.size_tier = "Retail", "small"
    told.save()
    give_health(told, score=6150)
    for n in range(10):
        give_health(make_account(f"CANARYPEER {n}", industry="Retail", size_tier="small"), score=4000 + n * 500)
    assert "Compared with" not in opened(client, share())
    work_out_benchmarks(at=NOW)
    shown, words = opened(client, share()), opened(client, share(shows=Shown.BAND))
    assert "You are within the middle half of the group." in shown
    assert "At least 10 others share your industry (Retail) and size (small)." in shown
    assert "You, 62" in shown
    assert "You are within the middle half of the group." in words
    assert "You, 62" not in words
    assert "middle half of the group lies" not in words
    assert "CANARYPEER" not in shown + words
