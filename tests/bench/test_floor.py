"""The floor computes what the engine computes: an independent reference, in another library, over other files."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars
import pytest

from accounts.demo.synthetic.company import AS_OF, Company
from bench.cards import MEASURES
from bench.company import load_company
from bench.floor.compute import compute
from bench.parquet import export
from scoring.cards import cards_on
from scoring.collect import collect
from scoring.core.arrays import Floats
from scoring.extract.attributes import active_account_ids
from scoring.extract.scope import Scope

COMPANY = Company(accounts=300, seed=5)


@pytest.mark.django_db
@pytest.mark.parametrize("days_before", [0, 17, 250])
def test_the_floors_values_are_the_engines(tmp_path: Path, days_before: int):
    load_company(COMPANY)
    export(COMPANY, folder=tmp_path)
    day = AS_OF - timedelta(days=days_before)
    engine = collect(Scope(account_ids=active_account_ids(as_of=day), as_of=day), cards_on(day))
    floor = compute(tmp_path, as_of=day)
    assert floor["account_id"].to_list() == engine.account_ids.tolist()
    assert floor.columns[1:] == engine.keys.tolist()
    assert len(engine.keys) == MEASURES
    assert [key for key in floor.columns[1:] if not is_equal(floor[key], engine.value(key))] == []


def is_equal(floor: polars.Series, engine: Floats) -> bool:
    ours = floor.cast(float).fill_null(np.nan).to_numpy()
    return np.allclose(ours, engine, rtol=1e-9, atol=1e-9, equal_nan=True)


def test_the_files_of_the_same_company_are_kept(tmp_path: Path):
    export(Company(accounts=5, days=2), folder=tmp_path)
    written = (tmp_path / "Account.parquet").stat().st_mtime_ns
    export(Company(accounts=5, days=2), folder=tmp_path)
    assert (tmp_path / "Account.parquet").stat().st_mtime_ns == written
    export(Company(accounts=6, days=2), folder=tmp_path)
    assert (tmp_path / "Account.parquet").stat().st_mtime_ns != written
