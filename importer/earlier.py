"""What is known before a run: this RESULTS and its journal, the files of `--already`, and other results nearby."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.errors import ImporterError, ResultsError
from importer.history import FATE, STRENGTH, History, load, no_fates
from importer.journal import SUFFIX, Tail, is_empty, journal_path
from importer.plan import KEYS, occurrence
from importer.records import Share
from importer.results import COLUMNS, FORMATS, as_written, digest_of, is_results_header
from importer.schema import identity
from importer.sources import open_inputs
from importer.target import same_target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAY_COUNT = ["recorded", "in_doubt"]


@dataclass(slots=True)
class Earlier:
    """The fates of this RESULTS' earlier runs.

    `fates` has the columns of `FATE`, the keys, and `only_in_results`; `in_order` says that the journal's compacted
    part is exactly these fates, so that a run can append to it as it is.
    """

    fates: pl.DataFrame
    header: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    tail: Tail = Tail()
    has_journal: bool = False
    has_results: bool = False
    edited: bool = False
    in_order: bool = False
    interrupted: int = 0
    lines: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"source": pl.String, "row": pl.UInt32}))

    @property
    def exists(self) -> bool:
        """Whether there was an earlier run."""
        return self.has_journal or self.has_results

    @property
    def counted(self) -> int:
        """Rows that may have been counted by the API."""
        return self.fates.filter(pl.col("status").is_in(_MAY_COUNT) & ~pl.col("only_in_results")).height


def with_keys(fates: pl.DataFrame) -> pl.DataFrame:
    """Add the in-memory identity of each row."""
    key_a, key_b = identity()
    return fates.with_columns(key_a.alias("key_a"), key_b.alias("key_b"))


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
    fates = with_keys(history.fates()).with_columns(only_in_results=pl.lit(value=False))
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
    if header.get("shard") != shard:
        raise ResultsError(
            f"{path} belongs to shard {header.get('shard') or 'none'}, not to {shard or 'the whole input'}. "
            "Choose another --results, or give the same --shard."
        )


def _take_changed_results(earlier: Earlier, results: Path, target: str) -> None:
    """RESULTS beside its journal: if a person or a program changed it, it may still add what is recorded."""
    known = {event["sha256"] for event in earlier.events if event.get("event") == "results"}
    if digest_of(results) in known:
        return
    earlier.edited = True
    try:
        frame = read_results(results)
    except ImporterError:
        return
    _check_target(frame, results, target)
    strong = with_keys(frame.filter(pl.col("status").is_in(_MAY_COUNT)).select(FATE))
    strong = strong.unique(["source", "row", *KEYS], keep="first", maintain_order=True)
    merged = _stronger(earlier.fates, strong)
    if not merged.equals(earlier.fates):
        earlier.fates, earlier.in_order = merged, False


def _take_results_alone(earlier: Earlier, results: Path, target: str) -> None:
    frame = read_results(results)
    _check_target(frame, results, target)
    usable = frame.filter(pl.col("status").is_in([str(status) for status in STRENGTH]))
    sent = usable.filter((pl.col("status") != "pending") | (pl.col("attempts").fill_null("0") != "0"))
    earlier.fates = with_keys(sent.select(FATE)).with_columns(only_in_results=pl.lit(value=False))
    earlier.lines = frame.select("source", pl.col("row").cast(pl.UInt32, strict=False))


def _check_target(frame: pl.DataFrame, results: Path, target: str) -> None:
    for other in frame["target"].unique().drop_nulls():
        if not same_target(other, target):
            raise ResultsError(
                f"{results} holds the results of an import into {other}, not into {target}. Choose another --results."
            )


def _stronger(journal: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """Of each occurrence of a content the stronger fate; on a tie the journal's, which is the truth."""
    rank = pl.col("status").replace_strict({str(k): v for k, v in STRENGTH.items()}, default=9, return_dtype=pl.UInt8)

    def ranked(fates: pl.DataFrame) -> pl.DataFrame:
        ordered = fates.with_row_index("place").with_columns(rank=rank).sort("rank", maintain_order=True)
        return ordered.with_columns(occurrence(ordered, pl.lit(value=True)))

    ours, theirs = ranked(journal), ranked(results)
    better = theirs.join(
        ours.select(*KEYS, "occurrence", our_rank="rank", our_place="place"), on=[*KEYS, "occurrence"], how="left"
    ).filter(pl.col("our_rank").is_null() | (pl.col("rank") < pl.col("our_rank")))
    if better.is_empty():
        return journal
    replaced = better["our_place"].drop_nulls()
    kept = journal.with_row_index("place").filter(~pl.col("place").is_in(replaced.implode())).drop("place")
    return pl.concat([kept, better.select(*FATE, *KEYS, only_in_results=pl.lit(value=True))])


def read_results(path: Path) -> pl.DataFrame:
    """The lines of a results file in the columns of `COLUMNS`, as text, whatever dialect a spreadsheet saved it in.

    Raises:
        ResultsError: not a results file.
    """
    try:
        source = open_inputs([str(path)])[0]
        if not is_results_header(source.header):
            raise ResultsError(f"{path} is not a results file; it is left untouched. Choose another --results.")  # noqa: TRY301
        frames = [
            batch.select(pl.col(str(i)).alias(name) for i, name in enumerate(COLUMNS)) for batch in source.batches()
        ]
    except ResultsError:
        raise
    except ImporterError as error:
        raise ResultsError(f"{path} cannot be read as a results file; it is left untouched. {error}") from error
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
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
        again = fates.join(to_post.select(KEYS).unique(), on=KEYS, how="semi")
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
        if path.suffix.lower() == ".parquet":
            return is_results_header(tuple(pl.read_parquet_schema(path)))
        with path.open("rb") as file:
            return file.read(4096).lstrip(b"\xef\xbb\xbf").startswith(",".join(COLUMNS).encode())
    except (OSError, pl.exceptions.PolarsError):
        return False
