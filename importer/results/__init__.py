"""RESULTS: one line for each input row, always whole.

file     its columns, its form, its name
names    which files are such
reading  its lines read back, whatever program saved it since
rejects  the rejects file, and whether a file that is there already may be replaced
"""

from importer.results.file import (
    COLUMNS,
    REPORT_MARK,
    as_written,
    check_format,
    is_results_header,
    kept_titles,
    write,
)
from importer.results.names import may_be_results, results_in, results_named
from importer.results.reading import (
    check_lines,
    has_vain_id,
    other_targets,
    read_results,
)
from importer.results.rejects import Rejects, check_replaceable

__all__ = [
    "COLUMNS",
    "REPORT_MARK",
    "Rejects",
    "as_written",
    "check_format",
    "check_lines",
    "check_replaceable",
    "has_vain_id",
    "is_results_header",
    "kept_titles",
    "may_be_results",
    "other_targets",
    "read_results",
    "results_in",
    "results_named",
    "write",
]
