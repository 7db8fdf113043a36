"""What a live server needs for the examples of the docs: a scored account of source crm, and whoever they name."""

import pytest

from accounts.models import Account, Source
from tests.dashboards.pages.boards import give_health
from tests.dashboards.snapshots import give_story


@pytest.fixture
def living(transactional_db, organization, source, acme, csm, other_csm) -> Account:
    """The account `acme` of source `crm`, with scores of two days."""
    Source.objects.filter(pk=source.pk).update(name="crm")
    give_story(acme, author=csm)
    give_health(acme, score=5535)
    return acme
