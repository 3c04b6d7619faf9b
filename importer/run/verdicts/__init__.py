"""A person's verdicts on rows in doubt.

given      verdicts as they are given: one, or many from a CSV; doubtful: the rows to give them on
cases      which rows are meant; sole_rows: where a verdict can mean one alone; named_rows: where it can mean several
resolving  how they are written down; changes: what a row becomes
"""

from importer.run.verdicts.cases import SLICE_ROWS as SLICE_ROWS
from importer.run.verdicts.cases import Case as Case
from importer.run.verdicts.cases import Cases as Cases
from importer.run.verdicts.doubtful import DOUBTFUL as DOUBTFUL
from importer.run.verdicts.doubtful import rows_in_doubt as rows_in_doubt
from importer.run.verdicts.doubtful import write_template as write_template
from importer.run.verdicts.given import Verdict as Verdict
from importer.run.verdicts.given import Verdicts as Verdicts
from importer.run.verdicts.given import as_verdicts as as_verdicts
from importer.run.verdicts.given import check_revenue_id as check_revenue_id
from importer.run.verdicts.given import read_verdicts as read_verdicts
from importer.run.verdicts.given import row_or_cell as row_or_cell
from importer.run.verdicts.resolving import HeldResults as HeldResults
from importer.run.verdicts.resolving import resolve as resolve
from importer.run.verdicts.resolving import told_too_soon as told_too_soon
