"""The order of the stages of an import, from files to results; and a person's verdicts on rows in doubt.

pipeline    check, decide, send, finish
files       the files that a run reads and writes, each another one
finish      every row's final fate, written to RESULTS and to the compacted journal
equal_rows  what a rejects file says of rows that have equal ones elsewhere
verdicts    what a person says of rows in doubt; cases: which rows are meant; resolving: both are written down
"""

from importer.run.cases import Case
from importer.run.files import results_path
from importer.run.pipeline import run_check, run_import
from importer.run.resolving import resolve
from importer.run.verdicts import Verdict, check_revenue_id, read_verdicts

__all__ = ["Case", "Verdict", "check_revenue_id", "read_verdicts", "resolve", "results_path", "run_check", "run_import"]
