"""What becomes of each row, before anything is sent.

check           every row of every file is read and judged; checked: what was found; rereading: as earlier runs read it
batches         the batches of a file as the check reads them; input_rules: what the options mean for files
carried_cells   cells that no rule reads, and that go with their row
control_totals  the totals that a person says an input has; notices: what is said of a file beside its rows
keys            how a row is known again; keyed: where a key of the user's tells rows apart; offer_spelling: offers
                that differ only as formats do; message_numbers: ids that a spreadsheet took for numbers
past            what earlier runs of this RESULTS did; merge: one fate where journal and RESULTS differ;
                known_verdicts: what RESULTS says of verdicts that the journal has
fates           the fates of earlier runs: a short line of each in memory, their texts on disk
other_results   other results files, named or nearby; recorded_elsewhere: what one of them knows; copies: which of them
                are copies of each other
near_twins      rows that are one event in two spellings; shifts: whether their times are shifted;
                near_fates: which fates hold rows for that;
                near_overlaps: of which other results know so many that it stops a run
renamed         rows that are recorded with another spelling of their message id, or another offer
restated        rows that are recorded with another amount, or as another type; related_amounts: whether a whole
                file's amounts were stated anew together
newer_version   whether rows were corrected since they were sent; other_times: whether they come again at other times
matching        the content of the input against those fates → which rows to post, and which are held
decision        all of that together; missing and overlap: what a person must settle first; totals: its numbers,
                and the rows held as equal
approval        what a person approves, as one digest; kept_plans: the last ones, as they were
plan_changes    what changed since, in words; plan_rows_changed: of the rows
results_index   where the results of this user lie, in whatever folder; index_note: one of its notes; note_files: the
                files of these; moved_results: where those may be that are gone; last_run: whether the files at hand
                tell of the last run that posted into them
in_use          which inputs are being imported at this moment, by any run of this user
"""

from importer.plan.approval import PlanParts as PlanParts
from importer.plan.approval import whole_of as whole_of
from importer.plan.check import check_input as check_input
from importer.plan.checked import Checked as Checked
from importer.plan.decision import Decided as Decided
from importer.plan.decision import decide as decide
from importer.plan.fates import NO_PRIOR as NO_PRIOR
from importer.plan.fates import Fates as Fates
from importer.plan.in_use import held_inputs as held_inputs
from importer.plan.kept_plans import keep_plan as keep_plan
from importer.plan.keys import KEYS as KEYS
from importer.plan.keys import occurrence as occurrence
from importer.plan.keys import spelt as spelt
from importer.plan.last_run import held_for as held_for
from importer.plan.matching import HELD_WHY as HELD_WHY
from importer.plan.matching import Plan as Plan
from importer.plan.note_files import cannot_be as cannot_be
from importer.plan.past import Earlier as Earlier
from importer.plan.past import load_earlier as load_earlier
from importer.plan.past import load_for_verdicts as load_for_verdicts
from importer.plan.past import nothing_earlier as nothing_earlier
from importer.plan.plan_changes import refused as refused
from importer.plan.results_index import ResultsIndex as ResultsIndex
from importer.plan.totals import held_as_equal as held_as_equal
