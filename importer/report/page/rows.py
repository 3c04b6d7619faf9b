"""The rows that the page lists: on a screen as many as keep it quick, on paper of each reason the largest few."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import markupsafe

from importer.model import FIELDS, Share, Status
from importer.report.equals import EQUAL
from importer.report.listing import telling
from importer.report.money_text import currency_of_line, money_of_part, share_of_reason
from importer.report.page import text as page_text
from importer.schema import with_cents
from importer.text import amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.report.figures import Reason, Report
    from importer.report.parts import Part

    Lines = list[Mapping[str, str]]

# A page with at most so many bytes of lists stays quick to open and to send; escaped text counts.
MAX_LIST_BYTES = 1_200_000
_TAGS_BYTES = 420
_MAX_LISTED = 500
_SHOWN = {*("source", *FIELDS, "error_code", "what", "revenue_id", "cell", "local")}
# So many rows of all open reasons together are printed: of each one at least; of those in doubt, which a person looks
# up one by one, more than of others where there is room.
_PRINTED, _MOST = 24, 25
_OF_DOUBTS, _FEW_LISTS = 2, 16
_KNOWN_BY = 2
# A signed paper cuts no reason and no id; what is longer than any of ours is an API's page, and cut with a word.
_MAX_NOTE, _MAX_ID = 400, 160
_BESIDE = 64
_LINE = re.compile(r" \(line [0-9]+\)")


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of a reason.

    `lines` are those of the screen, the first `printed` of which are for paper, too; `kept` the `--keep` columns by
    which their owner knows them; `same` what is said of all of them alike, which is then said once; `again`: the reason
    before has the same remedy.
    """

    reason: Reason
    lines: Lines
    kept: list[str]
    same: str
    decimals: int
    printed: int
    again: bool

    @property
    def on_paper(self) -> Lines:
        """The lines that are printed."""
        return self.lines[: self.printed]

    @property
    def rest(self) -> int:
        """How many rows of the reason are not printed beside those that are."""
        return self.reason.rows - self.printed if self.printed else 0

    @property
    def code_says_more(self) -> bool:
        """Whether the code is not the title in other letters."""
        return self.reason.code not in ("", self.reason.title.lower().replace(" ", "_"))

    @property
    def above(self) -> str:
        """What is said of all of them alike and is too long to stand beside each."""
        return self.same if len(self.same) > _BESIDE else ""

    def known_by(self, line: Mapping[str, str]) -> str:
        """What a printed row has in the first kept columns: those of which there is room."""
        return " · ".join(page_text.cell(line[name], _MAX_ID) for name in self.kept[:_KNOWN_BY] if line[name])

    def money(self, line: Mapping[str, str]) -> str:
        """The amount of a row, on the point with those around it; what is no amount, as it was read."""
        if not (size := _size(line)):
            return page_text.quoted(page_text.cell(line["revenue"], 40))
        return page_text.aligned(self.decimals)(Decimal(size))

    def note(self, line: Mapping[str, str]) -> str:
        """What a printed row has beside its place and amount: since when it is in doubt, and what is wrong with it.

        What is wrong with all of them alike and takes a line of its own stands above them.
        """
        # A line of the file beside the row of it would take the room of what became of that.
        told = _LINE.sub("", line["what"]) if self.reason.code == EQUAL else line["what"]
        told = "" if self.above else whole(told)
        if self.reason.status is not Status.IN_DOUBT:
            return told
        return f"sent {page_text.moment(line['from'] or line['finished_at'])} UTC" + (f"; {told}" if told else "")


def whole(text: str) -> str:
    """A reason as paper has it: whole, or with a word on where the rest of it is."""
    return (
        page_text.cell(text, len(text))
        if len(text) <= _MAX_NOTE
        else f"{page_text.cell(text, _MAX_NOTE)} (more in the results)"
    )


def listed(report: Report) -> list[Listed]:
    """What is listed of each reason, unless its text would make the page too large."""
    reasons = [reason for reason in report.reasons if reason.rows]
    room = MAX_LIST_BYTES // max(1, sum(bool(reason.lines) for reason in reasons))
    lists = sum(bool(reason.lines) and not reason.settled for reason in reasons)
    remedies = [None, *(reason.remedy for reason in reasons)]
    return [
        _listed(reason, room, _printed(reason, lists), again=reason.remedy == before)
        for reason, before in zip(reasons, remedies, strict=False)
    ]


def _printed(reason: Reason, lists: int) -> int:
    """How many of its rows are printed; none where nothing is to be done about them."""
    if reason.settled:
        return 0
    each = max(1, _PRINTED // max(1, lists))
    looked_up = reason.status is Status.IN_DOUBT and lists <= _FEW_LISTS
    return min(_MOST, each * _OF_DOUBTS if looked_up else each)


def _listed(reason: Reason, room: int, printed: int, *, again: bool) -> Listed:
    kept = telling(reason.lines)
    lines = list(_within(reason.lines[:_MAX_LISTED], room, _SHOWN | set(kept)))
    decimals = page_text.places(map(_size, lines))
    return Listed(reason, lines, kept, _same(lines), decimals, min(printed, len(lines)), again)


def _within(lines: Sequence[Mapping[str, str]], room: int, shown: set[str]) -> Iterator[Mapping[str, str]]:
    for line in lines:
        texts = (page_text.cell(text) for name, text in line.items() if name in shown)
        room -= _TAGS_BYTES + sum(len(markupsafe.escape(text).encode()) for text in texts)
        if room < 0:
            break
        yield line


def _same(lines: Lines) -> str:
    """Empty where they differ, or a single one is listed."""
    first = lines[0] if lines else {"what": ""}
    alike = all(not line["to"] and not line["revenue_id"] and line["what"] == first["what"] for line in lines)
    return first["what"] if alike and len(lines) > 1 else ""


def rest_money(report: Report, one: Listed, part: Part | None) -> str:
    """The money of the rows of a reason that are not printed, of all rows or of a part."""
    if part is None:
        return amount((share_of_reason(report, one.reason) - _sum(one.on_paper)).revenue)
    here = [line for line in one.on_paper if currency_of_line(report, line) == part.value]
    return amount((money_of_part(part, one.reason) - _sum(here)).revenue)


def _sum(lines: Lines) -> Share:
    amounts = (Decimal(size) for line in lines if (size := _size(line)))
    return Share(len(lines), with_cents(sum(amounts, Decimal(0))))


def _size(line: Mapping[str, str]) -> str:
    """What a row is worth: its amount, or the refund that it is; empty where neither can be read."""
    return line["amount"] or line["refund"]
