"""Rows and money in words; what must not be added up of each currency alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.codes import words
from importer.model import Share, Status
from importer.text import amount, rows_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.report.breakdown import Line
    from importer.report.figures import Reason, Report
    from importer.report.parts import Part

REFUND = "negative_revenue"
"""The code of rows whose amount counts in the refunds alone."""


def told_of_status(report: Report, status: Status) -> str:
    """The rows and the money of the input with a status."""
    return report.told(report.share(status), lambda part: part.share(status))


def told_of_line(report: Report, line: Line) -> str:
    """Rows and revenue of a line of the table by month, in the file's zone."""

    def of(part: Part) -> Share:
        return sum((one.file for one in part.local_months.lines if one.name == line.name), Share())

    return report.told(line.file, of)


def refunds_text(report: Report) -> str:
    """The negative amounts, which are in no other figure; those that are listed by another code are named."""
    told = report.told(report.refunds, lambda part: part.refunds)
    others = {code: share for code, share in report.refunds_by_code.items() if code != REFUND}
    if not others:
        return told
    named = [f"{report.told(*_refunds_of(report, code))} under “{words(code)}”" for code in report.refunds_by_code]
    return f"{told}: {', '.join(named)}"


def _refunds_of(report: Report, code: str) -> tuple[Share, Callable[[Part], Share]]:
    """The refunds of a code, of all rows and of each part."""
    return report.refunds_by_code.get(code, Share()), lambda part: part.refunds_by_code.get(code, Share())


def reason_text(report: Report, reason: Reason) -> str:
    """The rows and the money of a reason, those that are no longer in the input among them."""
    money = reason_money(report, reason)
    return f"{rows_text(reason.rows)} ({money})" if money else rows_text(reason.rows)


def reason_money(report: Report, reason: Reason) -> str:
    """The money of a reason; of each currency alone, and empty where nothing may be added up."""
    if report.parts is not None:
        return report.amounts(lambda part: money_of_part(part, reason))
    return amount(share_of_reason(report, reason).revenue)


def share_of_reason(report: Report, reason: Reason) -> Share:
    """The rows and the money of a reason; of refunds those of its rows alone."""
    if reason.code == REFUND:
        return report.refunds_by_code.get(REFUND, Share())
    return reason.share + reason.gone


def money_of_part(part: Part, reason: Reason) -> Share:
    """What a reason has of a currency, file or sheet."""
    if reason.code == REFUND:
        return part.refunds_by_code.get(REFUND, Share())
    return part.reasons.get((str(reason.status), reason.code), Share())


def sum_text(report: Report, reasons: Sequence[Reason], part: Part | None = None) -> str:
    """The money of several reasons, of all rows or of a part; of refunds their own, where they stand alone."""
    if len(reasons) > 1:
        reasons = [reason for reason in reasons if reason.code != REFUND]
    if part is None:
        shares = [share_of_reason(report, reason) for reason in reasons]
    else:
        shares = [money_of_part(part, reason) for reason in reasons]
    return amount(sum(shares, Share()).revenue)


def currency_of_line(report: Report, line: Mapping[str, str]) -> str:
    """The currency of a row, where rows are told apart by it."""
    return line["part"] if report.by_currency else ""
