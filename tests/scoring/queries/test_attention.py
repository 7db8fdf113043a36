"""What needs attention: each reason at its edge, the order, and what a snooze hides and does not."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import (
    Account,
    Contact,
    ManualReading,
    SourceSilence,
    SurveyOptOut,
    SurveyResponse,
    Touchpoint,
    TouchpointKind,
    TouchpointState,
)
from accounts.operations.attention import snooze
from accounts.queries.snoozes import active_snoozes
from scoring.models import AccountHealth, CustomMeasure, MeasureKind, Rhythm
from scoring.queries.attention import Reason, counts, dependents, last_day_before, ranked, setting_of
from scoring.queries.attention_facts import flags_since, needs_of, snoozed_ids
from scoring.queries.listing import months_after
from scoring.queries.selection import Selection, selected_accounts
from scoring.queries.words import words_of_scorecards
from tests.accounts.asking_cast import make_contact
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step
from tests.dashboards.snapshots import NOTHING_KNOWN, give_snapshot

R = Reason


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def scored(organization, make_account, csm):
    """Makes an account of Maya with a health; what is not named gives no reason."""

    def make(name: str, *, score: int | None = 6000, arr: int = 10_000, renews_in: int = 300, **more) -> Account:
        account = make_account(name, owner=csm, arr=Decimal(arr), renewal_date=TODAY + timedelta(days=renews_in))
        health = give_health(account, score=score, month_ago=more.pop("month_ago", score))
        AccountHealth.objects.filter(pk=health.pk).update(**{"last_touchpoint_on": ago(1)} | more)
        return account

    return make


def setting(user):
    return setting_of(user, words=words_of_scorecards(), today=TODAY, day=TODAY)


def accounts_of(user):
    return selected_accounts(user, selection=Selection(), today=TODAY)


def reasons(account: Account, user) -> list[Reason]:
    found = needs_of(accounts_of(user), ids=[account.pk], setting=setting(user))
    return list(found[0].reasons) if found else []


def order(user, *kept: Reason) -> list[str]:
    ids = ranked(accounts_of(user), setting=setting(user), reasons=kept or tuple(Reason), start=0, end=total(user))
    names = dict(Account.objects.values_list("pk", "name"))
    return [names[pk] for pk in ids]


def total(user) -> int:
    return sum(counts(accounts_of(user), setting=setting(user)).values())


@pytest.mark.parametrize(
    ("score", "month_ago", "found"),
    [
        (6000, 6999, [R.SLIPPED]),
        (6000, 7000, [R.FELL]),
        (6000, 6499, []),
        (6000, 6500, [R.SLIPPED]),
        (6000, None, []),
        # From Moderate to at risk is worse than the points say; from at risk to at risk is not.
        (4900, 5000, [R.FELL]),
        (4400, 4600, []),
        (6500, 6000, []),
    ],
)
def test_a_score_fell_by_ten_slipped_by_five_or_became_at_risk(scored, csm, score, month_ago, found):
    assert reasons(scored("Acme", score=score, month_ago=month_ago), csm) == found


def test_a_step_is_overdue_after_its_day_while_its_plan_is_open(scored, csm):
    late, today, done = scored("Late"), scored("Today"), scored("Done")
    give_step(give_plan(late, owner=csm, opened_on=ago(20)), position=1, due=ago(1))
    give_step(give_plan(today, owner=csm, opened_on=ago(20)), position=1, due=TODAY)
    give_step(give_plan(done, owner=csm, opened_on=ago(20)), position=1, due=ago(9), done_on=ago(8))
    assert [reasons(account, csm) for account in (late, today, done)] == [[R.STEP_OVERDUE], [], []]


def test_an_ebr_is_overdue_by_the_segments_months_until_one_is_planned(scored, csm, source):
    # Eight months before 30 June is 30 October.
    held = {"Late": date(2025, 10, 29), "Due": date(2025, 10, 30), "Never": None}
    late, due, never = (scored(name, last_ebr_on=day) for name, day in held.items())
    assert [reasons(account, csm) for account in (late, due, never)] == [[R.EBR_OVERDUE], [], []]
    flagged = scored("Flagged", flags=["ebr_overdue"])
    assert reasons(flagged, csm) == [R.EBR_OVERDUE]
    plan(late, source, kind=TouchpointKind.EBR, day=TODAY)
    assert reasons(late, csm) == []


def plan(account: Account, source, *, kind: TouchpointKind, day: date) -> None:
    Touchpoint.objects.create(
        account=account, source=source, external_id=f"{account.pk}", kind=kind, state=TouchpointState.PLANNED,
        day=day, recorded_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("months", [1, 4, 6, 8])
def test_the_last_day_before_agrees_with_counting_forward(months):
    for n in range(800):
        day = date(2024, 1, 1) + timedelta(days=n)
        found = last_day_before(day, months=months)
        assert months_after(found, months=months) < day <= months_after(found + timedelta(days=1), months=months)


def test_a_flag_counts_without_a_plan_and_more_where_the_account_is_at_risk(scored, csm):
    weak = scored("Weak", score=4000, flags=["no_login"])
    good = scored("Good", flags=["no_login"])
    planned = scored("Planned", score=4000, flags=["no_login"])
    give_plan(planned, owner=csm, opened_on=ago(20))
    told = scored("Told elsewhere", flags=["score_dropped"])
    found = [reasons(account, csm) for account in (weak, good, planned, told)]
    assert found == [[R.FLAG_AT_RISK], [R.FLAG], [], []]


def test_a_renewal_counts_if_it_is_at_risk_without_a_plan_or_nobody_spoke_with_them(scored, csm, source):
    weak = scored("Weak", score=4000, renews_in=90)
    later = scored("Later", score=4000, renews_in=91)
    spoken, quiet = scored("Spoken", renews_in=0), scored("Quiet", renews_in=40, last_touchpoint_on=ago(31))
    never = scored("Never", renews_in=40, last_touchpoint_on=None)
    found = [reasons(account, csm) for account in (weak, later, spoken, quiet, never)]
    assert found == [[R.RENEWS], [], [], [R.RENEWS], [R.RENEWS]]
    plan(quiet, source, kind=TouchpointKind.CALL, day=TODAY + timedelta(days=2))
    give_plan(weak, owner=csm, opened_on=ago(1))
    assert [reasons(account, csm) for account in (weak, quiet)] == [[], []]


def test_a_touchpoint_is_late_by_the_segments_days(scored, csm, source):
    late, due = scored("Late", last_touchpoint_on=ago(61)), scored("Due", last_touchpoint_on=ago(60))
    assert [reasons(account, csm) for account in (late, due)] == [[R.QUIET], []]
    plan(late, source, kind=TouchpointKind.CALL, day=TODAY + timedelta(days=2))
    assert reasons(late, csm) == []


def test_an_undefined_account_wants_data(scored, csm):
    assert reasons(scored("Acme", score=None), csm) == [R.NO_SCORE]


def test_a_reading_is_owed_by_the_measures_owner_or_by_the_accounts(scored, csm, ops, source):
    account = scored("Acme")
    fit = CustomMeasure.objects.create(
        slug="fit", kind=MeasureKind.ENTERED, label="Fit", question="Fit?", element="value", unit="share",
        rhythm=Rhythm.MONTHLY, shelf_life_days=60,
    )  # fmt: skip
    assert (reasons(account, csm), reasons(account, ops)) == ([R.READING_OWED], [])
    reading = ManualReading.objects.create(
        account=account, source=source, external_id="1", measure="fit", value=1, read_on=date(2026, 5, 31),
        expires_on=TODAY, recorded_at=NOW,
    )  # fmt: skip
    assert reasons(account, csm) == []
    ManualReading.objects.filter(pk=reading.pk).update(read_on=date(2026, 5, 30))
    CustomMeasure.objects.filter(pk=fit.pk).update(owner=ops)
    assert (reasons(account, csm), reasons(account, ops)) == ([], [R.READING_OWED])


def test_a_survey_without_an_answer_is_a_reason_until_somebody_meets_them_or_asks_again(scored, csm, source):
    account = scored("Acme")
    rosa = make_contact(account, "Rosa Silva")
    asked = give_question(rosa, day=ago(30))
    assert reasons(account, csm) == [R.UNANSWERED]
    for days, found in ((29, []), (89, [R.UNANSWERED]), (90, []), (40, [R.UNANSWERED])):
        SurveyResponse.objects.filter(pk=asked.pk).update(asked_on=ago(days))
        assert reasons(account, csm) == found
    meeting = Touchpoint.objects.create(
        source=source, external_id="t", recorded_at=NOW, account=account, kind="call", day=ago(39), state="held"
    )
    assert reasons(account, csm) == [R.UNANSWERED]
    meeting.contacts.add(rosa)
    assert reasons(account, csm) == []
    Touchpoint.objects.update(day=ago(40))
    assert reasons(account, csm) == [R.UNANSWERED]
    again = give_question(rosa, day=ago(5))
    assert reasons(account, csm) == []
    again.delete()
    SurveyOptOut.objects.create(contact=rosa, at=NOW)
    assert reasons(account, csm) == []


def test_who_left_or_answered_is_not_waited_for_and_one_more_who_is_silent_ends_a_snooze(scored, csm):
    account = scored("Acme")
    gone, done, rosa, ben = (make_contact(account, name) for name in ("Gone A", "Done B", "Rosa C", "Ben D"))
    Contact.objects.filter(pk=gone.pk).update(left_on=ago(1))
    for contact in (gone, done, rosa):
        give_question(contact, day=ago(50))
    SurveyResponse.objects.filter(contact=done).update(answered_on=ago(1), score=9)
    (needs,) = needs_of(accounts_of(csm), ids=[account.pk], setting=setting(csm))
    assert [asked.contact for asked in needs.silent] == [rosa]
    put_off(account, csm, ("survey", f"{rosa.pk} {ago(50)}"))
    assert hidden(csm) == {"survey": [account.pk]}
    give_question(ben, day=ago(31))
    assert hidden(csm) == {}


def give_question(contact: Contact, *, day: date) -> SurveyResponse:
    return SurveyResponse.objects.create(
        source=contact.source, external_id=f"{contact.pk} {day}", recorded_at=NOW, account=contact.account,
        contact=contact, kind="nps", asked_on=day,
    )  # fmt: skip


def test_the_order_is_urgency_then_arr_at_risk(scored, csm):
    # 10,000 × 15 % = 1,500; 5,000 × 36 % = 1,800; 6,000 × 15 % × 2 = 1,800, after Small by name.
    scored("Middle", month_ago=7000, arr=10_000)
    scored("Small", score=4000, month_ago=5000, arr=5_000)
    scored("Urgent", month_ago=7000, arr=6_000, renews_in=30)
    scored("Huge", month_ago=6500, arr=900_000)
    scored("Blank", score=None, arr=9_000_000)
    scored("Fine", arr=10_000_000)
    assert order(csm) == ["Small", "Urgent", "Middle", "Huge", "Blank"]
    assert order(csm, R.SLIPPED) == ["Huge"]


def test_each_account_counts_once_by_its_worst_reason(scored, csm):
    both = scored("Both", month_ago=7500, last_ebr_on=ago(400), last_touchpoint_on=ago(100))
    assert reasons(both, csm) == [R.FELL, R.EBR_OVERDUE, R.QUIET]
    assert counts(accounts_of(csm), setting=setting(csm)) == {R.FELL: 1}


def test_counts_and_order_agree_with_each_account_alone(scored, csm):
    for n in range(12):
        scored(
            f"A{n:02}", score=3000 + 500 * n, month_ago=4000 + 450 * n, renews_in=20 * n, flags=["no_login"][: n % 2],
            last_touchpoint_on=ago(10 * n), last_ebr_on=ago(40 * n),
        )  # fmt: skip
    alone = {name: reasons(Account.objects.get(name=name), csm) for name in (f"A{n:02}" for n in range(12))}
    worst = [found[0] for found in alone.values() if found]
    assert counts(accounts_of(csm), setting=setting(csm)) == {r: worst.count(r) for r in set(worst)}
    assert [alone[name][0].tier for name in order(csm)] == sorted(reason.tier for reason in worst)


def hidden(user) -> dict:
    snoozed = active_snoozes(user, today=TODAY)
    found = snoozed_ids(accounts_of(user), setting=setting(user), snoozed=snoozed)
    return {str(kind): ids for kind, ids in found.items()}


def put_off(account: Account, user, *causes: tuple[str, str], days: int = 7) -> None:
    snooze(account=account, causes=causes, until=TODAY + timedelta(days=days), by=user, at=NOW)


def test_a_snoozed_cause_is_hidden_from_its_user_alone_until_a_new_one_comes(scored, csm, manager):
    account = scored("Acme", flags=["no_login"], month_ago=7000)
    put_off(account, csm, ("drop", "6000"), ("flag", "no_login"))
    assert hidden(csm) == {"drop": [account.pk], "flag": [account.pk]}
    assert hidden(manager) == {}
    AccountHealth.objects.filter(pk=account.pk).update(score=5501, flags=["no_login", "detractor"])
    assert hidden(csm) == {"drop": [account.pk]}
    AccountHealth.objects.filter(pk=account.pk).update(score=5500)
    assert hidden(csm) == {}


def test_a_step_that_came_due_later_is_a_new_cause(scored, csm):
    account = scored("Acme")
    steps = give_plan(account, owner=csm, opened_on=ago(30))
    give_step(steps, position=1, due=ago(9))
    put_off(account, csm, ("step", ago(9).isoformat()))
    assert hidden(csm) == {"step": [account.pk]}
    give_step(steps, position=2, due=ago(2))
    assert hidden(csm) == {}


def test_a_snooze_ends_on_its_day(scored, csm):
    account = scored("Acme", month_ago=7000)
    put_off(account, csm, ("drop", "6000"), days=1)
    assert active_snoozes(csm, today=TODAY + timedelta(days=1)) == {}


def test_a_flag_is_on_since_the_first_day_of_its_present_stretch(scored, csm):
    account = scored("Acme", score=4000, flags=["no_login", "detractor"])
    for days, flags in ((30, [["no_login", 20.0]]), (20, []), (10, [["no_login", 15.0]]), (0, [["no_login", 25.0]])):
        on = [*flags, ["detractor", 1.0]]
        give_snapshot(account, day=ago(days), score=4000, measures=NOTHING_KNOWN, flags=on)
    give_snapshot(account, day=ago(35), score=4000, measures=NOTHING_KNOWN, flags=[["detractor", 1.0]])
    found = flags_since(needs_of(accounts_of(csm), ids=[account.pk], setting=setting(csm)))
    assert found == {(account.pk, "no_login"): ago(10), (account.pk, "detractor"): None}


def test_a_silent_source_says_how_many_accounts_depend_on_it(scored, csm, source):
    scored("Acme")
    SourceSilence.objects.create(source=source, since=NOW - timedelta(days=9), noticed_at=NOW)
    assert [silent.source for silent in setting(csm).silent] == ["files"]
    assert dependents(accounts_of(csm), source_id=source.pk) == 1


def test_few_queries_however_many_accounts(scored, csm, django_assert_num_queries):
    for n in range(30):
        scored(f"A{n}", month_ago=7000, flags=["no_login"])
    # Words, segments, silent sources, measures with a rhythm, and which cards weigh the built-in ones.
    with django_assert_num_queries(5):
        asked = setting(csm)
    with django_assert_num_queries(5):
        counts(accounts_of(csm), setting=asked)
        ids = ranked(accounts_of(csm), setting=asked, reasons=tuple(Reason), start=0, end=25)
        flags_since(needs_of(accounts_of(csm), ids=ids, setting=asked))
