"""The verdict with figures that stands first on an import's page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from importer.web.phrases import headline

ONE, TWO = {"rows": 1, "revenue": "24.99"}, {"rows": 2, "revenue": "30.00"}

BESIDE = " Beside these, of an earlier version of the file:"


def told(gone: dict[str, Any], *, judged: bool = False) -> str:
    """What it says after a run of two rows, when an earlier version of the file had others, too."""
    summary = {"rows": 2, "by_status": {"recorded": TWO}, **({"not_in_input": gone} if gone else {})}
    status, history = SimpleNamespace(settled_since=judged), SimpleNamespace(run={"number": 2})
    view: Any = SimpleNamespace(summary=summary, state="done", history=history, status=status)
    return headline(view)


@pytest.mark.parametrize(
    ("gone", "judged", "more"),
    [
        ({}, False, ""),
        ({"recorded": ONE}, False, f"{BESIDE} 1 row (24.99) recorded."),
        ({"recorded": ONE, "in_doubt": TWO}, True, f"{BESIDE} 3 rows (54.99) sent."),
    ],
)
def test_rows_of_an_earlier_version_of_the_file_are_told(gone, judged, more):
    """The vendor has them, too; after a verdict what the run said of their statuses may be over."""
    assert told(gone, judged=judged) == "2 rows (30.00) recorded." + more
