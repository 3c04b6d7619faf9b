"""The one judgement that every campaign ends in, after a run and after a rerun.

    no row stored twice · no row missing from the results · recorded ⊆ stored ·
    rejected, failed, invalid, pending ∩ stored = ∅ · every total equal to the cent ·
    no more than the promised number in doubt · the API key found nowhere

    judge(rows, results_path, server.ledger(), result.json, promised_in_doubt=32)

Rows are compared by content, as multisets, in exact decimals: what the server stored against what the file said and
what the results claim. A failure names the clause and the rows.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.support.inputs import Content, InputRow, total
from tests.support.keysearch import Artefact, find_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

STATUSES = ("recorded", "rejected", "invalid", "excluded", "duplicate", "failed", "in_doubt", "pending")
_SHOWN = 10
_ESCAPED = re.compile(r"^'('*[=+\-@\t\r])")

Line = dict[str, str]


class OracleError(AssertionError):
    """The promise is broken; the text says which clauses, and by which rows."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one line of the results says; `content` is None when the row is invalid, or the cells make no content."""

    row: str
    source: str
    message_id: str
    status: str
    error_code: str
    content: Content | None
    cells: tuple[str, ...]

    @classmethod
    def of(cls, line: Line) -> Claim:
        """Read a line of results."""
        place = (line["row"], line["source"], line["message_id"])
        return cls(*place, line["status"], line["error_code"], _content(line), tuple(line.values()))

    def __str__(self) -> str:
        return f"row {self.row} ({self.message_id})"


@dataclass
class Case:
    """All that is known of a run, and the comparisons that several clauses need."""

    rows: Sequence[InputRow]
    results: list[Claim]
    ledger: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any] | None
    promised_in_doubt: int
    at_least_once: bool
    shard: bool

    @cached_property
    def lines(self) -> list[Claim]:
        """The results' lines of this input; lines kept with an empty `row` belong to none of its rows."""
        return [line for line in self.results if line.row]

    @cached_property
    def stored(self) -> Counter[Content]:
        """How often each content is in the ledger."""
        return Counter(Content.of(record) for record in self.ledger)

    @cached_property
    def given(self) -> Counter[Content]:
        """How often each content is in the input, or in lines that results keep from another."""
        kept = (line.content for line in self.results if not line.row)
        contents = [row.content for row in self.rows] + list(kept)
        return Counter(content for content in contents if content is not None)

    def claims(self, *statuses: str) -> Counter[Content]:
        """How often each content has one of these statuses in the results."""
        return Counter(line.content for line in self.results if line.status in statuses and line.content)

    @cached_property
    def held(self) -> Counter[Content]:
        """Contents held because results of another run have them, so that they may well be stored."""
        codes = {"already_recorded", "already_in_doubt"}
        return Counter(line.content for line in self.results if line.error_code in codes and line.content)

    @cached_property
    def _places(self) -> dict[Content, list[str]]:
        places = defaultdict(list)
        for line in self.results:
            if line.content:
                places[line.content].append(f"{line.row or 'kept'} {line.status}")
        return places

    def name(self, content: Content) -> str:
        """A content with the rows that hold it."""
        fields = " ".join(str(field) for field in content if field is not None)
        return f"[{fields}] (results: {', '.join(self._places[content]) or 'no such row'})"


