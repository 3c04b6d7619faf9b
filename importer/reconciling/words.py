"""What every format calls the parts of a comparison, and its rows in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.guards import SENTENCES
from importer.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reconciling.outcome import Reconciliation

TITLES = {
    "matched": "Matched",
    "stored_twice": "Stored twice",
    "amount_differs": "Amount differs",
    "time_differs": "Time differs",
    "only_at_vendor": "Only at the vendor",
    "settled_recorded": "In doubt, proven recorded",
    "settled_not_recorded": "In doubt, proven not recorded",
    "open": "In doubt, open",
    "only_in_file": "Recorded, not in the export",
}
"""The parts of the vendor's total first, then what is told of our rows."""
MEANING = {
    "matched": "lines of the export that are rows of these results",
    "stored_twice": "lines beyond the rows that were sent",
    "amount_differs": "the same message, another amount; the export's amount counts here",
    "time_differs": "the same message and amount, another time",
    "only_at_vendor": "lines of no row that was recorded or is in doubt",
    "settled_recorded": "the export shows them, and nobody else stored them",
    "settled_not_recorded": "the export lacks them, and lacks nothing else",
    "open": "the export does not prove it either way",
    "only_in_file": "the API confirmed them, and the export lacks them",
}
OF_THE_VENDOR = tuple(TITLES)[:5]
_KNOWN = {"": "no row of these results", "pending": "not sent, or said to be not recorded: do not import it again"}


def rows_in_words(found: Reconciliation, most: int) -> Iterator[tuple[str, str, str, str, str]]:
    """Kind, place, message, amount and what there is to say, of the first rows and lines of each kind that is open."""
    open_ = found.doubts.filter(pl.col("verdict").is_null()) if "verdict" in found.doubts.columns else pl.DataFrame()
    for row in found.in_full(open_.head(most)).iter_rows(named=True):
        yield TITLES["open"], _place(row), _text(row["message_id"]), _text(row["revenue"]), SENTENCES[row["failed"][0]]
    for row in _of(found, "only_in_file", most):
        yield TITLES["only_in_file"], _place(row), _text(row["message_id"]), _text(row["revenue"]), ""
    for row in _of(found, "differ", most):
        kind = TITLES[f"{row['what']}_differs"]
        yield kind, _place(row), _text(row["message_id"]), _text(row["revenue"]), _differing(row)
    for name in ("only_at_vendor", "stored_twice"):
        for line in _of(found, name, most):
            known = _KNOWN.get(_text(line.get("known")), f"a row that is {line.get('known')} here")
            note = known if name == "only_at_vendor" else ""
            yield TITLES[name], f"line {line['line']:,}", _text(line["message_id"]), _amount(line["amount"]), note


def _of(found: Reconciliation, name: str, most: int) -> list[dict[str, object]]:
    frame = found.lists.get(name)
    if frame is None:
        return []
    first = frame.head(most)
    return (found.in_full(first) if "n" in first.columns else first).to_dicts()


def _place(row: dict[str, object]) -> str:
    return f"{row['source']} row {row['row']}" if row["row"] else f"no longer in {row['source']}"


def _differing(row: dict[str, object]) -> str:
    if row["what"] == "amount":
        return f"{_amount(row['line_amount'])} in line {row['line']:,} of the export"
    return f"another time in line {row['line']:,} of the export"


def _amount(value: object) -> str:
    text = plain(value) if isinstance(value, Decimal) else _text(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(value: object) -> str:
    return "" if value is None else str(value)
