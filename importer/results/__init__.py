"""RESULTS: one line for each input row, always whole.

file     its columns, its form, its name
names    which files are such
reading  its lines read back, whatever program saved it since
record   RESULTS with its journal: which of the two is the truth now
rejects  the rejects file
"""

from importer.results.file import (
    COLUMNS,
    as_written,
    check_format,
    is_results_header,
    kept_titles,
    lines_of,
    write,
)
from importer.results.names import may_be_results, results_in, results_named
from importer.results.reading import (
    check_lines,
    has_vain_id,
    other_targets,
    read_results,
)
from importer.results.record import ImportRecord, open_record
from importer.results.rejects import Rejects, is_rejects

__all__ = [
    "COLUMNS",
    "ImportRecord",
    "Rejects",
    "as_written",
    "check_format",
    "check_lines",
    "has_vain_id",
    "is_rejects",
    "is_results_header",
    "kept_titles",
    "lines_of",
    "may_be_results",
    "open_record",
    "other_targets",
    "read_results",
    "results_in",
    "results_named",
    "write",
]
