"""Other results files, those that `--already` names and those nearby, and what they record of this input.

other_results       all of them; recorded_elsewhere: what one of them knows
copies              which of them are copies of each other, and count once
overlap             what stops a run because of them
"""

from importer.plan.others.copies import beyond_own as beyond_own
from importer.plan.others.other_results import OtherResults as OtherResults
from importer.plan.others.other_results import folders_of as folders_of
from importer.plan.others.overlap import about_older_copy as about_older_copy
from importer.plan.others.overlap import refuse_newer as refuse_newer
from importer.plan.others.overlap import refuse_overlaps as refuse_overlaps