def judge(
    rows: Sequence[InputRow],
    results: Path,
    ledger: Sequence[Mapping[str, Any]],
    summary: Mapping[str, Any] | None = None,
    *,
    promised_in_doubt: int = 0,
    artefacts: Iterable[Artefact] = (),
    at_least_once: bool = False,
    shard: bool = False,
) -> Counter[str]:
    """Judge a run (or a rerun), and return how many rows have each status.

    `rows` is the input; `results` its results file; `ledger` all that the server ever stored of it; `summary` the
    JSON of the last run, None for a run that could not give one; `promised_in_doubt` the most rows that may be in
    doubt. `at_least_once` is for `--in-doubt resend`, which may store a row twice; `shard` for results of a part,
    whose row numbers leave gaps (`rows` are then those of the part).

    Raises `OracleError` with everything that is wrong.
    """
    if not results.exists():
        raise OracleError(f"no row is in the results: there is no {results}")
    claims = [Claim.of(line) for line in read_results(results)]
    case = Case(rows, claims, ledger, summary, promised_in_doubt, at_least_once, shard)
    complaints = [complaint for clause in CLAUSES for complaint in clause(case)]
    complaints += _complain("the API key stands in", find_key([results, *artefacts]))
    if complaints:
        counts = f"{len(rows)} rows, {len(case.results)} lines of results, {len(ledger)} records in the ledger"
        raise OracleError("\n".join([f"The promise is broken ({counts}):", *complaints]))
    return Counter(line.status for line in case.lines)


def read_results(path: Path) -> list[Line]:
    """The lines of a results file as texts; in CSV without the apostrophe that keeps a formula a text."""
    if path.suffix == ".parquet":
        import polars as pl

        frame = pl.read_parquet(path).cast(pl.String)
        return [{name: cell or "" for name, cell in line.items()} for line in frame.iter_rows(named=True)]
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, strict=True))
    return [{name: _ESCAPED.sub(r"\1", cell or "") for name, cell in line.items()} for line in lines]


def judge_ids(results: Path, ledger: Sequence[Mapping[str, Any]]) -> None:
    """No row has another row's answer: each `revenue_id` in the results is that of a record with the row's content."""
    ids = {record["revenue_id"]: Content.of(record) for record in ledger}
    lines = [line for line in read_results(results) if line["revenue_id"] and line["status"] == "recorded"]
    wrong = [f"row {x['row']}: {x['revenue_id']}" for x in lines if ids.get(x["revenue_id"]) != _content(x)]
    used = Counter(line["revenue_id"] for line in lines)
    twice = [f"{revenue_id} ({count} rows)" for revenue_id, count in used.items() if count > 1]
    complaints = [*_complain("rows with another's revenue_id", wrong), *_complain("a revenue_id in two rows", twice)]
    if complaints:
        raise OracleError("\n".join(complaints))


def judge_requests(requests: Sequence[Mapping[str, Any]]) -> None:
    """Every request was as the vendor documents it, and had the right key."""
    bad = [f"request {r['request']} {r['path']}: {r['faults'] or 'wrong key'}" for r in requests if _is_faulty(r)]
    complaints = list(_complain("requests that break the API's rules", bad))
    if complaints:
        raise OracleError("\n".join(complaints))


def _stored_twice(case: Case) -> Iterator[str]:
    if not case.at_least_once:
        extra = {c: n for c, n in case.stored.items() if n > case.given[c] > 0}
        texts = (f"{n} times, in the input {case.given[c]}: {case.name(c)}" for c, n in extra.items())
        yield from _complain("stored twice", texts)
    yield from _complain("stored, but not in the input", (case.name(c) for c in case.stored if not case.given[c]))


def _missing(case: Case) -> Iterator[str]:
    if len(case.lines) != len(case.rows):
        given = Counter(row.message_id for row in case.rows)
        listed = Counter(line.message_id for line in case.lines)
        yield f"- {len(case.lines)} lines for {len(case.rows)} rows"
        yield from _complain("missing rows; message ids", (given - listed).elements())
        yield from _complain("lines of no row of the input; message ids", (listed - given).elements())
        return
    pairs = list(zip(case.rows, case.lines, strict=True))
    yield from _complain("not as in the input", (_differ(row, line) for row, line in pairs if _differs(row, line)))
    yield from _complain("unknown status", (str(line) for line in case.lines if line.status not in STATUSES))
    yield from _misnumbered(case)


def _misnumbered(case: Case) -> Iterator[str]:
    last: Counter[str] = Counter()
    wrong = []
    for line in case.lines:
        number, before = int(line.row), last[line.source]
        if number <= before if case.shard else number != before + 1:
            wrong.append(f"{line.source} row {number} after {before}")
        last[line.source] = number
    yield from _complain("row numbers out of order", wrong)


