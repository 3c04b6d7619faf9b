"""What other results files know: those that `--already` names, and those nearby that nobody named.

They may change while an import is under way: another run writes them, or a person is still being asked. So they are
looked at twice, before the question and once more when this run has said, in its own journal, that it begins. Of two
runs that begin at the same moment one at least sees the other then.
"""

from __future__ import annotations

import glob
import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.api import same_target
from importer.disk import digest_of, follow_link, real_path
from importer.errors import (
    ImporterError,
    JournalError,
    NotResultsError,
    OtherTargetError,
    OverlapError,
    ResultsError,
)
from importer.journal import History, is_empty, is_held, journal_path, load, no_fates, unended
from importer.model import MAY_COUNT, Share, Status
from importer.plan.corrected import changed_rows
from importer.plan.matching import KEYS, beyond
from importer.plan.merge import NOT_FROM_RESULTS, completed, with_keys
from importer.results import (
    FORMATS,
    begins_like_results,
    check_lines,
    has_vain_id,
    other_targets,
    results_lines,
    results_named,
    results_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# A file that was written just now may be written again within the same tick of its clock.
_SETTLED_NS = 2_000_000_000
_STEP_BACK_S = 3.0
_POLL_S = 0.02
_IN_VAIN = pl.col("status").is_in(["rejected", "failed"]) | (
    (pl.col("status") == "pending") & (pl.col("attempts").fill_null("0").replace("", "0") != "0")
)
_ADVICE = "--already takes the results files of earlier imports."


@dataclass(frozen=True, slots=True)
class Known:
    """What a results file and its journal know together.

    `fates` are the rows that are recorded or in doubt, with keys, `in_vain` those that were sent and not recorded.
    `elsewhere` names another API that all of them went to (then there are no fates), `start` is the event of a run that
    has not ended, `at_work` says that it goes on now. `damage` is why the journal could not be read.
    """

    fates: pl.DataFrame
    in_vain: pl.DataFrame = field(default_factory=lambda: with_keys(no_fates()))
    elsewhere: str | None = None
    start: dict[str, Any] | None = None
    at_work: bool = False
    damage: str | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another results file that may already have counted rows which are about to be posted."""

    path: Path
    share: Share


@dataclass(slots=True)
class Neighbours:
    """Other results files, as far as an import into `own` has looked at them.

    `inputs` tells the digests of the input files; `named` are the files of `--already`; `at_work` those of them and of
    the ones nearby into which a run imports one of the inputs now; `newer` those nearby of which the input is a newer
    version, with the changed rows; `warnings` is what there is to say.
    """

    own: Path
    target: str
    shard: str | None
    inputs: Callable[[], set[str]]
    named: set[Path] = field(default_factory=set)
    at_work: set[Path] = field(default_factory=set)
    newer: list[tuple[Path, pl.DataFrame]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _seen: dict[Path, object] = field(default_factory=dict)

    def already(self, patterns: Sequence[str]) -> pl.DataFrame:
        """The fates in the files of `--already` (globs allowed), with the file as `results`.

        Raises:
            ResultsError: one does not exist, cannot be read, or holds the results of another API.
        """
        frames = [with_keys(no_fates()).with_columns(results=pl.lit(None, pl.String))]
        for pattern in patterns:
            frames += self._of_pattern(pattern)
        return pl.concat(frames)

    def _of_pattern(self, pattern: str) -> Iterator[pl.DataFrame]:
        matches = {real_path(path) for path in _matching(pattern)}
        foreign = {}
        for results in sorted(matches - self.named - {self.own}):
            self._note(results)
            known = self._judged(results, known_of(results, self.target, named=True))
            if known.elsewhere is not None:
                foreign[results] = known.elsewhere
                continue
            self.named.add(results)
            if known.at_work:
                self.at_work.add(results)
            yield pl.concat([known.fates, known.in_vain]).with_columns(results=pl.lit(str(results)))
        if len(foreign) == len(matches):
            results, elsewhere = next(iter(foreign.items()))
            raise OtherTargetError(
                f"{results} holds the results of an import into {elsewhere}, not into {self.target}. Name results of "
                "this API with --already; or is --base-url (TRACKLY_BASE_URL) not the one that you mean?"
            )
        if foreign:
            names = ", ".join(f"{results.name} ({elsewhere})" for results, elsewhere in foreign.items())
            self.warnings.append(
                f"--already {pattern} also matches results of another API, which count for nothing: {names}."
            )

    def overlaps(self, rows: pl.DataFrame, folders: Iterable[Path], *, begun: bool = False) -> list[Overlap]:
        """Results files (and journals whose results were never written) in `folders` that hold rows to post.

        Only what is new or changed since the last look is read. `rows` are the valid ones of the input, with keys,
        `version_facts`, `due` and `post`. `begun`: the journal of this
        run says that it has begun, so that others step back, or this run does.

        Raises:
            OverlapError: there is one that nobody can read.
        """
        found = []
        for results in sorted((_results_files(folders) | self.named) - {self.own}):
            if not self._note(results):
                continue
            known = self._nearby(results)
            if begun and known.at_work and self.own < results:
                known = self._when_it_stepped_back(results)
            if known.at_work:
                self.at_work.add(results)
            elif results not in self.named:
                if not (again := _met(known.fates, rows.filter("post"))).is_empty():
                    found.append(Overlap(results, _share_of(again)))
                if not (changed := changed_rows(known.fates, rows)).is_empty():
                    self.newer.append((results, changed))
        return found

    def _note(self, results: Path) -> bool:
        """Whether a results file or its journal is new or changed; notes how they are now."""
        now = [_stamp(path) for path in (journal_path(results), results)]
        is_settled = all(time.time_ns() - stamp[-1] > _SETTLED_NS for stamp in now if stamp)
        if self._seen.get(results) == now:
            return False
        self._seen[results] = now if is_settled else None
        return True

    def _nearby(self, results: Path) -> Known:
        try:
            known = self._judged(results, known_of(results, self.target))
        except ImporterError as error:
            if isinstance(error, NotResultsError) and is_empty(journal_path(results)):
                return Known(with_keys(no_fates()))
            raise OverlapError(
                f"Rows of this input may be recorded in {results} already, and nobody can tell: {error} Nothing was "
                "posted. Put it right or move it away, or post without having looked there with --overlap allow."
            ) from error
        if known.damage is not None:
            text = f"What {results.name} records was taken from it alone, as its journal is damaged: {known.damage}"
            self.warnings.append(text)
        return known

    def _judged(self, results: Path, known: Known) -> Known:
        """Find out whether a run of one of the same files is at work there; of one that ended read all that it did."""
        start = None
        while known.start is not None and known.start != start and self._may_share_rows(known.start):
            if is_held(journal_path(results)):
                return replace(known, at_work=True)
            start, known = known.start, known_of(results, self.target)
        return known

    def _may_share_rows(self, start: dict[str, Any]) -> bool:
        digests = {fact.get("sha256") for fact in start.get("inputs", [])}
        return not _are_other_shards(start.get("shard"), self.shard) and bool(digests & self.inputs())

    def _when_it_stepped_back(self, results: Path) -> Known:
        """Both runs have begun and see each other: that with the greater name steps back, unless it looked before."""
        deadline = time.monotonic() + _STEP_BACK_S
        while (known := self._nearby(results)).at_work and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        return known


# -- one results file --------------------------------------------------------------------------------------------------


def known_of(results: Path, target: str, *, named: bool = False) -> Known:
    """What a results file and its journal know; what is recorded in either counts as recorded.

    Of a file that was not `named` by the user RESULTS is enough where the journal is damaged, and lines that somebody
    changed count as far as they tell.

    Raises:
        NotResultsError: it is no results file.
        ResultsError: it cannot be read.
    """
    journal, damage = journal_path(results), None
    try:
        history = load(journal)
    except JournalError as error:
        if not is_empty(journal) and (named or not results.exists()):
            raise
        history, damage = History(), None if is_empty(journal) else str(error)  # empty: its run has just stepped back
    if not history.header and not results.exists():
        if named and not journal.exists():  # an empty one is of a run that was killed before it began
            raise ResultsError(f"{results} does not exist; name the results file of an earlier import with --already.")
        return Known(with_keys(no_fates()))
    fates, elsewhere = with_keys(no_fates()), None
    if history.header:
        there = str(history.header.get("target", ""))
        elsewhere = None if same_target(there, target) else there
        fates = fates if elsewhere else with_keys(history.fates())
    lines = _lines_to_add(results, history, named=named)
    if lines is not None:
        others = other_targets(lines, target)
        ours = lines.filter(pl.col("target").is_null() | ~pl.col("target").is_in(others))
        if others and ours.is_empty():
            elsewhere = elsewhere or (None if history.header else others[0])
        fates = completed(fates.with_columns(NOT_FROM_RESULTS), ours).select(fates.columns)
    counting = fates.filter(pl.col("status").is_in(MAY_COUNT))
    start = None if elsewhere else _unended(history)
    elsewhere = elsewhere if counting.is_empty() else None
    return Known(counting, fates.filter(_IN_VAIN), elsewhere, start, damage=damage)


def _lines_to_add(results: Path, history: History, *, named: bool) -> pl.DataFrame | None:
    """The lines of RESULTS, unless the journal knows them all: it wrote them."""
    if history.header:
        written = {event["sha256"] for event in history.events if event.get("event") == "results"}
        try:
            return None if digest_of(results) in written else results_lines(results)
        except (OSError, ImporterError):  # it is not there, or no longer what it was
            return None
    lines = results_lines(results, _ADVICE)
    if named:
        check_lines(lines, results)
    recorded = pl.when(has_vain_id()).then(pl.lit(str(Status.RECORDED))).otherwise("status")
    return lines.with_columns(recorded.alias("status"))


def _unended(history: History) -> dict[str, Any] | None:
    """The start of a run that has not ended, with its shard."""
    start = unended(history.events)
    return {"shard": history.header.get("shard"), **start} if start else None


def _are_other_shards(one: str | None, other: str | None) -> bool:
    """Whether two runs share no row, whatever their input: they are different shards of as many."""
    return bool(one and other) and one != other and str(one).partition("/")[2] == str(other).partition("/")[2]


def _met(fates: pl.DataFrame, to_post: pl.DataFrame) -> pl.DataFrame:
    """The fates whose content is among the rows to post, `to_post`."""
    fates = beyond(fates, to_post)
    # The table to look up in is made of the right side: better of the few than of millions of rows to post.
    met = to_post.select(KEYS).join(fates.select(KEYS).unique(), on=KEYS, how="semi").unique()
    return fates.join(met, on=KEYS, how="semi")


def _share_of(fates: pl.DataFrame) -> Share:
    return sum((Share(1, Decimal(text)) for text in fates["revenue"].to_list()), Share())


# -- which files -------------------------------------------------------------------------------------------------------


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


def _results_files(folders: Iterable[Path]) -> set[Path]:
    found: set[Path] = set()
    for folder in set(map(real_path, folders)):
        try:
            entries = list(folder.iterdir())
        except OSError:
            continue
        for path in entries:
            results = results_of(path)
            if results.suffix.lower() in FORMATS and (results != path or begins_like_results(path)):
                found.add(follow_link(results))
    return found


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What writing to a file changes; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
