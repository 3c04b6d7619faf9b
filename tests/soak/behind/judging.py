"""What a run came to, what is required of it, and the table of both."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.inputs import Content
from tests.support.oracle import OracleError, judge, read_results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.support.inputs import InputRow
    from tests.support.process import Result

_STATUSES = ("recorded", "rejected", "failed", "in_doubt", "pending")
_COLUMNS = ("rows", "stored", "twice", "recorded", "rejected", "failed", "in doubt", "of them stored", "pending")
_HEADER = ("scenario", *_COLUMNS, "exit", "seconds", "verdict")

_MISTAKE = re.compile(r"object has no attribute|NoneType|unexpected keyword|is not (callable|subscriptable|iterable)")


@dataclass(frozen=True, kw_only=True)
class Required:
    """What a run has to come to, besides what every run has to keep (the oracle).

    - `exits`: one of these; `in_doubt`: at most; `recorded`: at least (None: any number); `within_s`: at most.
    - `says`, `not_says`: regular expressions that its output must match, and must not; `shows`: one that the
      `error_message` of each row in doubt must match.
    - `twice`: the gateway itself sends rows twice, which no client can know.
    """

    exits: tuple[int, ...] = (0,)
    in_doubt: int = 0
    recorded: int | None = None
    within_s: float | None = None
    says: tuple[str, ...] = ()
    not_says: str = ""
    shows: str = ""
    twice: bool = False


@dataclass(frozen=True)
class Run:
    """A run of the command and everything that is known of it; `result` is None when it did not end in time."""

    name: str
    month: Sequence[InputRow]
    results: Path
    ledger: Sequence[Mapping[str, Any]]
    result: Result | None

    @property
    def summary(self) -> Any:
        """The summary of the run."""
        return self.result and self.result.json

    @property
    def words(self) -> str:
        """All that it printed, without the folder, whose name has words of its own."""
        said = f"{self.result.stderr}\n{self.result.stdout}" if self.result else ""
        return " ".join(said.replace(f"{self.results.parent}/", "").split())


@dataclass(frozen=True)
class Line:
    """A line of the table: figures, and everything that is not as required."""

    name: str
    rows: int
    stored: int
    twice: int
    counts: Counter[str]
    doubts_stored: int
    exit: int | None
    seconds: float | None
    complaints: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as texts, in the order of the header."""
        recorded, rejected, failed, in_doubt, pending = (self.counts[status] for status in _STATUSES)
        figures = (self.rows, self.stored, self.twice, recorded, rejected, failed, in_doubt, self.doubts_stored)
        seconds = "-" if self.seconds is None else f"{self.seconds:.1f}"
        verdict = "as required" if not self.complaints else "NOT: " + "; ".join(self.complaints)
        ended = "hangs" if self.exit is None else str(self.exit)
        return (self.name, *map(str, (*figures, pending)), ended, seconds, verdict)


def judged(run: Run, required: Required, more: Sequence[str] = ()) -> Line:
    """The figures of a run and the verdict on it; `more` are complaints that the scenario has itself."""
    stored = Counter(Content.of(record) for record in run.ledger)
    lines = read_results(run.results) if run.results.exists() else []
    counts = Counter(line["status"] for line in lines) or Counter(pending=len(run.month))
    doubts = [line for line in lines if line["status"] == "in_doubt"]
    doubts_stored = sum(1 for line in doubts if stored[Content.of(line)])
    complaints = (*_broken(run, required), *_missed(run, required, counts, lines), *more)
    result = run.result
    twice = stored.total() - len(stored)
    facts = (counts, doubts_stored, result and result.exit, result and result.duration_s, complaints)
    return Line(run.name, len(run.month), stored.total(), twice, *facts)


def _broken(run: Run, required: Required) -> Iterator[str]:
    """The promises of every run. One that ended before its first row has no results, and nothing in the ledger."""
    if not run.results.exists():
        if run.ledger:
            yield f"no results, and {len(run.ledger)} rows are stored"
        return
    try:
        options = {"promised_in_doubt": len(run.month), "at_least_once": required.twice}
        judge(run.month, run.results, run.ledger, run.summary, **options)
    except OracleError as error:
        yield from (line.removeprefix("- ") for line in str(error).splitlines() if line.startswith("- "))


def _missed(run: Run, required: Required, counts: Counter[str], lines: list[dict[str, str]]) -> Iterator[str]:
    """What the scenario asks for and the run did not come to."""
    if run.result is None:
        yield "it did not end"
        return
    if run.result.exit not in required.exits:
        yield f"exit {run.result.exit}, not {' or '.join(map(str, required.exits))}"
    if counts["in_doubt"] > required.in_doubt:
        yield f"{counts['in_doubt']} in doubt, at most {required.in_doubt}"
    if required.recorded is not None and counts["recorded"] < required.recorded:
        yield f"{counts['recorded']} recorded, at least {required.recorded}"
    if counts["rejected"]:
        yield f"{counts['rejected']} rejected, which the API never saw or took"
    if required.within_s is not None and run.result.duration_s > required.within_s:
        yield f"{run.result.duration_s:.1f} s, at most {required.within_s:g}"
    yield from _missaid(run.words, required, lines)


def _missaid(words: str, required: Required, lines: list[dict[str, str]]) -> Iterator[str]:
    """What is wrong with what the user is told."""
    doubts = [line for line in lines if line["status"] == "in_doubt"]
    if "Traceback" in words:
        yield "a traceback"
    if mistakes := sum(1 for line in lines if _MISTAKE.search(line.get("error_message", ""))):
        yield f"{mistakes} rows whose error_message is a mistake of the program"
    yield from (f"does not say {said!r}" for said in required.says if not re.search(said, words, re.IGNORECASE))
    if required.not_says and re.search(required.not_says, words, re.IGNORECASE):
        yield f"says {required.not_says!r}"
    if required.shows and not all(re.search(required.shows, line["error_message"], re.IGNORECASE) for line in doubts):
        yield f"rows in doubt that do not say {required.shows!r}"


def broken(name: str, error: Exception) -> Line:
    """The line of a scenario that could not be played to its end."""
    return Line(name, 0, 0, 0, Counter(), 0, None, None, (f"the scenario itself failed: {error}",))


def table(lines: Sequence[Line]) -> str:
    """The lines in columns."""
    texts = [_HEADER, *(line.cells for line in lines)]
    widths = [max(len(text[i]) for text in texts) for i in range(len(_HEADER) - 1)]
    return "\n".join(_aligned(text, widths) for text in texts)


def _aligned(text: tuple[str, ...], widths: list[int]) -> str:
    first, *figures = (
        cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(text, widths, strict=False))
    )
    return "  ".join([first, *figures, text[-1]])