def _recorded_not_stored(case: Case) -> Iterator[str]:
    false = case.claims("recorded") - case.stored
    yield from _complain("recorded, but not stored", (case.name(content) for content in false))


def _stored_not_admitted(case: Case) -> Iterator[str]:
    admitted = case.claims("recorded", "in_doubt") + case.held
    if case.at_least_once:
        hidden = [c for c in case.stored if case.given[c] and not admitted[c]]
    else:
        hidden = [c for c, n in case.stored.items() if admitted[c] < n <= case.given[c]]
    yield from _complain("stored, but neither recorded nor in doubt", (case.name(content) for content in hidden))


def _totals(case: Case) -> Iterator[str]:
    summary = case.summary
    if summary is None or len(case.lines) != len(case.rows):
        return
    shares: dict[str, list[InputRow]] = defaultdict(list)
    for row, line in zip(case.rows, case.lines, strict=True):
        shares[line.status].append(row)
    found = [("all rows", summary["rows"], summary["revenue"], len(case.rows), total(case.rows))]
    for status in sorted(shares.keys() | summary["by_status"].keys()):
        told = summary["by_status"].get(status, {"rows": 0, "revenue": "0"})
        found.append((status, told["rows"], told["revenue"], len(shares[status]), total(shares[status])))
    wrong = (
        f"{name}: the summary says {rows} rows, {revenue}; the results and the input say {true_rows} rows, {true}"
        for name, rows, revenue, true_rows, true in found
        if rows != true_rows or Decimal(str(revenue)) != true
    )
    yield from _complain("totals", wrong)
    balance = sum((Decimal(str(share["revenue"])) for share in summary["by_status"].values()), Decimal(0))
    if balance != Decimal(str(summary["revenue"])):
        yield f"- totals: the shares add up to {balance}, the whole is {summary['revenue']}"


def _ledger_total(case: Case) -> Iterator[str]:
    """Follows from the other clauses, and is computed without their multisets."""
    if case.at_least_once or case.held:
        return
    stored = sum((Decimal(record["revenue"]) for record in case.ledger), Decimal(0))
    recorded, doubted = (
        sum((line.content.revenue for line in case.results if line.status == status and line.content), Decimal(0))
        for status in ("recorded", "in_doubt")
    )
    if not recorded <= stored <= recorded + doubted:
        yield f"- totals: the ledger holds {stored}, the results say {recorded} recorded and {doubted} in doubt"


def _too_much_doubt(case: Case) -> Iterator[str]:
    doubtful = [line for line in case.results if line.status == "in_doubt"]
    if len(doubtful) > case.promised_in_doubt:
        rows = (f"{line} {line.error_code}" for line in doubtful)
        yield from _complain(f"more than {case.promised_in_doubt} in doubt", rows)


CLAUSES = (
    _stored_twice,
    _missing,
    _recorded_not_stored,
    _stored_not_admitted,
    _totals,
    _ledger_total,
    _too_much_doubt,
)


def _content(line: Line) -> Content | None:
    try:
        return None if line["status"] == "invalid" else Content.of(line)
    except InvalidOperation:
        return None


def _differs(row: InputRow, line: Claim) -> bool:
    return row.content != line.content or (row.content is None) != (line.status == "invalid")


def _differ(row: InputRow, line: Claim) -> str:
    said = f"{line.status} {line.error_code}".strip()
    if row.content is None or line.status == "invalid":
        return f"{line}: in truth {row.code or 'valid'}, in the results {said}"
    return f"{line}: in truth {tuple(map(str, row.content))}, in the results {line.cells[2:7]} {said}"


def _complain(what: str, which: Iterable[str]) -> Iterator[str]:
    items = list(which)
    if items:
        more = f"\n    and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
        yield f"- {what}: {len(items)}" + "".join(f"\n    {item}" for item in items[:_SHOWN]) + more


def _is_faulty(request: Mapping[str, Any]) -> bool:
    return bool(request["faults"]) or (bool(request["path"]) and not request["key_right"])
