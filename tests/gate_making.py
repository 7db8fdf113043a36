"""The world that everybody is asked about."""

from django.utils import timezone

from accounts.models import (
    Account,
    FileImport,
    MitigationPlan,
    Outcome,
    PlanStep,
    TouchpointKind,
    TouchpointState,
    User,
)
from accounts.operations.business_events import enter_event
from accounts.operations.contacts import Person, add_contact
from accounts.operations.sharing import create_share_link
from accounts.operations.touchpoints import Meeting, log_touchpoint
from scoring.measures import Stated, define_measure
from scoring.models import MeasureKind, ScoringRun
from scoring.operations import publish_shipped, start_draft
from tests.accounts.asking_cast import ask, make_contact, make_survey
from tests.accounts.test_approvals import propose_pulse
from tests.conftest import NOW, TODAY
from tests.dashboards.snapshots import give_pulse
from tests.gate_churn import plant_churn
from tests.gate_plans import plant_playbook
from tests.gate_world import World


def make_world(acme: Account, *, csm: User) -> World:
    """An account of the CSM, and of everything that has an address one."""
    plan = MitigationPlan.objects.create(
        account=acme, owner=csm, reason="Logins fell by half", opened_at=NOW, opened_by=csm
    )
    plant_playbook(by=csm)
    plant_churn(acme)
    PlanStep.objects.create(plan=plan, position=1, text="Call", owner=csm, due_date=TODAY, first_due_date=TODAY)
    stated = Stated(label="Product fit", question="Does it fit?", shelf_life_days=45)
    define_measure(slug="fit", kind=MeasureKind.ENTERED, stated=stated, by=csm, at=NOW)
    version = publish_shipped(by=None, at=timezone.now())[0]
    draft = start_draft(scorecard=version.scorecard, by=None, at=timezone.now())
    link, token = create_share_link(account=acme, recipient="Ann Lee", days=365, by=csm, at=timezone.now())
    run = ScoringRun.objects.create(as_of=NOW.date(), started_at=NOW)
    file = FileImport.objects.create(source=acme.source, file_name="a.csv", size=1, digest="0", by=csm, created_at=NOW)
    call = Meeting(kind=TouchpointKind.CALL, state=TouchpointState.HELD, day=NOW.date())
    give_pulse(acme, author=csm)
    propose_pulse(acme, by=csm)
    held = log_touchpoint(account=acme, meeting=call, key="a", by=csm, at=NOW)
    Outcome.objects.create(
        account=acme, name="Faster", due_on=TODAY, source=acme.source, external_id="o", recorded_at=NOW
    )
    ann = add_contact(account=acme, person=Person(name="Ann Lee"), key="ann", by=csm, at=NOW)
    survey, asked = make_survey(), make_contact(acme, "Rosa Silva")
    survey_token = ask(survey, asked, at=timezone.now())
    return World(
        account=acme,
        plan=plan,
        link=link,
        token=token,
        draft=draft,
        run=run,
        file=file,
        touchpoint=held,
        contact=ann,
        event=enter_event(account=acme, kind="legal", occurred_on=TODAY, note="A letter", key="e", by=csm, at=NOW),
        survey=survey,
        survey_token=survey_token,
    )
