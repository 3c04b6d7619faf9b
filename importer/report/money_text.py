"""Rows and money in words; what must not be added up of each currency alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model import Share, Status
from importer.report.reading import KEPT
from importer.text import amount, rows_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    """The negative amounts, which are in no other figure."""
    return report.told(report.refunds, lambda part: part.refunds)


def reason_text(report: Report, reason: Reason) -> str:
    """The rows and the money of a reason, those that are no longer in the input among them."""
    money = reason_money(report, reason)
    return f"{rows_text(reason.rows)} ({money})" if money else rows_text(reason.rows)


def reason_money(report: Report, reason: Reason) -> str:
    """The money of a reason; of each currency alone, and empty where nothing may be added up."""
    if report.parts is not None:
        return report.amounts(lambda part: money_of_part(part, reason))
    share = report.refunds if reason.code == REFUND else reason.share + reason.gone
    return amount(share.revenue)


def money_of_part(part: Part, reason: Reason) -> Share:
    """What a reason has of a currency, file or sheet."""
    if reason.code == REFUND:
        return part.refunds
    return part.reasons.get((str(reason.status), reason.code), Share())


def sum_text(report: Report, reasons: Sequence[Reason], part: Part | None = None) -> str:
    """The money of several reasons, of all rows or of a part; of refunds their own, where they stand alone."""
    if len(reasons) > 1:
        reasons = [reason for reason in reasons if reason.code != REFUND]
    if part is None:
        shares = [report.refunds if reason.code == REFUND else reason.share + reason.gone for reason in reasons]
    else:
        shares = [money_of_part(part, reason) for reason in reasons]
    return amount(sum(shares, Share()).revenue)


def currency_of_line(report: Report, line: Mapping[str, str]) -> str:
    """The currency of a row, where the results have a column of them."""
    return line.get(KEPT + report.currency.column, "").strip().upper()
