"""One note of the index of results, and whether the results that it tells of may know an event of an input."""

from __future__ import annotations

import json
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.journal import is_empty, journal_path
from importer.model import Share
from importer.plan.keyed import content_of
from importer.plan.keys import event, moment
from importer.schema import exact_sum

if TYPE_CHECKING:
    from collections.abc import Collection

    from importer.journal import Events

_MOST_EVENTS = 50_000
_MOST_ROWS = 1 << 14
"""Of more rows the ones with the smallest hashes are kept: of two inputs that share many rows, they share some."""
_APART = timedelta(days=3)
"""So far apart that no zone and no date for a time can bring two moments together."""
_HEAD = 1 << 13


@dataclass(frozen=True, slots=True)
class Note:
    """One note; without `facts` nothing is known of what is in the results."""

    results: Path
    facts: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None
    line: bytes = b""

    @classmethod
    def read(cls, path: Path) -> Note | None:
        """The note in this file; None where it is none."""
        try:
            with path.open("rb") as file:
                line = file.read(_HEAD).partition(b"\n")[0]
            facts = json.loads(line)
            return cls(Path(facts["results"]), facts, path, line + b"\n")
        except (OSError, ValueError, TypeError, KeyError):
            return None

    @property
    def run(self) -> str | None:
        """The name of the last run that posted into these results."""
        run = self.facts.get("run")
        return run if isinstance(run, str) else None

    @property
    def of_run(self) -> dict[str, Any]:
        """What it says of that run, and of the results as it wrote them."""
        began = self.facts.get("began")
        return {"run": self.run, "began": began, "open": self.is_open, "written": self.written, "untold": self.untold}

    @property
    def began(self) -> datetime | None:
        """When that run began, before its first row was sent; None where it was not noted."""
        with suppress(ValueError, TypeError, KeyError):
            return datetime.fromisoformat(self.facts["began"])
        return None

    @property
    def is_open(self) -> bool:
        """Whether that run has not written the results yet: it posts, or was killed."""
        return bool(self.facts.get("open"))

    @property
    def untold(self) -> list[str]:
        """Earlier runs of which the files told nothing when the last one began: they were an older copy then."""
        return [run for run in self.facts.get("untold") or () if isinstance(run, str)]

    def untold_by(self, began: Collection[str], ended: Collection[str]) -> list[str]:
        """The runs of which a journal with these does not tell what they did: of one that ended it has the end, too."""
        last = [] if self.run is None or self.run in (began if self.is_open else ended) else [self.run]
        return [*(run for run in self.untold if run not in ended), *last]

    def is_told_by(self, began: Collection[str], ended: Collection[str]) -> bool:
        """Whether there was a run, and a journal with these tells of all.

        A journal that does not is an older copy, or another run's; and so is one that goes on from an older copy.
        """
        return self.run is not None and not self.untold_by(began, ended)

    def is_told_by_files(self, events: Events, digest: str | None) -> bool:
        """Whether a journal with these events does, or, where it tells of no run that posted, RESULTS as it was.

        `digest` is that of RESULTS.
        """
        if events.posting:
            return self.is_told_by(events.began, events.ended)
        return digest is not None and self.written == digest and not self.untold

    @property
    def written(self) -> str | None:
        """The digest of RESULTS as it was written last, since that run began."""
        digest = self.facts.get("written")
        return digest if isinstance(digest, str) else None

    @property
    def is_told_gone(self) -> bool:
        """Whether an import has said that these results are gone: they are not looked for again."""
        return bool(self.facts.get("told_gone"))

    @property
    def is_current(self) -> bool:
        """Whether the files are as they were when they were summarised."""
        return bool(self.facts.get("stamp")) and self.facts["stamp"] == stamp_of(self.results)

    def events(self) -> pl.Series | None:
        """The events in the results, four bytes each; None where they are not known."""
        packed = self._packed() if self.facts.get("events") is not None else None
        return None if packed is None else pl.Series(array("I", packed[0]), dtype=pl.UInt32)

    @property
    def _sketched(self) -> int:
        return int(self.facts.get("rows") or 0)

    @property
    def has_only_some(self) -> bool:
        """Whether it keeps some of the rows alone."""
        return self._sketched >= _MOST_ROWS

    def rows(self) -> pl.Series:
        """The rows that these results have recorded or may have: eight bytes each, of many only some."""
        packed = self._packed()
        return pl.Series(array("Q", packed[1] if packed else b""), dtype=pl.UInt64)

    def _packed(self) -> tuple[bytes, bytes] | None:
        """The events and the rows, which stand behind the facts; None where they cannot be read, or are not as said."""
        if self.path is None or self.facts.get("hash") != hash_in_use():
            return None
        with suppress(OSError, ValueError, TypeError):
            content = self.path.read_bytes()
            end = len(self.line) + 4 * int(self.facts.get("events") or 0)
            if content.startswith(self.line) and len(content) == end + 8 * self._sketched:
                return content[len(self.line) : end], content[end:]
        return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What results must have to know one of the rows to post; `counted` are, by their content, those known already."""

    events: pl.Series
    first: datetime | None
    last: datetime | None
    without_moment: bool
    rows: pl.DataFrame
    counted: pl.Series

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Wanted:
        """What the rows of `rows` that are due have; `moment` is missing where a check had nothing to compare."""
        due = rows.filter("due")
        counted = content_of(rows.filter(~pl.col("due") & ~pl.col("new")))["key_a"]
        events = short(due["event"]).unique()
        if "moment" not in due.columns:
            return cls(events, None, None, without_moment=True, rows=due, counted=counted)
        moments = due["moment"]
        first, last = moments.min(), moments.max()
        return cls(
            events,
            first if isinstance(first, datetime) else None,
            last if isinstance(last, datetime) else None,
            without_moment=moments.null_count() > 0,
            rows=due,
            counted=counted,
        )

    def met_by(self, note: Note, *, is_older: bool) -> Share:
        """Those to post that the results have recorded or may have, as far as the note tells.

        Of a run that wrote its results these are not equal to a row that is known: one of two may be wanted only now.
        Of an older copy of them (`is_older`) nobody knows which of two the run has posted since.
        """
        known = note.rows()
        if known.is_empty():
            return Share()
        content = content_of(self.rows)["key_a"]
        met = content.is_in(known.implode())
        if not (note.is_open or is_older):
            met &= ~content.is_in(self.counted.implode())
        return Share(int(met.sum()), exact_sum(self.rows["amount"].filter(met)))

    def may_be_in(self, note: Note) -> bool:
        """Whether the results must be opened."""
        if not note.is_current:
            return True
        if not self.without_moment and not note.facts.get("without_moment", 1) and self._are_apart(note.facts):
            return False
        events = note.events()
        return events is None or bool(self.events.is_in(events.implode()).any())

    def _are_apart(self, facts: dict[str, Any]) -> bool:
        with suppress(ValueError, TypeError):
            first, last = (datetime.fromisoformat(facts[name]) for name in ("first", "last"))
            return bool(self.first and self.last and (self.last + _APART < first or last + _APART < self.first))
        return False


def stamp_of(results: Path) -> list[Any]:
    """What writing to the results or their journal changes."""
    return [_stamp(path) for path in (journal_path(results), results)]


def is_there(results: Path) -> bool:
    """Whether there are results, or a journal that says anything."""
    with suppress(ValueError):  # of no path at all
        return results.exists() or not is_empty(journal_path(results))
    return False


def _stamp(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]


def short(events: pl.Series) -> pl.Series:
    """Events as four bytes each: two may be one then, which costs no more than to open results in vain."""
    return (events % (1 << 32)).cast(pl.UInt32)


@cache
def hash_in_use() -> str:
    """Tells apart versions of polars, and processors, that make other numbers of the same event."""
    probe = pl.DataFrame({"message_id": ["a1b2c3d4", "00012345"], "attribution_type": ["sale", "sale"]})
    return "-".join(map(str, probe.select(event()).to_series()))


def sketch_of(*keys: pl.Series) -> pl.Series:
    """Of rows by the `key_a` of their content (a note knows no `--key`) those to keep: all, or of many the smallest."""
    rows = pl.concat(keys).unique()
    return rows.bottom_k(_MOST_ROWS) if len(rows) > _MOST_ROWS else rows


@dataclass(frozen=True, slots=True)
class Lost:
    """What a run that no journal tells of knew of rows to post, as far as the `note` of its results tells."""

    share: Share
    note: Note


def first_line(facts: dict[str, Any]) -> bytes:
    """The line that a note begins with, as `Note.read` reads it."""
    return json.dumps(facts).encode() + b"\n"


def rows_noted(sketch: pl.Series) -> tuple[dict[str, Any], bytes]:
    """The facts of a note that knows these rows alone, and its bytes."""
    return {"rows": len(sketch), "hash": hash_in_use()}, array("Q", sketch.to_list()).tobytes()


def summary_of(fates: pl.DataFrame, sketch: pl.Series) -> tuple[dict[str, Any], bytes]:
    """What tells of results, without opening them, whether they may know an event: its facts, and the events.

    `sketch` are the rows, as `sketch_of` gives them.
    """
    rows = fates.select(event(), moment())
    known = rows["event"].unique()
    events = short(known).to_list() if len(known) <= _MOST_EVENTS else None
    facts = {
        "first": _text(rows["moment"].min()),
        "last": _text(rows["moment"].max()),
        "without_moment": rows["moment"].null_count(),
        "events": None if events is None else len(events),
    }
    of_rows, content = rows_noted(sketch)
    return {**facts, **of_rows}, array("I", events or ()).tobytes() + content


def _text(when: object) -> str | None:
    return when.astimezone(UTC).isoformat() if isinstance(when, datetime) else None
