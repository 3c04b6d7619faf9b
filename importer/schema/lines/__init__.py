"""Lines of a file that are no rows: their money would count twice, or is none.

total_rows    lines that sum up those above; running_sums: by their amounts; totals_above: those that sum up what is
              below; total_labels: ids that say so
strays        headers in the middle, titles, notes; ways_to_leave_out: the option that leaves such a line out
"""

from importer.schema.lines.strays import Stray as Stray
from importer.schema.lines.strays import stray_lines as stray_lines
from importer.schema.lines.strays import with_stray_lines_told as with_stray_lines_told
from importer.schema.lines.total_labels import like_labels as like_labels
from importer.schema.lines.total_labels import may_be_labels as may_be_labels
from importer.schema.lines.total_labels import say_total as say_total
from importer.schema.lines.total_rows import NAME as NAME
from importer.schema.lines.total_rows import NAMED_TOTAL as NAMED_TOTAL
from importer.schema.lines.total_rows import SAYS_SO as SAYS_SO
from importer.schema.lines.total_rows import TOTAL_ROW as TOTAL_ROW
from importer.schema.lines.total_rows import TotalRows as TotalRows
from importer.schema.lines.totals_above import TotalsAbove as TotalsAbove
from importer.schema.lines.totals_above import may_begin_with_a_total as may_begin_with_a_total
