"""The first sheet, in the order of the page: the verdict, what needs a person, the balance, the sign-off.

The balance is a formula between two independent counts: the input as the run counted it when it read it, and the sum
over the sheets of rows. Formulas have their value beside them, for readers that do not calculate; where a
spreadsheet's numbers would not carry an amount, the exact one stands beside it as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.codes import MEANING, TITLES
from importer.model import Share, Status
from importer.report import money_text, sentences, signers
from importer.report.excel.columns import part_column
from importer.report.excel.sheets import LINE_HEIGHT, Cells, as_number, height_of, on_paper, safe_cell
from importer.report.steps import shown_steps
from importer.schema import with_cents
from importer.text import further_text, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.report.excel.status_sheet import StatusSheet
    from importer.report.figures import Reason, Report
    from importer.report.parts import Part

_WIDTHS = (44, 12, 18, 32, 58)
_LAST = len(_WIDTHS) - 1
_OUTCOMES = {True: "agrees", False: "DIFFERS", None: "open"}
# Side by side, each over so many columns.
_SIGNED = (("Prepared by, date", 0, 0), ("Reviewed by, date", 2, 3), ("Plan approved by, date", 4, 4))


def write_summary(report: Report, sheet: Any, cells: Cells, sheets: Mapping[str, StatusSheet]) -> None:
    """Write it, with totals that refer to the sheets of the rows."""
    on_paper(sheet, _WIDTHS)
    sheet.hide_gridlines(2)
    summary = _Summary(report, sheet, cells, sheets)
    summary.opening()
    summary.reasons()
    summary.balance()
    summary.signing()
    summary.controls()
    summary.steps()
    summary.contents()


class _Summary:
    """The first sheet, from top to bottom; `_row` is the line that was written last."""

    def __init__(self, report: Report, sheet: Any, cells: Cells, sheets: Mapping[str, StatusSheet]) -> None:
        self._report = report
        self._sheet = sheet
        self._cells = cells
        self._sheets = sheets
        self._row = 0

    def opening(self) -> None:
        """What it is about, and the verdict."""
        report = self._report
        self._text(0, "Revenue import reconciliation", self._cells.title)
        self._line(sentences.headline(report), self._cells.verdicts[sentences.tone(report)])
        for sentence in sentences.sentences(report):
            self._wide(sentence)
        facts = (
            ("File", sentences.input_text(report)),
            ("Period", sentences.period_text(report)),
            ("Target", sentences.target_text(report)),
            ("Currency", sentences.currency_text(report)),
            ("Made", f"{report.made_at} by revenue-importer {report.version}"),
            ("Refunds, in no other total", money_text.refunds_text(report) if report.refunds.rows else "none"),
        )
        self._row += 1
        for name, text in facts:
            self._line(name, self._cells.bold)
            self._across(1, text)
        self._row += 1

    def reasons(self) -> None:
        """Why rows are not recorded: what needs a decision, then what does not."""
        groups = (
            ("Needs a decision", self._report.open_reasons),
            ("Nothing to do", self._report.settled_reasons),
        )
        for head, reasons in groups:
            if reasons:
                money = "Revenue" if self._report.parts is None else ""
                self._heads(head, "Rows", money, "Status and code", "What to do", numbers=(1, 2))
            for reason in reasons:
                self._reason(reason)
            self._row += bool(reasons)
        if not self._report.open_reasons:
            self._line("Nothing needs a decision." if self._report.balanced else "A control failed: see below.")
            self._row += 1

    def _reason(self, reason: Reason) -> None:
        self._row += 1
        self._link(reason.title, TITLES[reason.status])
        self._sheet.write_number(self._row, 1, reason.rows, self._cells.count)
        if self._report.parts is None:
            revenue = money_text.share_of_reason(self._report, reason).revenue
            self._cells.amount(self._sheet, self._row, 2, revenue)
        code = f": {reason.code}" if reason.code else ""
        self._text(3, f"{TITLES[reason.status]}{code}", self._cells.indented)
        money = money_text.reason_money(self._report, reason) if self._report.parts else ""
        further = f"{further_text(reason.further).capitalize()}." if reason.further else ""
        self._across(4, " ".join(filter(None, (f"{money}." if money else "", reason.remedy, further))))

    def balance(self) -> None:
        """The sum of the sheets against the input; of several sheets or currencies each alone."""
        if self._report.parts is None:
            self._balance("Status", self._report.by_status, self._report.expected, None)
        else:
            parts = self._report.parts
            self._rows_of_all([self._balance(part.name, part.line.by_status, None, part) for part in parts])

    def _rows_of_all(self, sums: Sequence[int]) -> None:
        """The rows of all parts against the input; their amounts are not added up."""
        report = self._report
        listed, counted = report.listed.rows, report.expected.rows
        self._heads("All parts together" if sums else "Status", "Rows", "", "", "Meaning", numbers=(1,))
        terms = [f"B{line}" for line in sums]
        if report.set_aside:
            self._rows_line("Left out, of any currency", report.set_aside, "", "their amounts are in no sum")
            terms.append(f"B{self._row + 1}")
        for status, share in report.by_status.items() if report.parts == () else ():
            self._rows_line(TITLES[status], share.rows, "", MEANING[status])
            terms.append(f"B{self._row + 1}")
        self._rows_line("Sum of the parts" if sums else "Sum of the statuses", listed, f"={'+'.join(terms) or 0}")
        self._rows_line("The input", counted, "", self._counted_how)
        line = self._row + 1
        meaning = "the input less the sum of the parts"
        self._rows_line("Difference", counted - listed, f"=B{line}-B{line - 1}", meaning)
        self._row += 1

    def _rows_line(self, name: str, rows: int, formula: str, meaning: str = "") -> None:
        self._line(name, self._cells.bold)
        if formula:
            self._sheet.write_formula(self._row, 1, formula, self._cells.total_count, rows)
        else:
            self._sheet.write_number(self._row, 1, rows, self._cells.count)
        self._text(4, meaning, self._cells.indented)

    @property
    def _counted_how(self) -> str:
        return "as the run counted it when it read it" if self._report.counted else "no journal has its own count"

    def _balance(self, head: str, shares: Mapping[Status, Share], whole: Share | None, part: Part | None) -> int:
        """A table of statuses; returns the line of its sum, as formulas name it."""
        self._heads(head, "Rows", "Revenue", "Revenue, exact (text)", "Meaning", numbers=(1, 2, 3))
        first = self._row + 2
        for status in Status:
            share = shares.get(status, Share())
            if share == Share() and status is not Status.RECORDED:
                continue
            self._row += 1
            self._link(TITLES[status], TITLES[status])
            self._share(share, self._formulas(status, share, part))
            self._text(4, MEANING[status], self._cells.indented)
        listed = sum(shares.values(), Share())
        self._line("Sum of the sheets", self._cells.bold)
        self._sum(first, listed)
        sum_line = self._row + 1
        if whole is not None:
            self._line("The input", self._cells.bold)
            self._share(whole, None)
            self._text(4, self._counted_how, self._cells.indented)
            self._difference(listed, whole)
        self._row += 1
        return sum_line

    def _formulas(self, status: Status, share: Share, part: Part | None) -> tuple[str, str] | None:
        sheet = self._sheets.get(TITLES[status])
        if sheet is None:
            return None
        if part is None:
            return sheet.formulas(share)
        return sheet.formulas_of(part_column(self._report), part.value)

    def _sum(self, first: int, listed: Share) -> None:
        cells, row = self._cells, self._row
        self._sheet.write_formula(row, 1, f"=SUM(B{first}:B{row})", cells.total_count, listed.rows)
        self._sheet.write_formula(row, 2, f"=SUM(C{first}:C{row})", cells.total, float(listed.revenue))
        self._text(3, plain(listed.revenue), cells.exact)

    def _difference(self, listed: Share, whole: Share) -> None:
        """A formula, where a spreadsheet's numbers carry both amounts to the last digit."""
        self._line("Difference", self._cells.bold)
        row, places = self._row, self._report.decimals
        off = whole - listed
        self._sheet.write_formula(row, 1, f"=B{row}-B{row - 1}", self._cells.total_count, off.rows)
        if None in (as_number(whole.revenue), as_number(listed.revenue)):
            self._cells.amount(self._sheet, row, 2, off.revenue)
        else:
            formula = f"=ROUND(C{row}-C{row - 1},{places})"
            self._sheet.write_formula(row, 2, formula, self._cells.total, float(off.revenue))
        self._text(3, plain(with_cents(off.revenue)), self._cells.exact)
        self._text(4, "the input less the sum of the sheets", self._cells.indented)

    def _share(self, part: Share, formulas: tuple[str, str] | None) -> None:
        sheet, cells = self._sheet, self._cells
        if formulas is None:
            sheet.write_number(self._row, 1, part.rows, cells.count)
            cells.amount(sheet, self._row, 2, part.revenue)
        else:
            sheet.write_formula(self._row, 1, formulas[0], cells.count, part.rows)
            sheet.write_formula(self._row, 2, formulas[1], cells.money, float(part.revenue))
        self._text(3, plain(with_cents(part.revenue)), cells.exact)

    def signing(self) -> None:
        """Lines for the names of three people, and what is known of the plan."""
        self._row += 2
        self._sheet.set_row(self._row, 2 * LINE_HEIGHT)
        names = (signers.preparers(self._report), "", signers.approvers(self._report))
        for name, (_, first, _) in zip(names, _SIGNED, strict=True):
            self._text(first, name, self._cells.signer)
        self._row += 1
        for name, first, last in _SIGNED:
            for column in range(first, last + 1):
                self._text(column, name if column == first else "", self._cells.signed)
        self._wide(f"{signers.started_by(self._report)} {signers.judged_by(self._report)}")
        for plan in signers.plans(self._report):
            self._wide(f"Plan {plan.digest}, {plan.told}")
        self._row += 1

    def controls(self) -> None:
        """What had to agree, and what was found."""
        self._heads("Control", "Result", "Finding", "", "")
        for check in self._report.checks:
            self._line(check.title)
            self._text(1, _OUTCOMES[check.ok], None if check.ok is not False else self._cells.verdicts["bad"])
            self._across(2, check.text)
        self._wide(sentences.ROUNDING)
        self._row += 1

    def steps(self) -> None:
        """What comes next, with the commands."""
        self._heads("Next", "", "", "", "")
        for text, commands in shown_steps(self._report.steps, whole=True):
            for one in (text, *commands):
                self._wide(one)
        self._row += 1

    def contents(self) -> None:
        """The other sheets, and what a reader has to know of those of the rows."""
        self._heads("Sheets", "", "", "", "")
        vendor = ["Vendor"] if self._report.vendor is not None else []
        others = [(name, "") for name in ("Where the money is", *vendor, "Audit")]
        for name, note in (*others, *(one for sheet in self._sheets.values() for one in sheet.notes)):
            self._row += 1
            self._link(name, name)
            if note:
                self._across(1, note)

    # -- how a line is written

    def _text(self, column: int, text: str, form: Any = None) -> None:
        self._cells.text(self._sheet, self._row, column, text, form)

    def _line(self, text: str, form: Any = None) -> None:
        """Begin the next line with a text."""
        self._row += 1
        self._text(0, text, form)

    def _wide(self, text: str) -> None:
        """The next line, with a text over all columns."""
        self._row += 1
        self._across(0, text)

    def _link(self, text: str, name: str) -> None:
        """A text that leads to a sheet, where there is one of that name."""
        rows = (part.name for sheet in self._sheets.values() for part in sheet.parts)
        known = name in ("Where the money is", "Audit", "Vendor", *rows)
        if known:
            address = f"internal:'{name}'!A1"
            self._sheet.write_url(self._row, 0, address, self._cells.link, safe_cell(text), f"Go to {name}")
        else:
            self._text(0, text)

    def _across(self, column: int, text: str) -> None:
        """Text from a column to the last one, in as many lines as it needs; only some programs find out themselves."""
        if column == _LAST:
            self._text(column, text, self._cells.indented)
        else:
            self._sheet.merge_range(self._row, column, self._row, _LAST, safe_cell(text), self._cells.wrapped)
        self._sheet.set_row(self._row, height_of(text, sum(_WIDTHS[column:])))

    def _heads(self, *names: str, numbers: Sequence[int] = ()) -> None:
        self._row += 1
        self._cells.heads(self._sheet, self._row, names, numbers)
