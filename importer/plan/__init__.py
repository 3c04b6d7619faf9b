"""What becomes of each row, before anything is sent.

check       every row of every file is read and judged; rereading: as the runs before may have read it
past        what earlier runs of this RESULTS did; merge: one fate where journal and RESULTS differ
others      what other results files know, named or nearby; corrected: whether they record an older export
matching    the content of the input against those fates → which rows to post; duplicates: which are held
decision    what must be settled by a person first
in_use      which inputs are being imported at this moment, by any run of this user
"""

from importer.plan.check import Check, Checked
from importer.plan.decision import Decided, decide, kept_of, planned, revenue_of
from importer.plan.duplicates import held_as_equal
from importer.plan.in_use import held_inputs
from importer.plan.matching import HELD_WHY, KEYS, NO_PRIOR, Plan, at_places, is_open_question, occurrence
from importer.plan.merge import NOT_FROM_RESULTS, with_keys
from importer.plan.past import Earlier, load_earlier, nothing_earlier
from importer.plan.rereading import Rereader

__all__ = [
    "HELD_WHY",
    "KEYS",
    "NOT_FROM_RESULTS",
    "NO_PRIOR",
    "Check",
    "Checked",
    "Decided",
    "Earlier",
    "Plan",
    "Rereader",
    "at_places",
    "decide",
    "held_as_equal",
    "held_inputs",
    "is_open_question",
    "kept_of",
    "load_earlier",
    "nothing_earlier",
    "occurrence",
    "planned",
    "revenue_of",
    "with_keys",
]
