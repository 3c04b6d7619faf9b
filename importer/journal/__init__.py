"""The write-ahead journal beside RESULTS: an append-only, checksummed text file that survives `kill -9` and power loss.

The file is a sequence of chunks. A chunk is lines that were made durable together, ended by a commit line:

    H<TAB>{…}            the header, once: format, target, shard
    E<TAB>{…}            an event: a run began or ended, results were written, a person gave a verdict
    R<TAB>…              a row with its fate (the compacted form: one line a row)
    K<TAB>…              the key of an R line, where there was `--key`
    Z<TAB>rows           the end of the compacted part; what follows was appended by a run under way
    I<TAB>…              the intent to send a row: on disk before the first byte leaves
    D<TAB>…              the outcome of an attempt: on disk before its slot takes another row
    #digest              the commit: BLAKE2b of the commit before it and of the chunk's bytes

Lines are tab-separated; tabs, line ends and backslashes in values are escaped.

What makes them durable:

    lines       their form, and the checksum of a chunk
    reading     the longest valid prefix, and what a torn tail still says
    appending   durable appends with room kept for outcomes
    commit      many tasks, one write and one sync
    compacting  the compacted form, written whole beside the old file
    file        the lock, and the replacement by a compacted file

What they mean:

    events      runs, results and verdicts as records; event_list: what is asked of all of them
    approval    who approved the plan of a run
    verdict_lines  verdicts as lines, of which there may be millions
    rows        the columns of R, K, I and D
    doubt       since when a row is in doubt, and the sentence that says so
    history     a journal, read
    replay      what intents and outcomes make of each row

A journal is its longest valid prefix. A tail can be torn only within the last chunk (each chunk is synced before the
next is written), so damage before it is reported and never skipped. Of a torn last chunk the whole lines up to the
first broken one still count: an intent in it makes its row doubtful rather than new.
"""

from importer.journal.appending import Appender as Appender
from importer.journal.approval import APPROVAL as APPROVAL
from importer.journal.approval import Approval as Approval
from importer.journal.commit import GroupCommit as GroupCommit
from importer.journal.compacting import Compaction as Compaction
from importer.journal.doubt import doubt_sentence as doubt_sentence
from importer.journal.doubt import read_doubt_sentence as read_doubt_sentence
from importer.journal.doubt import with_doubt_since as with_doubt_since
from importer.journal.event_list import Events as Events
from importer.journal.event_list import with_a_run_in_common as with_a_run_in_common
from importer.journal.events import ControlTotals as ControlTotals
from importer.journal.events import Event as Event
from importer.journal.events import ResultsWritten as ResultsWritten
from importer.journal.events import RunEnd as RunEnd
from importer.journal.events import RunStart as RunStart
from importer.journal.events import StateChanged as StateChanged
from importer.journal.events import VerdictGiven as VerdictGiven
from importer.journal.events import event_line as event_line
from importer.journal.file import SUFFIX as SUFFIX
from importer.journal.file import Journal as Journal
from importer.journal.file import journal_path as journal_path
from importer.journal.history import Facts as Facts
from importer.journal.history import History as History
from importer.journal.history import RowsTaker as RowsTaker
from importer.journal.history import load as load
from importer.journal.history import load_by_parts as load_by_parts
from importer.journal.history import load_folded as load_folded
from importer.journal.history import load_in_parts as load_in_parts
from importer.journal.lines import Header as Header
from importer.journal.reading import Tail as Tail
from importer.journal.reading import is_empty as is_empty
from importer.journal.replay import LiveRows as LiveRows
from importer.journal.replay import is_in_flight as is_in_flight
from importer.journal.rows import STRENGTH as STRENGTH
from importer.journal.rows import doubts as doubts
from importer.journal.rows import fate_columns as fate_columns
from importer.journal.rows import intent_facts as intent_facts
from importer.journal.rows import intent_line as intent_line
from importer.journal.rows import no_fates as no_fates
from importer.journal.rows import outcome_line as outcome_line
from importer.journal.verdict_lines import VerdictLines as VerdictLines
