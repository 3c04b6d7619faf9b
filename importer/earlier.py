"""What is known before a run: this RESULTS and its journal, the files of `--already`, and other results nearby."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl

from importer.errors import ImporterError, ResultsError
from importer.history import FATE, STRENGTH, History, load, no_fates
from importer.journal import SUFFIX, Tail, is_empty, journal_path
from importer.plan import KEYS, occurrence
from importer.records import Share, Status
from importer.results import COLUMNS, FORMATS, as_written, digest_of, is_results_header
from importer.schema import identity
from importer.sources import open_inputs
from importer.target import same_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAY_COUNT = ["recorded", "in_doubt"]
_MOST_FOOTER = 64 << 20
NOT_FROM_RESULTS = (pl.lit(value=False).alias("from_results"), pl.lit(value=False).alias("only_in_results"))
_UTC = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"


@dataclass(slots=True)
class Earlier:
    """The fates of this RESULTS' earlier runs.

    `fates` has the columns of `FATE`, the keys, `from_results` (a changed RESULTS told it, not the journal beside it)
    and `only_in_results` (and looks like another version of a row in the journal); `in_order` says that the journal's
    compacted part is exactly these fates, so that a run can append to it as it is. `known_digest` is that of RESULTS
    if it may be replaced: it is as it was written, or all of it was taken over; `current` says that nothing has
    happened since. `lines` are the places that have a line in a RESULTS without journal, `written` the newest time.
    """

    fates: pl.DataFrame
    header: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    tail: Tail = Tail()
    has_journal: bool = False
    has_results: bool = False
    edited: bool = False
    current: bool = False
    known_digest: str | None = None
    in_order: bool = False
    interrupted: int = 0
    lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"source": pl.String, "row": pl.UInt32}))
    written: str | None = None

    @property
    def exists(self) -> bool:
        """Whether there was an earlier run."""
        return self.has_journal or self.has_results

    def is_of_another_input(self, missing: pl.DataFrame) -> bool:
        """Whether all that the journal records (or RESULTS, without one) is among the fates that are `missing`."""
        own = self.fates.filter(pl.col("status").is_in(_MAY_COUNT) & ~pl.col("from_results")).height
        return 0 < own == missing.filter(~pl.col("from_results")).height

    def drop_strays(self, missing: pl.DataFrame) -> bool:
        """Forget lines of a changed RESULTS that no row of the input took; returns whether there were any.

        They are other versions of rows that the journal knows, so nothing is forgotten that was recorded.
        `missing` are the fates without a row, with their place as `prior`.
        """
        strays = missing.filter("only_in_results")["prior"]
        if strays.is_empty():
            return False
        places = self.fates.with_row_index("prior")
        self.fates = places.filter(~pl.col("prior").is_in(strays.implode())).drop("prior")
        return True


def with_keys(fates: pl.DataFrame) -> pl.DataFrame:
    """Add the in-memory identity of each row."""
    key_a, key_b = identity()
    return fates.with_columns(key_a.alias("key_a"), key_b.alias("key_b"))


def nothing_earlier() -> Earlier:
    """No results, no journal."""
    return Earlier(with_keys(no_fates()).with_columns(NOT_FROM_RESULTS))


def load_earlier(results: Path, *, target: str, shard: str | None) -> Earlier:
    """Read RESULTS and its journal; what is recorded in either counts as recorded.

    Raises:
        ResultsError: they belong to something else, or cannot be understood.
    """
    path = journal_path(results)
    history = load(path)
    has_journal = not is_empty(path)
    if has_journal:
        _check_header(history.header, path, target, shard)
    fates = with_keys(history.fates()).with_columns(NOT_FROM_RESULTS)
    earlier = Earlier(
        fates=fates,
        header=history.header,
        events=history.events,
        tail=history.tail,
        has_journal=has_journal,
        has_results=results.exists(),
        in_order=has_journal and history.live.is_empty() and not history.tail.torn,
        interrupted=_interrupted(history),
    )
    if not earlier.has_results:
        return earlier
    if has_journal:
        _take_changed_results(earlier, results, target)
    else:
        _take_results_alone(earlier, results, target)
    return earlier


def _interrupted(history: History) -> int:
    return history.live.filter(pl.col("error_code") == "interrupted").height


def _check_header(header: dict[str, Any], path: Path, target: str, shard: str | None) -> None:
    if not same_target(header.get("target", ""), target):
        raise ResultsError(
            f"{path} belongs to an import into {header.get('target')}, not into {target}. Choose another --results."
        )
    if header.get("shard", shard) != shard:  # one that was made from RESULTS alone does not say
        raise ResultsError(
            f"{path} belongs to shard {header.get('shard') or 'none'}, not to {shard or 'the whole input'}. "
            "Choose another --results, or give the same --shard."
        )


def _take_changed_results(earlier: Earlier, results: Path, target: str) -> None:
    """RESULTS beside its journal: if a person or a program changed it, it may still add what is recorded."""
    digests = [event["sha256"] for event in earlier.events if event.get("event") == "results"]
    digest = _digest(results)
    if digest in digests:
        earlier.known_digest, earlier.current = digest, earlier.events[-1].get("sha256") == digest
        return
    earlier.edited = True
    try:
        frame = read_results(results)
    except ImporterError:
        return
    frame = _lines_of(target, frame, results)
    strong = _once(with_keys(frame.filter(pl.col("status").is_in([*_MAY_COUNT, "rejected"])).select(FATE)))
    merged = _stronger(earlier.fates, strong)
    if not merged.equals(earlier.fates):
        earlier.fates, earlier.in_order = merged, False


def _take_results_alone(earlier: Earlier, results: Path, target: str) -> None:
    earlier.known_digest = _digest(results)
    frame = _results_lines(results)
    _check_target(frame, results, target)
    _check_lines(frame, results)
    usable = frame.filter(pl.col("status").is_in([str(status) for status in STRENGTH]))
    sent = usable.filter((pl.col("status") != "pending") | (pl.col("attempts").fill_null("0") != "0"))
    earlier.fates = _once(with_keys(sent.select(FATE))).with_columns(NOT_FROM_RESULTS)
    earlier.lines = frame.select("source", pl.col("row").cast(pl.UInt32, strict=False))
    earlier.written = frame.filter(pl.col("finished_at").str.contains(_UTC))["finished_at"].max()  # type: ignore[assignment]


def _digest(results: Path) -> str:
    try:
        return digest_of(results)
    except OSError as error:
        raise ResultsError(f"{results} cannot be read: {error.strerror}.") from error


def _check_target(frame: pl.DataFrame, results: Path, target: str) -> None:
    for other in frame["target"].unique().drop_nulls():
        if not same_target(other, target):
            raise ResultsError(
                f"{results} holds the results of an import into {other}, not into {target}. Choose another --results."
            )


def _check_lines(frame: pl.DataFrame, results: Path) -> None:
    """Without its journal RESULTS is all there is to know: lines that cannot be as they were written are refused."""
    sent = pl.col("status").is_in(_MAY_COUNT)
    faults = {
        "has the wrong number of cells": pl.col("ragged"),
        "has no status that was written so": ~pl.col("status").is_in([str(s) for s in Status]).fill_null(value=False),
        "has a revenue_id, and a status that has none": ~sent & pl.col("revenue_id").is_not_null(),
    }
    for fault, is_faulty in faults.items():
        faulty = frame.filter(is_faulty)
        if not faulty.is_empty():
            raise ResultsError(
                f"{results}, line {faulty['line'][0]}: the line {fault}. It was changed or cut, and what was sent can "
                "no longer be told. Nothing was posted; put back the file as it was written, or its journal."
            )


def _lines_of(target: str, frame: pl.DataFrame, results: Path) -> pl.DataFrame:
    """The lines of a changed RESULTS that may be about `target`: those whose target was lost or cut among them."""
    others = [
        other
        for other in frame["target"].unique().drop_nulls().to_list()
        if not same_target(other, target) and not target.startswith(other)
    ]
    if others:
        frame = frame.filter(pl.col("target").is_null() | ~pl.col("target").is_in(others))
        if frame.is_empty():
            raise ResultsError(
                f"{results} holds the results of an import into {others[0]}, not into {target}. It is left untouched; "
                "move it away, or choose another --results."
            )
    return frame


def _rank() -> pl.Expr:
    return pl.col("status").replace_strict(
        {str(status): rank for status, rank in STRENGTH.items()}, default=9, return_dtype=pl.UInt8
    )


def _once(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that stand in RESULTS twice count once, with the stronger of their fates."""
    lines = lines.with_row_index("place").sort(_rank(), maintain_order=True)
    at_a_place = pl.col("row").is_not_null()
    with_an_id = ~at_a_place & pl.col("revenue_id").is_not_null()
    parts = [
        lines.filter(at_a_place).unique(["source", "row", *KEYS], keep="first"),
        lines.filter(with_an_id).unique(["revenue_id", *KEYS], keep="first"),
        lines.filter(~at_a_place & ~with_an_id),
    ]
    return pl.concat(parts).sort("place").drop("place")


