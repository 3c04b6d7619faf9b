"""What every format calls the parts of a comparison, and its rows in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from importer.reconciling.guards import SENTENCES
from importer.reconciling.rule import NOT_RECORDED, RECORDED
from importer.schema import with_cents
from importer.text import plain, share_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.model import Share
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


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows or lines of one kind that need a person: all of them as a share, why, and the largest of them in words.

    Each of `rows` is a place, a message id, an amount, and what there is to say.
    """

    kind: str
    why: str
    share: Share
    rows: tuple[tuple[str, str, str, str], ...]


def resting_text(found: Reconciliation) -> str:
    """What a comparison with this export cannot prove, as verdicts rest on it; empty where none does."""
    told = [f"{share_text(share)} as {verdict.replace('_', ' ')}" for verdict, share in found.resting.items()]
    if not told:
        return ""
    return (
        f"Verdicts settled {' and '.join(told)} by this same export: of these rows its agreement proves nothing more."
    )


def rows_in_words(found: Reconciliation, most: int) -> Iterator[tuple[str, str, str, str, str]]:
    """Kind, place, message, amount and what there is to say, of the largest rows and lines of each open kind."""
    for one in listed(found, most):
        for row in one.rows:
            yield TITLES[one.kind], *row


def listed(found: Reconciliation, most: int) -> Iterator[Listed]:
    """Each kind that needs a person, with at most so many rows; rows in doubt by the reason that they are open."""
    yield from _open(found, most)
    for kind in ("only_in_file", "amount_differs", "time_differs", "only_at_vendor", "stored_twice"):
        rows = tuple(_IN_WORDS[kind](row) for row in _of(found, kind, most))
        if rows:
            yield Listed(kind, MEANING[kind], found.shares[kind], rows)


def settled(found: Reconciliation, most: int) -> Iterator[Listed]:
    """The rows in doubt that are proven to be recorded or not, noted so or not."""
    if "verdict" not in found.doubts.columns:
        return
    for verdict in (RECORDED, NOT_RECORDED):
        kind = f"settled_{verdict}"
        doubts = found.doubts.filter(verdict=verdict).sort("amount", descending=True, maintain_order=True)
        rows = found.in_full(doubts.head(most)).to_dicts()
        if rows:
            yield Listed(kind, MEANING[kind], found.shares[kind], tuple((*_ours(row), "") for row in rows))


def _open(found: Reconciliation, most: int) -> Iterator[Listed]:
    if "verdict" not in found.doubts.columns:
        return
    doubts = found.doubts.filter(pl.col("verdict").is_null()).sort("amount", descending=True, maintain_order=True)
    guard = pl.col("failed").list.first().cast(pl.String).replace_strict(SENTENCES, return_dtype=pl.String)
    for why, share in found.reasons:
        rows = found.in_full(doubts.filter(guard == why).head(most)).to_dicts()
        yield Listed("open", why, share, tuple((*_ours(row), why) for row in rows))


def _of(found: Reconciliation, kind: str, most: int) -> list[dict[str, object]]:
    """The largest of a kind."""
    what = kind.removesuffix("_differs")
    frame = found.lists.get("differ" if what != kind else kind)
    if frame is None:
        return []
    chosen = frame.filter(what=what) if what != kind else frame
    amount = "line_amount" if what != kind else "amount"
    first = chosen.sort(amount, descending=True, maintain_order=True).head(most)
    return (found.in_full(first) if "n" in first.columns else first).to_dicts()


def _ours(row: dict[str, object]) -> tuple[str, str, str]:
    return _place(row), _text(row["message_id"]), _text(row["revenue"])


def _theirs(line: dict[str, object]) -> tuple[str, str, str]:
    return f"line {line['line']:,}", _text(line["message_id"]), _amount(line["amount"])


def _known(line: dict[str, object]) -> str:
    return _KNOWN.get(_text(line.get("known")), f"a row that is {line.get('known')} here")


def _other_amount(row: dict[str, object]) -> str:
    return f"{_amount(row['line_amount'])} in line {row['line']:,} of the export"


def _other_time(row: dict[str, object]) -> str:
    here = f"{row['timestamp']} here; " if row.get("timestamp") else ""
    return f"{here}another time in line {row['line']:,} of the export"


_IN_WORDS: Mapping[str, Callable[[dict[str, object]], tuple[str, str, str, str]]] = {
    "only_in_file": lambda row: (*_ours(row), ""),
    "amount_differs": lambda row: (*_ours(row), _other_amount(row)),
    "time_differs": lambda row: (*_ours(row), _other_time(row)),
    "only_at_vendor": lambda line: (*_theirs(line), _known(line)),
    "stored_twice": lambda line: (*_theirs(line), ""),
}


def _place(row: dict[str, object]) -> str:
    return f"{row['source']} row {row['row']}" if row["row"] else f"no longer in {row['source']}"


def _amount(value: object) -> str:
    return plain(with_cents(value)) if isinstance(value, Decimal) else _text(value)


def _text(value: object) -> str:
    return "" if value is None else str(value)
