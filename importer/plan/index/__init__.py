"""What the runs of one user know of each other: where results lie, in whatever folder, and who imports what now.

results_index  the index, in the user's state folder; note: one of its notes; note_files: their files;
               last_run: what is known of the run that a note names
moved_results  where results may be that are gone
in_use         which inputs are being imported at this moment
"""

from importer.plan.index.in_use import at_work as at_work
from importer.plan.index.in_use import held_inputs as held_inputs
from importer.plan.index.last_run import held_for as held_for
from importer.plan.index.note import Lost as Lost
from importer.plan.index.note import hash_in_use as hash_in_use
from importer.plan.index.note import is_there as is_there
from importer.plan.index.note import stamp_of as stamp_of
from importer.plan.index.note_files import cannot_be as cannot_be
from importer.plan.index.results_index import ResultsIndex as ResultsIndex
from importer.plan.index.results_index import index_for as index_for
