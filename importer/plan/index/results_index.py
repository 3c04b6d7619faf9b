"""Where the results of one user's imports lie: so that those in other folders are looked at, too.

For each results file there is a note in the state folder: where it lies, and what tells without opening it that it
shares no event with an input: the first and the last moment in it, and, of one that is not large, four bytes for each
event. Never a key, never a row. What a note tells of a file is believed while that is as it was when it was read.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.api import one_name, target_name
from importer.disk import state_folder
from importer.plan.index.last_run import are_told, has_its_attempts, is_told
from importer.plan.index.moved_results import moved_to
from importer.plan.index.note import Lost, Note, Wanted, is_there, rows_noted, sketch_of, summary_of
from importer.plan.index.note_files import NoteFiles, by_last_change, cannot_be, remove
from importer.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.journal import Events
    from importer.plan.past import Earlier
    from importer.settings import InputSettings

_MOST_NOTES = 10_000
_NAMED = 3


@dataclass(slots=True)
class ResultsIndex:
    """The notes of the imports into one API.

    Looking changes nothing: what is gone an import says and, when it has ended, notes as said (`settle`). `began` and
    `ended` are the names of the runs that the journals at hand tell of.
    """

    files: NoteFiles
    began: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    _lost: dict[Path, Lost] = field(default_factory=dict)
    _gone: dict[Path, Note] = field(default_factory=dict)
    _damaged: set[Path] = field(default_factory=set)
    _oldest: list[Path] = field(default_factory=list)
    _found: set[Path] = field(default_factory=set)
    _dropped: list[Path] = field(default_factory=list)
    _told_gone: list[Note] = field(default_factory=list)
    _older: Path | None = None
    _is_behind: bool = False
    _noted: Path | None = None
    _unreadable: str | None = None

    @classmethod
    def of(cls, target: str) -> ResultsIndex:
        """The notes of this API, by whichever name."""
        return cls(NoteFiles(state_folder() / "results" / hashlib.sha256(one_name(target).encode()).hexdigest()[:32]))

    @property
    def lost(self) -> dict[Path, Lost]:
        """Results that had rows to post recorded, or may have, and of whose last run no journal at hand tells."""
        untold = (lost for lost in self._lost.values() if not lost.note.is_told_by(self.began, self.ended))
        return {lost.note.results: lost for lost in untold}

    def tell(self, events: Events) -> None:
        """Here is a journal, with the runs that it tells of."""
        self.began |= events.began
        self.ended |= events.ended

    def tell_own(self, results: Path, events: Events, digest: str | None) -> None:
        """Here are the results of this import: the events of their journal, and the digest of RESULTS."""
        self.tell(events)
        own = self.files.read(results)
        told = [own] if own is not None and own.is_told_by_files(events, digest) else []
        self._is_behind = own is not None and not told and is_there(results)
        if events.posting:
            self._older = None if told else results
        else:
            told += self._moved_here(digest)
        runs = {note.run for note in told if note.run is not None}
        self.began |= runs
        self.ended |= runs

    def note(self, results: Path, rows: pl.Series, run: str | None = None) -> bytes | None:
        """Note where these results lie and which `rows` they may record, by content; raises OSError.

        `run` is the name of the run that posts them. What an old note tells holds no more then,
        but for its rows, and the runs that no journal at hand tells of. Returns the old note, for `take_back`.
        """
        path = self.files.path(results)
        with self.files.locked():
            old = path.read_bytes() if path.exists() else None
            noted = sketch_of(rows, self.rows_of(results))
            before = (self.files.read(results) if self._is_behind else None) or Note(results)
            untold = before.untold_by(self.began, self.ended)
            began = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._write_rows(results, noted, {"run": run, "began": began, "open": run is not None, "untold": untold})
        self.began |= {run} if run is not None else set()
        self._noted = results  # with rows of this run itself from now on: whether others are lost was looked at before
        return old

    def close(
        self, results: Path, recorded: pl.Series, rest: pl.Series, run: str | None, written: str, earlier: Earlier
    ) -> None:
        """The results, with this digest, and their journal are `written`, and tell all; raises OSError.

        By this `run`, or, where it is None, by one that has sent nothing. `recorded` are the rows, by their content,
        that may be, and the `rest` those that are known not to be. `earlier` is what the run has found there: of an
        older copy it knows no more, and what is missing there and in the input counts until the results have it.
        """
        note = self.files.read(results)
        is_same = note is not None and note.written == written  # a spreadsheet had saved it, and nothing was lost
        if note is not None and (note.run in {None, run} or is_same or is_told(note, earlier)):
            last, is_open = (note.run, note.is_open) if run is None else (run, False)
            untold = note.untold if note.untold and not are_told(note, recorded, earlier) else []
            self._forget(note, rest.clear() if untold else rest, run=last, open=is_open, written=written, untold=untold)
        self._follow(rest, written, earlier)

    def free(self, results: Path, not_recorded: pl.Series, written: str | None, earlier: Earlier) -> None:
        """A person found out that these rows, by their content, are not recorded; raises OSError.

        RESULTS is `written` anew with it, if it was; `earlier` is what was there. Where that does not tell of the last
        run the row may be recorded since. Where it tells of some rows of that run, it may not tell of the others.
        """
        note = self.files.read(results)
        if note is not None and (written or len(not_recorded)) and (note.run is None or is_told(note, earlier)):
            self._forget(note, not_recorded, written=written)
        elif note is not None and has_its_attempts(note, earlier):
            self._forget(note, not_recorded)
        self._follow(not_recorded, written, earlier)

    def _follow(self, not_recorded: pl.Series, written: str | None, earlier: Earlier) -> None:
        """Note the same of the results that these were, where they were moved here without their journal."""
        if written is not None and not earlier.events.posting:
            for moved in self._moved_here(earlier.known_digest):
                self._forget(moved, not_recorded, written=written)

    def _moved_here(self, digest: str | None) -> Iterator[Note]:
        """The notes of results that are gone, and were written with this digest: those of this digest are theirs."""
        for note in map(Note.read, self.files.paths() if digest is not None else ()):
            if note is not None and note.written == digest and not note.untold and not is_there(note.results):
                yield note

    def _forget(self, note: Note, rows: pl.Series, **changed: Any) -> None:
        facts = note.of_run
        if len(rows) or facts != {**facts, **changed}:
            with self.files.locked():
                known = self.rows_of(note.results)
                left = known.filter(~known.is_in(rows.implode()))
                self._write_rows(note.results, left, {**facts, **changed, "told_gone": note.is_told_gone})

    def _write_rows(self, results: Path, rows: pl.Series, run: dict[str, Any]) -> None:
        facts, content = rows_noted(rows)
        self.files.write(results, {**run, **facts}, content, durable=True)

    def touch(self, results: Path, rows: pl.Series) -> None:
        """Note where these results lie, to which no row is added; raises OSError."""
        path = self.files.path(results)
        if path.exists():
            os.utime(path)
        else:
            self.note(results, rows)

    def take_back(self, results: Path, old: bytes | None) -> None:
        """No row came of those that were noted: the note is as it was."""
        path = self.files.path(results)
        with suppress(OSError), self.files.locked():
            if old is None:
                path.unlink(missing_ok=True)
            else:
                self.files.put(path, old)

    def rows_of(self, results: Path) -> pl.Series:
        """The rows, by their content, that these results have recorded or may have; of many some, of others none."""
        note = self.files.read(results)
        return note.rows() if note is not None else pl.Series(dtype=pl.UInt64)

    def summarise(self, results: Path, fates: pl.DataFrame, stamp: list[Any], events: Events) -> None:
        """Note what `fates`, all that may have been counted there, tell; `stamp` is that of the files then.

        Of files whose journal, with these `events`, does not tell of the last run it is not all.
        """
        with suppress(OSError):
            note = self.files.read(results)
            if note is None or not (note.run is None or note.is_told_by(events.began, events.ended)):
                return
            with self.files.locked():
                facts, content = summary_of(fates, sketch_of(fates["key_a"], self.rows_of(results)))
                self.files.write(results, {**note.of_run, "stamp": stamp, **facts}, content)

    def __bool__(self) -> bool:
        """Whether there is any note."""
        with suppress(OSError):
            return bool(self.files.paths())
        return False

    def near(self, rows: pl.DataFrame) -> set[Path]:
        """The results that may know an event of `rows`, which are to be posted; `lost` tells of those that did."""
        self._lost.clear()
        try:
            paths = self.files.paths()
        except OSError as error:
            self._unreadable = cannot_be("read", error)
            return set()
        if not paths:  # of millions of rows it takes time to find out what they want
            return set()
        wanted = Wanted.of(rows)
        return {results for results, note in self._notes(paths, wanted) if wanted.may_be_in(note)}

    def lost_here(self, results: Path, rows: pl.DataFrame) -> dict[Path, Lost]:
        """`lost` of these results alone, where an older copy of them is there: no other note is looked at."""
        self._lost.clear()
        note = self.files.read(results)
        if note is not None and note.run is not None and not note.is_current and is_there(results):
            self._lose(note, Wanted.of(rows))
        return self.lost

    def _notes(self, paths: list[Path], wanted: Wanted) -> Iterator[tuple[Path, Note]]:
        for path in self._newest(paths):
            note = Note.read(path)
            if note is None and path.exists():
                self._damaged.add(path)
            elif note is None:  # another run has just forgotten it
                continue
            elif is_there(note.results):
                yield note.results, note
                if note.run is not None and not note.is_current:
                    self._lose(note, wanted)  # until its journal tells of that run
            else:
                if not note.is_told_gone:
                    yield from self._moved(note)
                    self._gone[note.results] = note
                self._lose(note, wanted)

    def _lose(self, note: Note, wanted: Wanted) -> None:
        share = wanted.met_by(note, is_older=note.results == self._older)
        if share.rows and note.results != self._noted:
            self._lost[note.results] = Lost(share, note)

    def _newest(self, paths: list[Path]) -> list[Path]:
        if len(paths) > _MOST_NOTES:
            by_age = by_last_change(paths)
            self._oldest, paths = by_age[:-_MOST_NOTES], by_age[-_MOST_NOTES:]
        return paths

    def _moved(self, gone: Note) -> Iterator[tuple[Path, Note]]:
        """Results that may be those that are gone."""
        for results in sorted(moved_to(gone.results)):
            if not self.files.path(results).exists():
                self._found.add(results)
                yield results, Note(results)

    def said(self) -> list[str]:
        """What there is to say of the notes; an import that has said it need not say it again (`settle`)."""
        self._dropped, self._told_gone = [*self._damaged, *self._oldest], [*self._gone.values()]
        said = [self._unreadable] if self._unreadable else []
        if self._oldest:
            said.append(
                f"{len(self._oldest):,} of the oldest notes of where results lie were dropped: name such results with "
                "--already."
            )
        gone = [note.results for note in self._gone.values() if not note.is_told_by(self.began, self.ended)]
        if gone:
            named = ", ".join(safe_text(str(path)) for path in gone[:_NAMED])
            said.append(
                "Results of earlier imports are gone and no longer looked at "
                f"({named}{', …' if len(gone) > _NAMED else ''}): if they were moved, name them with --already."
            )
        if self._damaged:
            said.append(
                f"{len(self._damaged):,} notes in {self.files.folder} of where results lie could not be read and were "
                "dropped: name results in other folders with --already."
            )
        return said

    def settle(self) -> None:
        """After an import has said it: note so of what is gone, whose rows still count, and what was found instead."""
        for results in self._found:
            with suppress(OSError):
                self.touch(results, pl.Series(dtype=pl.UInt64))
        for path in self._dropped:
            remove(path)
        for note in self._told_gone:
            if not is_there(note.results):
                self.files.tell_gone(note)


def index_for(settings: InputSettings) -> ResultsIndex | None:
    """The notes that an import with these settings looks at; each sandbox is an API of its own, and has none."""
    if settings.no_index or settings.sandbox:
        return None
    return ResultsIndex.of(target_name(settings.base_url))
