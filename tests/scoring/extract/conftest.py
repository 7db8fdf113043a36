"""What is read about accounts, in the order in which they are named."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from accounts.models import Account
from scoring import catalog, rules
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF


@pytest.fixture
def value_of() -> Callable[..., list[float | None]]:
    """The values of a measure (or a rule's fact); None where unknown. Accounts must be named in the order made."""

    def read(key: str, *accounts: Account, as_of: date = AS_OF) -> list[float | None]:
        facts = Facts(Scope(account_ids=np.array([account.pk for account in accounts]), as_of=as_of))
        compute = catalog.MEASURES[key].compute if key in catalog.MEASURES else rules.fact(key)
        return [None if value != value else round(float(value), 6) for value in compute(facts)]

    return read


@pytest.fixture
def fact(source):
    """Records a fact of any kind with an id of its own."""

    def make(model, **fields):
        number = model.objects.count()
        return model.objects.create(source=source, external_id=f"f{number}", recorded_at=NOW, **fields)

    return make


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)
