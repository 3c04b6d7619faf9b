"""Results beside an input are those of other days: its import reads them once."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _neighbours(old_neighbours: None) -> None:
    """`test_other_results` shows what becomes of those that were written just now."""
