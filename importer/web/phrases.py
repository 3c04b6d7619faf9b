"""What the command says, in the words of the page: options by the labels of the form, and a verdict with figures."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.codes import MEANING
from importer.model import Share, Status
from importer.text import rows_text, share_text
from importer.web.wording import AGAIN, BEFORE, STATES

if TYPE_CHECKING:
    from importer.web.view import View

LABELS = {
    "expect-rows": "Control total: rows", "expect-total": "Control total: revenue", "map": "Column of the file",
    "set": "The same in every row", "decimal": "How amounts are written", "timezone": "Time zone of the file",
    "timestamp-format": "Form of dates", "period": "Period", "max-revenue": "Largest amount",
    "ambiguous": "A local time that happens twice", "profile": "Where the file comes from",
    "duplicates": "Rows that are equal to an earlier one", "hidden": "Rows that a workbook hides",
    "where": "Only rows with", "ignore": "Columns to ignore", "null": "Words for an empty cell",
    "value": "Words of the file", "keep": "Columns to repeat in the results",
    "key": "Columns that make equal rows different events", "sheet": "Sheets of a workbook",
    "skip-rows": "Lines above the header", "delimiter": "What separates cells", "already": "Other imports to compare",
    "any-message-id": "Take message ids that are not 8 characters",
    "strict": "Post nothing while any row is invalid or held",
    "check-offers": "Ask the API whether the account has these offers",
    "retry-rejected": "Post rows again that the API refused earlier",
    "allow-missing": "Go on although recorded rows are missing", "in-doubt": "Rows whose answer was lost",
    "overlap": "Rows that other results record already",
}  # fmt: skip
"""What the form of the columns calls each option."""
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)\b")


def in_words(text: str) -> str:
    """A sentence of the command, with the labels of the form where it names options."""
    text = text.replace("then use `resolve`", "then say what you found, under Doubts")
    return _OPTION.sub(lambda found: f"“{LABELS[found[1]]}”" if found[1] in LABELS else found[0], text)


def named_option(text: str) -> str:
    """The first option of the form that a sentence of the command names; empty where there is none."""
    return next((name for name in _OPTION.findall(text) if name in LABELS), "")


def reason(code: str) -> str:
    """A code as people read it."""
    return code.replace("_", " ").capitalize()


def because(code: str, message: str) -> str:
    """The sentence of a row that was refused, without the code that stands beside it."""
    return in_words(message.removeprefix(f"{code}: "))


def headline(view: View) -> str:
    """What a person wants to know first, in figures; empty where there are none."""
    summary = view.summary
    if not summary or view.state == "running":
        return ""
    if not view.history.run:
        return _before(summary)
    shares = [(status, _share(summary, status)) for status in Status]
    told = (f"{share_text(share)} {_now(view, status)}" for status, share in shares if share.rows)
    return ", ".join(told) + "."


def _now(view: View, status: Status) -> str:
    """What rows of a status are: recorded by the API's word, or by a person's; to be posted after a verdict."""
    if status is Status.PENDING and view.state in BEFORE:
        return "to be posted"
    return "recorded" if status is Status.RECORDED else MEANING[status]


def comes_next(view: View) -> str:
    """What is to be done in a state, and what of it is posted by then, as people read it."""
    words = STATES[view.state].next
    if view.state not in BEFORE:
        return words
    return " ".join(filter(None, ((AGAIN if view.has_posted else BEFORE)[view.state], words)))


def _before(summary: dict[str, Any]) -> str:
    posted = Share(summary["to_post"]["rows"], Decimal(summary["to_post"]["revenue"])) if "to_post" in summary else None
    if posted is None:
        return ""
    left = summary["rows"] - posted.rows
    if not left:
        return f"All {rows_text(posted.rows)} of the file would be posted: {share_text(posted)}."
    return f"{share_text(posted)} would be posted; {rows_text(left)} of {summary['rows']:,} would not."


def _share(summary: dict[str, Any], status: Status) -> Share:
    found = summary["by_status"].get(str(status), {"rows": 0, "revenue": "0"})
    return Share(found["rows"], Decimal(found["revenue"]))
