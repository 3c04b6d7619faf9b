"""What becomes of each row, before anything is sent.

check       every row of every file is read and judged; checked: what was found; rereading: as earlier runs read it
keys        how a row is known again
past        what earlier runs of this RESULTS did; merge: one fate where journal and RESULTS differ
others      other results files, named or nearby; recorded: what one of them knows
matching    the content of the input against those fates → which rows to post; duplicates: which are held as equal
decision    all of that together; missing, overlap and corrected: what a person must settle first; totals: its numbers
in_use      which inputs are being imported at this moment, by any run of this user
"""

from importer.plan.check import check_input
from importer.plan.checked import Checked
from importer.plan.decision import Decided, decide
from importer.plan.duplicates import held_as_equal
from importer.plan.in_use import held_inputs
from importer.plan.keys import KEYS, occurrence
from importer.plan.matching import HELD_WHY, NO_PRIOR, Plan, at_places
from importer.plan.past import Earlier, load_earlier, load_for_verdicts, nothing_earlier

__all__ = [
    "HELD_WHY",
    "KEYS",
    "NO_PRIOR",
    "Checked",
    "Decided",
    "Earlier",
    "Plan",
    "at_places",
    "check_input",
    "decide",
    "held_as_equal",
    "held_inputs",
    "load_earlier",
    "load_for_verdicts",
    "nothing_earlier",
    "occurrence",
]
