"""The totals that a person says an input has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import ControlError
from importer.model import EXACT
from importer.text import amount

if TYPE_CHECKING:
    from importer.model import Share
    from importer.settings import InputSettings


def compare_control_totals(settings: InputSettings, control: Share, summing: int) -> None:
    """Compare what a person expects with the control totals of the input; `summing` lines beside them sum up others.

    Raises:
        ControlError: rows or revenue differ by anything.
    """
    rows, revenue = control.rows, control.revenue
    expected_rows, expected_total = settings.expect_rows, settings.expect_total
    if expected_rows is not None and expected_rows != rows:
        raise ControlError(
            f"The input has {rows:,} rows{_beside(summing)}, not the {expected_rows:,} of --expect-rows. Nothing was "
            "posted. "
            "Make sure that this is the whole file, and the right one."
        )
    if expected_total is not None and expected_total != revenue:
        difference = EXACT.subtract(revenue, expected_total)
        raise ControlError(
            f"The revenue of the input is {amount(revenue)}, not the {amount(expected_total)} of --expect-total "
            f"(difference {amount(difference)}). Nothing was posted. Rows whose revenue cannot be read do "
            "not count: see `check`."
        )


def _beside(summing: int) -> str:
    if not summing:
        return ""
    return (
        f" (and {summing:,} {'line that sums' if summing == 1 else 'lines that sum'} up others, which count for none)"
    )
