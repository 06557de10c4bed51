"""Cases as columns say the same as cases one by one."""

from datetime import date

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis.cases import CaseRecord, case_columns
from tingzhen.diagnosis.circumstances import WHEN

CASES = (
    CaseRecord(
        id="a", opened_on=date(2025, 1, 31), source="work_order", make="Demo", model="M1",
        year=2021, mileage_km=48_000.0, when=("cold_start",), noises={"squeal": 0.8},
        fault="worn_belt", fixed_first_time=True,
    ),
    CaseRecord(id="b", opened_on=date(2024, 2, 29), source="session", none_of_these=True),
    CaseRecord(
        id="c", opened_on=date(2025, 7, 1), source="import", model="A2", fault="worn_pads",
        fixed_first_time=False,
    ),
)  # fmt: skip


def test_columns_keep_order_values_and_what_is_not_known() -> None:
    columns = case_columns(CASES)
    assert columns.ids == ("a", "b", "c")
    assert [str(day) for day in columns.opened_on] == ["2025-01-31", "2024-02-29", "2025-07-01"]
    assert columns.model.names == ("A2", "M1")
    assert columns.model.codes.tolist() == [1, -1, 0]
    assert columns.fault.words() == ["worn_belt", None, "worn_pads"]
    np.testing.assert_array_equal(columns.year, [2021, np.nan, np.nan])
    np.testing.assert_array_equal(columns.fixed_first_time, [1.0, np.nan, 0.0])
    assert columns.when[:, WHEN.index("cold_start")].tolist() == [True, False, False]
    assert columns.when.sum() == 1
    squeal = columns.noises[:, FAULT_NOISES.index("squeal")]
    np.testing.assert_array_equal(squeal, np.float32([0.8, np.nan, np.nan]))
    assert np.isnan(columns.noises).sum() == 3 * len(FAULT_NOISES) - 1
    assert columns.none_of_these.tolist() == [False, True, False]


def test_no_cases_make_empty_columns() -> None:
    columns = case_columns([])
    assert len(columns) == 0
    assert columns.when.shape == (0, len(WHEN))
    assert columns.noises.shape == (0, len(FAULT_NOISES))


def test_a_name_that_no_row_has_matches_no_row() -> None:
    columns = case_columns(CASES)
    assert not (columns.model.codes == columns.model.code("unheard of")).any()
    assert (columns.model.codes == columns.model.code("M1")).tolist() == [True, False, False]
