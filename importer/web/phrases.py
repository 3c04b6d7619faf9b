"""What a person reads first of an import: a verdict with figures, and what comes next."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.codes import MEANING
from importer.model import Share, Status
from importer.text import rows_text, share_text
from importer.web.wording import AGAIN, BEFORE, STATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.web.view import View


def headline(view: View) -> str:
    """What a person wants to know first, in figures; empty where there are none."""
    summary = view.summary
    if not summary or view.state == "running":
        return ""
    if not view.history.run:
        return _before(summary)
    shares = [(status, _share(summary, status)) for status in Status]
    told = (f"{share_text(share)} {_now(view, status)}" for status, share in shares if share.rows)
    return ", ".join(told) + "." + _gone(view, summary)


def _gone(view: View, summary: dict[str, Any]) -> str:
    """What an earlier version of the file had sent, and the vendor may have beside the rows of this one.

    Their statuses are those at the end of the run: after a verdict they are left out.
    """
    gone = summary.get("not_in_input", {})
    shares = {status: _as_share(gone[str(status)]) for status in Status if str(status) in gone}
    judged = view.status is not None and view.status.settled_since
    told = [f"{share_text(share)} {_now(view, status)}" for status, share in shares.items()]
    told = [f"{share_text(sum(shares.values(), Share()))} sent"] if judged and shares else told
    return f" Beside these, of an earlier version of the file: {', '.join(told)}." if told else ""


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
    return _as_share(summary["by_status"].get(str(status), {"rows": 0, "revenue": "0"}))


def _as_share(found: Mapping[str, Any]) -> Share:
    return Share(found["rows"], Decimal(found["revenue"]))