def _stronger(journal: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Of each occurrence of a content the stronger fate; on a tie the journal's, which is the truth.

    A line in doubt is stronger than a row that was not recorded only if it tells of a later attempt: otherwise it is
    an old copy, and a person may have given a verdict on it since.
    """

    def ranked(fates: pl.DataFrame) -> pl.DataFrame:
        ordered = fates.with_row_index("place").with_columns(rank=_rank()).sort("rank", maintain_order=True)
        return ordered.with_columns(occurrence(ordered, pl.lit(value=True)))

    ours, theirs = ranked(journal), ranked(results)
    pairs = theirs.join(
        ours.select(*KEYS, "occurrence", our_rank="rank", our_place="place", our_attempts="attempts"),
        on=[*KEYS, "occurrence"],
        how="left",
        maintain_order="left",
    )
    is_later = pl.col("attempts").cast(pl.Int64, strict=False) > pl.col("our_attempts").cast(pl.Int64, strict=False)
    is_recorded = pl.col("status") == str(Status.RECORDED)
    better = pairs.filter(
        pl.col("our_rank").is_null()
        | ((pl.col("rank") < pl.col("our_rank")) & (is_recorded | is_later.fill_null(value=True)))
    )
    if better.is_empty():
        return journal
    replaced = better["our_place"].drop_nulls()
    kept = journal.with_row_index("place").filter(~pl.col("place").is_in(replaced.implode())).drop("place")
    strays = better["our_rank"].is_null() & _is_another_version(better, journal)
    added = better.select(*FATE, *KEYS).with_columns(from_results=pl.lit(value=True), only_in_results=strays)
    return pl.concat([kept, added])


def _is_another_version(lines: pl.DataFrame, journal: pl.DataFrame) -> pl.Series:
    """Lines that are a row of the journal whose fields were changed: the same id, or without one the same place.

    Or the same message: that of a row in doubt names its id, its amount and the time of its attempt.
    """
    ids = journal["revenue_id"].drop_nulls().unique()
    places = journal.select("source", "row", "status", here=pl.lit(value=True)).unique()
    same_place = lines.select("source", "row", "status").join(
        places, on=["source", "row", "status"], how="left", maintain_order="left"
    )["here"]
    same_id = lines["revenue_id"].is_in(ids.implode()).fill_null(value=False)
    messages = journal.filter(status=str(Status.IN_DOUBT))["error_message"].drop_nulls().unique()
    same_message = lines["error_message"].is_in(messages.implode()).fill_null(value=False)
    return same_id | (lines["revenue_id"].is_null() & (same_place.is_not_null() | same_message))


def read_results(path: Path) -> pl.DataFrame:
    """The lines of a results file in the columns of `COLUMNS`, as text, whatever dialect a spreadsheet saved it in.

    Raises:
        ResultsError: not a results file.
    """
    return _results_lines(path).select(COLUMNS)


def _results_lines(path: Path) -> pl.DataFrame:
    """The same with `line` and `ragged`."""
    try:
        source = open_inputs([str(path)])[0]
        if not is_results_header(source.header):
            raise ResultsError(f"{path} is not a results file; it is left untouched. Choose another --results.")  # noqa: TRY301
        frames = [
            batch.select("line", "ragged", *(pl.col(str(i)).alias(name) for i, name in enumerate(COLUMNS)))
            for batch in source.batches()
        ]
    except ResultsError:
        raise
    except ImporterError as error:
        raise ResultsError(f"{path} cannot be read as a results file; it is left untouched. {error}") from error
    kinds = {"line": pl.UInt32, "ragged": pl.Boolean} | dict.fromkeys(COLUMNS, pl.String)
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=kinds)
    frame = frame.with_columns(pl.col(pl.String).replace("", None))
    return frame if path.suffix.lower() == ".parquet" else frame.with_columns(as_written(name) for name in COLUMNS)


# -- other results files -----------------------------------------------------------------------------------------------


def counted_fates(results: Path, target: str) -> pl.DataFrame:
    """The recorded and doubtful rows of another results file and of its journal, with keys.

    Raises:
        ResultsError: neither is there, or one cannot be read.
    """
    journal = journal_path(results)
    frames = []
    if not is_empty(journal):
        history = load(journal)
        if same_target(history.header.get("target", ""), target):
            frames.append(history.fates())
    elif results.exists():
        frame = read_results(results)
        ours = pl.Series([same_target(other or "", target) for other in frame["target"].to_list()], dtype=pl.Boolean)
        frames.append(frame.filter(ours).select(FATE))
    else:
        raise ResultsError(f"{results} does not exist; name the results file of an earlier import.")
    fates = pl.concat([*frames, no_fates()])
    return with_keys(fates.filter(pl.col("status").is_in(_MAY_COUNT)))


def already_fates(patterns: Sequence[str], *, own: Path, target: str) -> tuple[pl.DataFrame, set[Path]]:
    """The fates in the files of `--already` (globs allowed), and which files these are."""
    files: set[Path] = set()
    for pattern in patterns:
        matches = _matching(pattern)
        if not matches:
            raise ResultsError(f"--already {pattern} matches no file.")
        files.update(path.resolve() for path in matches)
    files.discard(own.resolve())
    frames = [counted_fates(path, target) for path in sorted(files)]
    return pl.concat([*frames, with_keys(no_fates())]), files


def _matching(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.exists() or not any(char in pattern for char in "*?["):
        return [path] if path.exists() else []
    import glob  # noqa: PLC0415 - only where it is needed

    found = (Path(name) for name in glob.glob(pattern, recursive=True))  # noqa: PTH207 - Path.glob refuses absolute patterns
    return [name for name in found if name.suffix.lower() in FORMATS and not name.name.endswith(SUFFIX)]


def share_of(fates: pl.DataFrame) -> Share:
    """How many fates, and their exact revenue."""
    return sum((Share(1, Decimal(text)) for text in fates["revenue"].to_list()), Share())


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another results file that may already have counted rows which are about to be posted."""

    path: Path
    share: Share


def find_overlaps(to_post: pl.DataFrame, folders: Iterable[Path], known: set[Path], target: str) -> list[Overlap]:
    """Results files (and journals whose results were never written) in `folders` that hold rows of `to_post`.

    `to_post` has the keys; `known` are files that were taken into account already.
    """
    overlaps = []
    for results in _results_files(folders, known):
        try:
            fates = counted_fates(results, target)
        except ImporterError:
            continue
        # The table to look up in is made of the right side: better of the few than of millions of rows to post.
        met = to_post.select(KEYS).join(fates.select(KEYS).unique(), on=KEYS, how="semi").unique()
        again = fates.join(met, on=KEYS, how="semi")
        if not again.is_empty():
            overlaps.append(Overlap(results, share_of(again)))
    return overlaps


def _results_files(folders: Iterable[Path], known: set[Path]) -> list[Path]:
    found: set[Path] = set()
    for folder in {folder.resolve() for folder in folders}:
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        for path in entries:
            if path.name.endswith(SUFFIX):
                path = path.with_name(path.name.removesuffix(SUFFIX))  # noqa: PLW2901
            elif path.suffix.lower() not in FORMATS or not _begins_like_results(path):
                continue
            if path not in known and path.suffix.lower() in FORMATS:
                found.add(path)
    return sorted(found)


def _begins_like_results(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".parquet":
                return file.read(4096).lstrip(b"\xef\xbb\xbf").startswith(",".join(COLUMNS).encode())
            footer = _parquet_footer(file)
            return all(name.encode() in footer for name in COLUMNS)
    except OSError:
        return False


def _parquet_footer(file: BinaryIO) -> bytes:
    """The end of a Parquet file, which names its columns. polars is not asked: a damaged file can make it panic."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 8))
    length = int.from_bytes(file.read(4), "little")
    file.seek(max(0, size - 8 - length))
    return file.read(_MOST_FOOTER)
