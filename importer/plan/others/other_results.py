"""What other results files know: those that `--already` names, and those nearby that nobody named.

They may change while an import is under way: another run writes them, or a person is still being asked. So they are
looked at twice, before the question and once more when this run has said, in its own journal, that it begins. Of two
runs that begin at the same moment one at least sees the other then.
"""

from __future__ import annotations

import glob
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from importer.disk import is_locked, real_path
from importer.errors import ImporterError, NotResultsError, OtherTargetError, OverlapError, ResultsError
from importer.journal import is_empty, journal_path, no_fates
from importer.model import Share
from importer.plan.index import stamp_of
from importer.plan.keyed import dealt_elsewhere
from importer.plan.keys import KEYS, with_keys
from importer.plan.matching import beyond
from importer.plan.near import NearOverlap, OtherTimes, changed_rows
from importer.plan.others.copies import without_copies
from importer.plan.others.recorded_elsewhere import Recorded, recorded_in
from importer.results import results_in, results_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.journal import Events, RunStart
    from importer.plan.index import ResultsIndex
    from importer.sources import Source

# A file that was written just now may be written again within the same tick of its clock.
_SETTLED_NS = 2_000_000_000
_STEP_BACK_S = 3.0
_POLL_S = 0.02


@dataclass(slots=True)
class OtherResults:
    """Other results files, as far as an import into `own` has looked at them.

    `inputs` tells the digests of the input files, `contents` its valid rows by their content, `left_out` the keys of
    those that this run leaves out; `named` are the files of `--already`, and `runs` the names of the runs that the
    journal of each tells of; `at_work` those of them and of the ones nearby into which a run imports one of the inputs,
    or rows of it, now; `newer` those nearby of which the input is a newer version, with the changed rows; `near` those
    nearby that know rows nearly like those to post, and `moved` those that know them at other times; `warnings` is what
    there is to say. `zone` is that of the input's dates, `scheme` that of the keys of its rows, `index` tells of
    results in other folders. `copies` of `own` have one of `own_runs`.
    """

    own: Path
    target: str
    shard: str | None
    zone: str
    inputs: Callable[[], set[str]]
    contents: Callable[[], pl.Series]
    left_out: pl.DataFrame
    scheme: str | None = None
    index: ResultsIndex | None = None
    own_runs: frozenset[str] = frozenset()
    copies: set[Path] = field(default_factory=set)
    named: set[Path] = field(default_factory=set)
    runs: dict[str, frozenset[str]] = field(default_factory=dict)
    at_work: set[Path] = field(default_factory=set)
    newer: list[tuple[Path, pl.DataFrame]] = field(default_factory=list)
    near: list[NearOverlap] = field(default_factory=list)
    moved: list[OtherTimes] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _seen: dict[Path, object] = field(default_factory=dict)

    def already(self, patterns: Sequence[str]) -> pl.DataFrame:
        """The fates in the files of `--already` (globs allowed), with the file as `results`; those of copies once.

        Raises:
            ResultsError: one does not exist, cannot be read, or holds the results of another API.
        """
        frames = [with_keys(no_fates()).with_columns(results=pl.lit(None, pl.String), near=False)]
        for pattern in patterns:
            frames += self._of_pattern(pattern)
        return without_copies(pl.concat(frames, how="diagonal"), self.runs)

    def _of_pattern(self, pattern: str) -> Iterator[pl.DataFrame]:
        matches = {real_path(path) for path in _matching(pattern)}
        foreign: dict[Path, str] = {}
        for results in sorted(matches - self.named - {self.own}):
            self._note(results)
            known = self._with_its_run(results, recorded_in(results, self.target, named=True))
            if known.other_api is not None:
                foreign[results] = known.other_api
                continue
            self.tell(known.events)
            self.named.add(results)
            self.runs[str(results)] = frozenset(known.events.began)
            if known.at_work:
                self.at_work.add(results)
            yield pl.concat([known.fates, known.not_recorded], how="diagonal").with_columns(
                results=pl.lit(str(results)), near=False
            )
        self._tell_of_foreign(pattern, foreign, alone=len(foreign) == len(matches))

    def _tell_of_foreign(self, pattern: str, foreign: Mapping[Path, str], *, alone: bool) -> None:
        """Refuse a pattern of which nothing but results of other APIs was found; of some among others warn."""
        if alone:
            results, other_api = next(iter(foreign.items()))
            raise OtherTargetError(
                f"{results} holds the results of an import into {other_api}, not into {self.target}. Name results of "
                "this API with --already; or is --base-url (TRACKLY_BASE_URL) not the one that you mean?"
            )
        if foreign:
            names = ", ".join(f"{results.name} ({other_api})" for results, other_api in foreign.items())
            self.warnings.append(
                f"--already {pattern} also matches results of another API, which count for nothing: {names}."
            )

    def overlaps(self, rows: pl.DataFrame, folders: Iterable[Path], *, begun: bool) -> list[tuple[Path, Share]]:
        """Results files (and journals whose results were never written) in `folders` that hold rows to post.

        With each goes the share of its rows that are about to be posted. Only what is new or changed since the last
        look is read. `rows` are the valid ones of the input, with keys, `event`, `due` and `post`. `begun`: the journal
        of this run says that it has begun, so that others step back, or this run does.

        Raises:
            OverlapError: there is one that nobody can read.
        """
        found: list[tuple[Path, Share]] = []
        noted = self.index.near(rows) if self.index is not None else set()
        for results in sorted((results_in(folders) | self.named | noted) - {self.own}):
            if not self._note(results):
                continue
            stamp = stamp_of(results)
            known = self._read(results)
            if begun and known.at_work and self.own < results:
                known = self._when_it_stepped_back(results)
            self.tell(known.events)
            if known.at_work:
                self.at_work.add(results)
                continue
            if self.own_runs.intersection(known.events.began):
                self.copies.add(results)
            if self.index is not None and self._seen[results] is not None and known.damage is None:
                self.index.summarise(results, known.fates, stamp, known.events)
            if results not in self.named:
                found += self._compare(results, known.fates, rows)
        return found

    def _compare(self, results: Path, known: pl.DataFrame, rows: pl.DataFrame) -> Iterator[tuple[Path, Share]]:
        """The share of the rows to post that these results know; notes what they know nearly, or otherwise."""
        fates = dealt_elsewhere(rows, known, self.scheme)
        if not (again := _met(fates, rows.filter("post"))).is_empty():
            yield results, _share_of(again)
        if (near := NearOverlap.between(results, rows, fates, self.zone, self.scheme)) is not None:
            self.near.append(near)
        left = rows if near is None else near.without(rows)
        if (moved := OtherTimes.between(results, left, fates, self.scheme)) is not None:
            self.moved.append(moved)
        if not (changed := changed_rows(fates, rows, self.left_out)).is_empty():
            self.newer.append((results, changed))

    def tell(self, events: Events) -> None:
        """Here is a journal: results that are gone are those whose runs it does not tell of."""
        if self.index is not None:
            self.index.tell(events)

    def recorded(self) -> Iterator[pl.DataFrame]:
        """What each of them records that could be read, read once more."""
        for results in self._seen:
            with suppress(ImporterError):
                yield recorded_in(results, self.target).fates

    def said(self) -> list[str]:
        """All that there is to say of them, and of where they lie."""
        return [*self.warnings, *(self.index.said() if self.index is not None else ())]

    def _note(self, results: Path) -> bool:
        """Whether a results file or its journal is new or changed; notes how they are now."""
        now = stamp_of(results)
        is_settled = all(time.time_ns() - stamp[-1] > _SETTLED_NS for stamp in now if stamp)
        if self._seen.get(results) == now:
            return False
        self._seen[results] = now if is_settled else None
        return True

    def _read(self, results: Path) -> Recorded:
        try:
            known = self._with_its_run(results, recorded_in(results, self.target))
        except ImporterError as error:
            if isinstance(error, NotResultsError) and is_empty(journal_path(results)):
                return Recorded(with_keys(no_fates()))
            raise OverlapError(
                f"Rows of this input may be recorded in {results} already, and nobody can tell: {error} Nothing was "
                "posted. Put it right or move it away, or post without having looked there with --overlap allow."
            ) from error
        if known.damage is not None:
            text = f"What {results.name} records was taken from it alone, as its journal is damaged: {known.damage}"
            self.warnings.append(text)
        return known

    def _with_its_run(self, results: Path, known: Recorded) -> Recorded:
        """Find out whether a run of the same rows is at work there; of one that ended read all that it did."""
        start = None
        while known.start is not None and known.start != start and self._may_share_rows(results, known.start):
            if is_locked(journal_path(results)):
                return replace(known, at_work=True)
            start, known = known.start, recorded_in(results, self.target)
        return known

    def _may_share_rows(self, results: Path, start: RunStart) -> bool:
        if _are_other_shards(start.shard, self.shard):
            return False
        return bool(self.inputs().intersection(start.digests)) or self._may_be_posting_ours(results)

    def _may_be_posting_ours(self, results: Path) -> bool:
        """Whether a run into these results has noted rows of this input: those of a file with other bytes."""
        posting = self.index.rows_of(results) if self.index is not None else None
        return posting is not None and bool(self.contents().is_in(posting.implode()).any())

    def _when_it_stepped_back(self, results: Path) -> Recorded:
        """Both runs have begun and see each other: that with the greater name steps back, unless it looked before."""
        deadline = time.monotonic() + _STEP_BACK_S
        while (known := self._read(results)).at_work and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return known


