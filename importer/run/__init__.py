"""The order of the stages of an import, from files to results; and a person's verdicts on rows in doubt.

pipeline    open, check, decide, send, finish
opening     the files of an import, found usable, and what its earlier runs did; files: where they are
offers      the offers of the account, where rows may name no other
job         what was opened, checked and decided, and the events that a run begins and ends
sending     the rows to post, and the journal that they are posted from; noting: what other imports are to know of them
finish      every row's final fate, written to RESULTS and to the compacted journal
final_rows  what became of each row; equal_rows: what a rejects file says of rows that have equal ones elsewhere
summaries   the numbers of a check and of an import
user        who runs the program

verdicts/   a person's verdicts on rows in doubt
"""

from importer.run.files import results_path as results_path
from importer.run.pipeline import run_check as run_check
from importer.run.pipeline import run_import as run_import
from importer.run.user import system_user as system_user
from importer.run.verdicts import DOUBTFUL as DOUBTFUL
from importer.run.verdicts import SLICE_ROWS as SLICE_ROWS
from importer.run.verdicts import Case as Case
from importer.run.verdicts import Cases as Cases
from importer.run.verdicts import HeldResults as HeldResults
from importer.run.verdicts import Verdict as Verdict
from importer.run.verdicts import Verdicts as Verdicts
from importer.run.verdicts import as_verdicts as as_verdicts
from importer.run.verdicts import check_revenue_id as check_revenue_id
from importer.run.verdicts import read_verdicts as read_verdicts
from importer.run.verdicts import resolve as resolve
from importer.run.verdicts import row_or_cell as row_or_cell
from importer.run.verdicts import rows_in_doubt as rows_in_doubt
from importer.run.verdicts import told_too_soon as told_too_soon
from importer.run.verdicts import write_template as write_template
