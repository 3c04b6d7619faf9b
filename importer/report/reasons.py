"""Why rows are not recorded, what to do about each kind, and the rows of it that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.codes import TITLES, remedy, told
from importer.journal import read_doubt_sentence
from importer.model import MAY_COUNT, Share, Status
from importer.report.addresses import address, workbooks
from importer.report.amounts import STATUSES
from importer.report.equals import EQUAL, by_place
from importer.report.figures import Reason
from importer.report.runs import leaving_out
from importer.report.tallies import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from importer.report.reading import Book
    from importer.report.tallies import Tallies

# What may be counted twice first, what only waits last.
URGENT = (
    *(Status.IN_DOUBT, Status.REJECTED, Status.INVALID, Status.DUPLICATE, Status.FAILED, Status.PENDING),
    Status.EXCLUDED,
)
_WAITS = "Run the same import again: the results will then say of each row why."
_WITHOUT_CODE = {
    Status.PENDING: "Run the same import again: no recorded row is posted twice.",
    Status.INVALID: _WAITS,
    Status.DUPLICATE: _WAITS,
    Status.EXCLUDED: "Nothing: the rows are left out knowingly.",
}


def reasons_of(
    books: Sequence[Book],
    tallies: Tallies,
    unlisted: Mapping[Status, Share],
    fates: pl.DataFrame,
    *,
    equals_decided: bool,
) -> tuple[Reason, ...]:
    """Each reason once, the most urgent first, then by amount; rows without a line yet stand with those of no code.

    `fates` are those of the rows that held ones are equal to.
    """
    sheets = workbooks(books)
    left_out = _left_out_by(books, tallies)
    of_equals = by_place(fates, tallies.listing.of(Status.DUPLICATE, EQUAL))
    shares = tallies.fates.by("status", "code")
    settled = {key[:2] for key in tallies.fates.by("status", "code", "left_out") if key[2] == LEFT_OUT}
    gone = {key: part for key, part in tallies.kept.by("status", "code").items() if key[0] in MAY_COUNT}
    waiting = {(str(status), ""): part for status, part in unlisted.items()}
    keys = dict.fromkeys([*shares, *gone, *waiting])
    found = [
        Reason(
            status=Status(status),
            code=code,
            share=shares.get((status, code), Share()) + waiting.get((status, code), Share()),
            remedy=_remedy(code, Status(status), equals_decided=equals_decided),
            settled=(status, code) in settled or status == Status.EXCLUDED,
            unlisted=waiting.get((status, code), Share()).rows,
            gone=gone.get((status, code), Share()),
            further=tallies.further[code] if status == Status.INVALID else 0,
            name=left_out if status == Status.EXCLUDED else "",
            lines=tuple(
                _line(line, address(line, sheets), of_equals) for line in tallies.listing.of(Status(status), code)
            ),
        )
        for status, code in keys
        if status in STATUSES and status != Status.RECORDED
    ]
    return tuple(sorted(found, key=lambda one: (URGENT.index(one.status), -one.share.revenue, one.code)))


def _left_out_by(books: Sequence[Book], tallies: Tallies) -> str:
    """Which options left rows out: as their lines say, and where these are still to come as the runs had them."""
    chosen = {flag for book in books for flag in leaving_out(book.options)}
    used = sorted(tallies.left_out_by or chosen)
    return f"Left out by {' or '.join(used)}" if used else ""


def _remedy(code: str, status: Status, *, equals_decided: bool) -> str:
    if not code and status in _WITHOUT_CODE:
        return _WITHOUT_CODE[status]
    return remedy(code, status, equals_decided=equals_decided)


def _line(line: Mapping[str, str], cell: str, of_equals: Mapping[tuple[str, ...], str]) -> dict[str, str]:
    """A line with its place in a workbook, its reason alone, and of a row in doubt the window of its attempt (UTC).

    `of_equals`: what became of the row that it is equal to, by the place of the line.
    """
    what = told(line["error_message"], line["error_code"])
    fate = of_equals.get((line["results"], line["source"], line["row"]))
    what += f", which is {TITLES[Status(fate)].lower()}" if fate and line["error_code"] == EQUAL else ""
    shown = {**line, "cell": cell, "what": what, "from": "", "to": ""}
    if line["status"] == Status.IN_DOUBT:
        doubt = read_doubt_sentence(line["error_message"])
        # Nobody knows until when a request can still arrive: only early versions said so.
        until = doubt.until or ("" if doubt.since else line["finished_at"])
        shown |= {"what": doubt.what, "from": doubt.since or "", "to": until}
    return shown
