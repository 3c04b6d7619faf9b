"""Results against an export of the vendor's records: doubt settled by proof, and the rest audited.

`reconcile` is the whole of it. By rows where the export has message ids, by totals where it has none. A wrong "not
recorded" would count money twice for ever, so what is not proven stays open.

reconcile_results  from the names of files to what came of it
sent               our side: what RESULTS and their journals say
export             the vendor's side; columns: which are read; mark: which lines came by the API
scope              the rows of ours that an export is about
scale              the form of the export that rows of ours are brought to
classes            rows and lines of equal content; leftovers: what neither side explains
rule               what a class says of its rows in doubt; guards: what must hold for it; window: when a line was stored
evidence           the lines that speak for a row
comparison         one comparison by rows; totals: one by totals
refusals           exports that cannot be compared
outcome            rows and money of every kind
drafting           the CSV for `resolve --from`; files: what may be written over; applying: verdicts in the journals
words              what every format says; steps: what comes next
terminal           lines for a terminal; section: a part of the report
"""

from importer.reconciling.outcome import Reconciliation as Reconciliation
from importer.reconciling.outcome import fields_of as fields_of
from importer.reconciling.reconcile_results import reconcile as reconcile
from importer.reconciling.terminal import reconciliation_lines as reconciliation_lines
