"""The reconciliation of an import: what was in the file, what the API has of it, and what is still open.

`make_report` reads RESULTS and their journals once and returns every number in one frozen `Report`; `terminal`, `page`,
`excel` and `json` only show it. Nothing here posts, and nothing that was read is changed.

reconciliation  reads and puts together the `Report`; figures: what that holds
reading         RESULTS and journal → lines
amounts         lines → exact amounts, and days
tallies         sums over all lines, in one pass; listing: the lines that a person may want to see
remarks         how many rows have each code, and which
currency        in which currency the amounts are
reasons         why rows are not recorded; addresses: where they stand in a workbook
equals         what became of the rows that held ones are equal to
accounts        rows and money by status; breakdown: by type, offer, day, month; parts: of each currency or sheet
copies          results files that are copies of each other; shared_rows: results of the same input
runs            what the journal says: runs, shards, verdicts, control totals, how fast it went
checks          the controls; places: what they compare of each row
steps           what comes next, with its command
sentences       what every format says; money_text: rows and money in words; run_text: runs
signers         who prepared, approved, judged
terminal        lines for a terminal; excel: a workbook; json: one object
page            HTML: a package of its own
status          what a run is doing, from outside; status_text: that as lines, and as JSON
vendor          what a comparison with the vendor's records adds
mark            what every report is known by
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from importer.disk import as_paths
from importer.errors import ResultsError, StorageError
from importer.report.figures import Report as Report  # noqa: TC001 - a name of this face
from importer.report.json import report_fields as report_fields
from importer.report.mark import is_report as is_report
from importer.report.reading import expand_results as expand_results
from importer.report.reconciliation import make_report as make_report
from importer.report.remarks import read_codes as read_codes
from importer.report.remarks import read_lines as read_lines
from importer.report.status import RunStatus as RunStatus
from importer.report.status import read_status as read_status
from importer.report.status_text import status_fields as status_fields
from importer.report.status_text import status_lines as status_lines
from importer.report.terminal import report_lines as report_lines
from importer.report.vendor import VendorPart as VendorPart
from importer.report.vendor import VendorRows as VendorRows
from importer.report.vendor import VendorSection as VendorSection
from importer.report.vendor import VendorStep as VendorStep
from importer.report.vendor import with_comparison as with_comparison

if TYPE_CHECKING:
    from collections.abc import Sequence


def write_report(results: str | Path, path: str | Path) -> None:
    """Reconcile one RESULTS and write that to `path`, as `write_as` does.

    Raises:
        ResultsError: RESULTS cannot be read, or `path` not written.
        JournalError: the journal is damaged.
    """
    write_as(make_report(results), as_paths(results), Path(path))


def base_styles() -> str:
    """The styles that every page of ours begins with, as CSS: the report's, and the page's for finance."""
    return files("importer.report").joinpath("templates/base.css").read_text("utf-8")


def write_as(report: Report, results: Sequence[Path], path: Path, *, days: bool = False) -> None:
    """Write a report that was made of `results`: a workbook if `path` ends in .xlsx, otherwise an HTML page.

    For the owner only, whole or not at all. With `days` the page prints its tables by day, too.

    Raises:
        ResultsError: `path` cannot be written.
    """
    try:
        if path.suffix.lower() == ".xlsx":
            from importer.report.excel.workbook import write_workbook  # noqa: PLC0415 - only for those who want it

            write_workbook(report, results, path)
        else:
            from importer.report.page import write_page  # noqa: PLC0415 - as above

            write_page(report, path, days=days)
    except (OSError, StorageError) as error:
        reason = (error.strerror or error) if isinstance(error, OSError) else error
        raise ResultsError(
            f"{path} cannot be written ({reason}). Close it where it is open, or choose another place."
        ) from error
