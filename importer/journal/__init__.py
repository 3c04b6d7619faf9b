"""The write-ahead journal beside RESULTS: an append-only, checksummed text file that survives `kill -9` and power loss.

The file is a sequence of chunks. A chunk is lines that were made durable together, ended by a commit line:

    H<TAB>{…}            the header, once: format, target, shard
    E<TAB>{…}            an event: a run began or ended, results were written, a person gave a verdict
    R<TAB>…              a row with its fate (the compacted form: one line a row)
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
    rows        the columns of R, I and D
    doubt       since when a row is in doubt, and the sentence that says so
    history     a journal, read
    replay      what intents and outcomes make of each row

A journal is its longest valid prefix. A tail can be torn only within the last chunk (each chunk is synced before the
next is written), so damage before it is reported and never skipped. Of a torn last chunk the whole lines up to the
first broken one still count: an intent in it makes its row doubtful rather than new.
"""

from importer.journal.appending import Appender
from importer.journal.commit import GroupCommit
from importer.journal.compacting import Compaction
from importer.journal.doubt import doubt_sentence, read_doubt_sentence, with_doubt_since
from importer.journal.event_list import Events
from importer.journal.events import ControlTotals, Event, ResultsWritten, RunEnd, RunStart, VerdictGiven
from importer.journal.file import SUFFIX, Journal, is_held, journal_path
from importer.journal.history import Facts, History, load, load_in_parts
from importer.journal.lines import Header
from importer.journal.reading import Tail, is_empty
from importer.journal.replay import LiveRows
from importer.journal.rows import STRENGTH, doubts, intent_facts, intent_line, no_fates, outcome_line

__all__ = [
    "STRENGTH",
    "SUFFIX",
    "Appender",
    "Compaction",
    "ControlTotals",
    "Event",
    "Events",
    "Facts",
    "GroupCommit",
    "Header",
    "History",
    "Journal",
    "LiveRows",
    "ResultsWritten",
    "RunEnd",
    "RunStart",
    "Tail",
    "VerdictGiven",
    "doubt_sentence",
    "doubts",
    "intent_facts",
    "intent_line",
    "is_empty",
    "is_held",
    "journal_path",
    "load",
    "load_in_parts",
    "no_fates",
    "outcome_line",
    "read_doubt_sentence",
    "with_doubt_since",
]