def folders_of(sources: Iterable[Source], results: Path | None) -> list[Path]:
    """Where other results are looked for: beside the inputs, and beside RESULTS."""
    folders = [source.path.parent for source in sources if source.path is not None]
    return folders if results is None else [*folders, results.parent]


def _are_other_shards(one: str | None, other: str | None) -> bool:
    """Whether two runs share no row, whatever their input: they are different shards of as many."""
    return bool(one and other) and one != other and str(one).partition("/")[2] == str(other).partition("/")[2]


def _matching(pattern: str) -> list[Path]:
    """The results files that an `--already` names: one, or all that match a pattern; a journal stands for its own."""
    if Path(pattern).is_dir():
        raise ResultsError(f"--already {pattern} is a folder; name the results files in it, such as '*.results.csv'.")
    found = results_named(pattern)
    if not found and glob.has_magic(pattern):
        raise ResultsError(f"--already {pattern} matches no results file (.csv or .parquet), and no journal of one.")
    if not found:
        raise ResultsError(f"--already {pattern} does not exist; name the results file of an earlier import.")
    return found


def _met(fates: pl.DataFrame, to_post: pl.DataFrame) -> pl.DataFrame:
    """The fates whose content is among the rows to post, `to_post`."""
    fates = beyond(fates, to_post)
    # The table to look up in is made of the right side: better of the few than of millions of rows to post.
    met = to_post.select(KEYS).join(fates.select(KEYS).unique(), on=KEYS, how="semi").unique()
    return fates.join(met, on=KEYS, how="semi")


def _share_of(fates: pl.DataFrame) -> Share:
    return sum((Share(1, Decimal(text)) for text in fates["revenue"].to_list()), Share())
