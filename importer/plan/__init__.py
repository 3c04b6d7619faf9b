"""What becomes of each row, before anything is sent.

check           every row of every file is read and judged; checked: what was found; rereading: as earlier runs read it
batches         the batches of a file as the check reads them; input_rules: what the options mean for files
carried_cells   cells that no rule reads, and that go with their row
control_totals  the totals that a person says an input has; notices: what is said of a file beside its rows
keys            how a row is known again; keyed: where a key of the user's tells rows apart; offer_spelling: offers
                that differ only as formats do; message_numbers: ids that a spreadsheet took for numbers
past            what earlier runs of this RESULTS did; merge: one fate where journal and RESULTS differ;
                known_verdicts: verdicts in a changed RESULTS that its journal knows
fates           the fates of earlier runs: a short line of each in memory, their texts on disk
matching        the content of the input against those fates → which rows to post, and which are held
decision        all of that together; missing: what a person must settle first; totals: its numbers, and the rows held
                as equal

near/           rows that are nearly what is recorded: one event in two spellings, or a corrected one
others/         other results files, named or nearby, and what they record of this input
index/          where the results of this user lie, in whatever folder, and who imports what at this moment
approval/       what a person approves, as one digest, and what changed since
"""

from importer.plan.approval import PlanParts as PlanParts
from importer.plan.approval import keep_plan as keep_plan
from importer.plan.approval import refused as refused
from importer.plan.approval import whole_of as whole_of
from importer.plan.check import check_input as check_input
from importer.plan.checked import Checked as Checked
from importer.plan.decision import Decided as Decided
from importer.plan.decision import decide as decide
from importer.plan.fates import NO_PRIOR as NO_PRIOR
from importer.plan.fates import Fates as Fates
from importer.plan.index import ResultsIndex as ResultsIndex
from importer.plan.index import cannot_be as cannot_be
from importer.plan.index import held_for as held_for
from importer.plan.index import held_inputs as held_inputs
from importer.plan.keys import KEYS as KEYS
from importer.plan.keys import occurrence as occurrence
from importer.plan.keys import spelt as spelt
from importer.plan.matching import HELD_WHY as HELD_WHY
from importer.plan.matching import Plan as Plan
from importer.plan.past import Earlier as Earlier
from importer.plan.past import load_earlier as load_earlier
from importer.plan.past import load_for_verdicts as load_for_verdicts
from importer.plan.past import nothing_earlier as nothing_earlier
from importer.plan.totals import held_as_equal as held_as_equal
