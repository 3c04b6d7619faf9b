"""Who prepared, ran, approved and judged, as far as the journals know: what stands at the lines where people sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.model import Share
from importer.text import safe_text

if TYPE_CHECKING:
    from importer.journal import Approval
    from importer.report.figures import Report

_TOLD = "told to post nothing but this plan (--expect-plan); who approved it is not on record"
_ALONE = "not approved beforehand: the run was not told what to expect (--expect-plan)"


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """A plan that was carried out: its digest, whether the run was told of it, and who approved it, where known."""

    digest: str
    expected: bool
    approval: Approval | None

    @property
    def told(self) -> str:
        """What is known of its approval."""
        if self.approval is None:
            return _TOLD if self.expected else _ALONE
        one = self.approval
        by = f"approved by {safe_text(one.by)} on {_moment(one.at)}, prepared by {safe_text(one.prepared_by)}"
        return f"{by}, both logged in to the page" + ("; one person had a hand in both" if one.alone else "")

    @property
    def at_the_line(self) -> str:
        """The same in a few words, for below the line where the approver signs."""
        if self.approval is not None:
            return "one person prepared and approved it" if self.approval.alone else "approved on the page"
        return "told by --expect-plan" if self.expected else "not approved beforehand"


def plans(report: Report) -> list[CarriedOut]:
    """The plans that were carried out, each once, in order."""
    found: dict[str, CarriedOut] = {}
    for run in report.runs:
        if run.plan:
            before = found.get(run.plan)
            approval = run.approval or (before.approval if before else None)
            expected = bool(run.approved) or (before is not None and before.expected)
            found[run.plan] = CarriedOut(run.plan, expected, approval)
    return list(found.values())


def approvers(report: Report) -> str:
    """Who approved the plans, each with the day in UTC; empty where nobody is on record, or not for all of them."""
    approvals = [plan.approval for plan in plans(report)]
    known = [one for one in approvals if one is not None]
    if len(known) < len(approvals):
        return ""
    return ", ".join(dict.fromkeys(f"{safe_text(one.by)}, {one.at[:10]}" for one in known))


def preparers(report: Report) -> str:
    """Who prepared the plans; empty where nobody is on record, or not for all of them."""
    approvals = [plan.approval for plan in plans(report)]
    known = [one.prepared_by for one in approvals if one is not None and one.prepared_by]
    return ", ".join(dict.fromkeys(map(safe_text, known))) if len(known) == len(approvals) else ""


def started_by(report: Report) -> str:
    """Who started the runs."""
    names = ", ".join(dict.fromkeys(safe_text(run.started_by) for run in report.runs if run.by))
    return f"Run by {names}, says the system." if names else "Who ran it is not on record."


def judged_by(report: Report) -> str:
    """Who gave verdicts on rows in doubt."""
    if not report.verdicts:
        return "No verdict was given on a row in doubt."
    names = ", ".join(dict.fromkeys(safe_text(verdict.by) for verdict in report.verdicts))
    count = len(report.verdicts)
    return f"{count:,} {'verdict' if count == 1 else 'verdicts'} on rows in doubt, by {names}: {_judged(report)}."


def _judged(report: Report) -> str:
    """How many rows were judged so, and how much, where their amounts may be added up."""
    shares: dict[str, Share] = {}
    for one in report.verdicts:
        shares[one.verdict] = shares.get(one.verdict, Share()) + Share.of_row(one.revenue)
    return ", ".join(f"{_words(verdict)} {report.told(share)}" for verdict, share in shares.items())


def _words(verdict: str) -> str:
    return safe_text(verdict.replace("_", " "))


def _moment(at: str) -> str:
    return f"{at[:10]} {at[11:19]} UTC"
