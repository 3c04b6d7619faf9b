"""A vendor in memory: what an import did to it, what it stored, and an export of that, with the truth about every row.

A draw is one seed. Times are in seconds from `START`; everything is text as files have it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from importer.model import FATE
from importer.reconciling.columns import ExportColumns
from importer.reconciling.export import Export, _decimals
from importer.reconciling.sent import _understood
from importer.schema import Columns

if TYPE_CHECKING:
    from collections.abc import Callable

    Trouble = Callable[[random.Random, "World"], None]

START = datetime(2026, 6, 1, tzinfo=UTC)
SETTLE, WINDOW = timedelta(hours=1), timedelta(minutes=15)
IMPORT = 86_400 * 14.0
"""When the import begins: after the last of the days that its rows are of."""


@dataclass(eq=False)
class Row:
    message: str
    revenue: str
    kind: str
    offer: str | None
    at: float | None
    sent: float = 0.0
    ended: float = 0.0
    status: str = "recorded"
    code: str | None = None
    revenue_id: str | None = None
    stored: int = 0
    """How many records of the vendor are this row's."""


@dataclass(eq=False)
class Record:
    message: str
    revenue: str
    kind: str
    offer: str | None
    at: float
    stored: float
    revenue_id: str
    source: str
    row: Row | None = None
    foreign: bool = False


@dataclass
class World:
    """What happened, and how the export shows it. `random_loss`: records are missing from it for no reason."""

    rows: list[Row] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    exported: list[Record] = field(default_factory=list)
    zone: str = "UTC"
    marked: bool = False
    resent: bool = False
    with_ids: bool = False
    with_stored: bool = True
    with_offer: bool = True
    with_time: bool = True
    places: int = 4
    second: int = 1
    rounding: str = ROUND_HALF_UP
    skew: float = 0.0
    random_loss: bool = False

    @property
    def recorded(self) -> list[Row]:
        return [row for row in self.rows if row.status == "recorded" and row.code is None]

    @property
    def doubts(self) -> list[Row]:
        return [row for row in self.rows if row.status == "in_doubt"]


def draw(seed: int, trouble: str | None = None) -> World:
    """A world in which one kind of trouble happens; which one, the seed decides if it is not told."""
    r = random.Random(f"{seed} {trouble}")
    trouble = trouble or r.choice(list(TROUBLES))
    w = World()
    w.marked, w.with_ids, w.with_stored = r.random() < 0.3, r.random() < 0.4, r.random() < 0.8
    w.with_offer, w.with_time = r.random() < 0.8, r.random() < 0.85
    w.places, w.second = r.choice([4, 4, 2, 0]), r.choice([1, 1, 60, 86_400])
    w.rounding = r.choice([ROUND_HALF_UP, ROUND_HALF_EVEN])
    w.skew = r.choice([0, 0, -120, 200, 4000])
    w.zone = r.choice(["UTC", "UTC", "Europe/Berlin", "America/New_York"])
    before, after = TROUBLES[trouble]
    _send(r, w, few=trouble == "few rows", early=trouble == "stored from")
    before(r, w)
    _export(r, w, soon=trouble == "too soon")
    after(r, w)
    return w


def _send(r: random.Random, w: World, *, few: bool, early: bool) -> None:
    """Rows of nine days, posted in two runs that are two hours apart; some answers are lost, in the first."""
    clock = IMPORT
    count = r.choice([16, 24]) if few else 50
    no_offer, no_time = r.choice([0, 0, 0.3]), r.choice([0, 0, 0.3])
    for n in range(count):
        clock += r.choice([0.1, 1, 10]) + (7_500 if n == count // 2 else 0)
        row = Row(
            f"m{r.randrange(40):07}", r.choice(["24.99", "10", "7.125", "7.1251", "3.5", "3.505"]),
            r.choice(["sale", "sale", "click"]), None if r.random() < no_offer else "4521",
            None if r.random() < no_time else float(r.randrange(86_400, 86_400 * 8)), clock, clock + r.random() * 5,
        )  # fmt: skip
        if w.rows and r.random() < 0.1:
            twin = r.choice(w.rows)
            row = replace(twin, sent=row.sent, ended=row.ended, revenue_id=None, stored=0, status="recorded", code=None)
            row.offer = r.choice([row.offer, row.offer, "4522", None])
            row.at = r.choice([row.at, row.at, float(r.randrange(86_400, 86_400 * 8))])
        w.rows.append(row)
    for row in w.rows[:2]:  # the first and the last moment of all, so that the others lie between
        row.at = float(86_400 * (0 if row is w.rows[0] else 9) + 60)
    doubtful = r.sample(w.rows[3 : count // 2], 3 if few else 4)
    for row in w.rows:
        row.status = "in_doubt" if row in doubtful or (early and row is w.rows[2]) else "recorded"
        row.status = "rejected" if row.status == "recorded" and r.random() < 0.03 else row.status
        row.code = {"in_doubt": "connection_lost", "rejected": "offer_not_found"}.get(row.status)
        if row.status == "recorded" or (row.status == "in_doubt" and r.random() < 0.5):
            record = store(w, row, row.sent + r.random() * (row.ended - row.sent))
            row.revenue_id = record.revenue_id if row.status == "recorded" and r.random() < 0.9 else None


def store(w: World, row: Row, stored: float, source: str = "api", **other: Any) -> Record:
    """A record of the vendor's with the content of a row; of another source it is none of ours."""
    at = row.at if row.at is not None else stored
    record = Record(
        row.message, row.revenue, row.kind, row.offer or "4521", at, stored, f"id{len(w.records):05}", source
    )
    record = replace(record, **other)
    w.records.append(record)
    if source == "api" and not other.get("foreign"):
        record.row = row
        row.stored += 1
    return record


def _export(r: random.Random, w: World, *, soon: bool) -> None:
    made = max(row.ended for row in w.rows) + r.choice([4_000, 90_000])
    if soon:
        made = next(one.ended for one in reversed(w.rows)) + 1
    w.exported = [one for one in w.records if one.stored <= made]


def _nothing(r: random.Random, w: World) -> None: ...


def _keep(w: World, wanted: Callable[[Record], bool]) -> None:
    w.exported = [one for one in w.exported if wanted(one)]


def _lost(r: random.Random, w: World) -> None:
    w.random_loss = True
    _keep(w, lambda _: r.random() > 0.2)


def _half(r: random.Random, w: World) -> None:
    w.random_loss = True
    w.exported = w.exported[: len(w.exported) // 2]


def _cleared(r: random.Random, w: World) -> None:
    """All revenue of the account was deleted in mid-import."""
    _keep(w, lambda one: one.stored > w.rows[len(w.rows) // 3].ended)


def _lose_doubtful(r: random.Random, w: World) -> None:
    """With few rows, exactly those in doubt may be missing."""
    w.random_loss = True
    _keep(w, lambda one: one.row is None or one.row.status != "in_doubt" or r.random() < 0.3)


def _word(r: random.Random, w: World) -> None:
    """A person has given a verdict on a row that is equal to one in doubt."""
    for row in w.doubts:
        twin = replace(row, stored=0, code="resolved_recorded", status="recorded")
        if r.random() < 0.5:
            twin.status, twin.code = "pending", "resolved_not_recorded"
        w.rows.append(twin)
        if r.random() < 0.7:
            store(w, twin, row.ended)


def _late(r: random.Random, w: World) -> None:
    """Rows in doubt are stored long after; no run follows within an hour."""
    for n, row in enumerate(w.rows):
        if n >= len(w.rows) // 2:
            row.sent, row.ended = row.sent - 7_500, row.ended - 7_500
    for record in w.records:
        if record.row is not None and record.stored > record.row.ended:
            record.stored -= 7_500
        if record.row is not None and record.row.status == "in_doubt":
            record.stored = record.row.ended + r.choice([600, 3_000])


def _stored_from(r: random.Random, w: World) -> None:
    """The export begins at a quarter of an hour, after the first rows were stored."""
    for row in w.rows[3:]:
        row.sent, row.ended = row.sent + 900, row.ended + 900
    for record in w.records:
        if record.row is not None and record.row in w.rows[3:]:
            record.stored += 900
    early = w.rows[:2]
    w.records = [one for one in w.records if one.row not in early]
    for row in early:  # refused, so that none that was recorded is that early
        row.status, row.code, row.stored, row.revenue_id = "rejected", "offer_not_found", 0, None
    w.rows[3].at, w.rows[-1].at = 60.0, 86_400 * 9 + 60.0
    for record in w.records:
        record.at = record.row.at if record.row and record.row.at is not None else record.at


def _from_start(r: random.Random, w: World) -> None:
    _keep(w, lambda one: one.stored >= IMPORT + 900)


def _other_dates(r: random.Random, w: World) -> None:
    """Rows in doubt are of days that the export leaves out, and no recorded row is."""
    for row in w.doubts:
        if r.random() < 0.6:
            row.at = float(86_400 * 12 + r.randrange(86_400))
            _again(w, row)


def _other_type(r: random.Random, w: World) -> None:
    for row in w.rows:
        row.kind = "send" if row in w.doubts and r.random() < 0.6 else "sale"
        _again(w, row)


def _other_offer(r: random.Random, w: World) -> None:
    """Rows in doubt are of offers that the export leaves out: said, or found by the server."""
    for row in w.rows:
        hit = row in w.doubts and r.random() < 0.6
        row.offer = r.choice(["4522", None]) if hit else "4521"
        _again(w, row)
        for record in w.records:
            if record.row is row:
                record.offer = "4522" if hit else "4521"


def _other_amounts(r: random.Random, w: World) -> None:
    """Rows in doubt are of amounts that the export leaves out, small or large, and no recorded row is."""
    for row in w.doubts:
        if r.random() < 0.6:
            row.revenue = r.choice(["0", "0.05", "0.9949", "640.00"])
            _again(w, row)


def _again(w: World, row: Row) -> None:
    """The records of a row have its content."""
    for record in w.records:
        if record.row is row:
            record.kind, record.at = row.kind, row.at if row.at is not None else record.at
            record.message, record.revenue = row.message, row.revenue


def _of_days(r: random.Random, w: World) -> None:
    _keep(w, lambda one: one.at < 86_400 * 11)


def _of_type(r: random.Random, w: World) -> None:
    _keep(w, lambda one: one.kind == "sale")


def _of_offer(r: random.Random, w: World) -> None:
    _keep(w, lambda one: one.offer == "4521")


def _of_amounts(r: random.Random, w: World) -> None:
    _keep(w, lambda one: 1 <= Decimal(one.revenue) <= 500)


def _changed(r: random.Random, w: World) -> None:
    """The vendor stores a row in another form than it was sent."""
    for record in w.records:
        if record.row is not None and record.row.status == "in_doubt":
            record.revenue = str(Decimal(record.revenue) - 2)


def _swapped(r: random.Random, w: World) -> None:
    """The answer named another row: the vendor stored it with another message id."""
    for record in w.records:
        if record.row is not None and record.row.status == "in_doubt":
            record.row.revenue_id, record.row.code = record.revenue_id, "echo_mismatch"
            record.message = "other000"


def _copies(r: random.Random, w: World) -> None:
    """Another source stores some of the same, at another time."""
    for row in w.rows:
        if r.random() < (0.5 if row.status == "in_doubt" else 0.02):
            store(w, row, r.choice([row.ended + 5_000, row.ended - 9_000]), source="tune")


def _second_import(r: random.Random, w: World) -> None:
    """Somebody else imports by the API, too, at the same time: rows of his own, and some of the same."""
    for n in range(3):
        store(w, replace(w.rows[0], message=f"x{n:07}"), w.rows[5].ended, foreign=True)
    for row in w.doubts:
        if r.random() < 0.5:
            store(w, row, row.ended - 0.01, foreign=True)


def _same_import(r: random.Random, w: World) -> None:
    """Somebody else imports the same file by the API at the same time."""
    for row in [*w.doubts, *r.sample(w.recorded, 5)]:
        if row.status == "recorded" or r.random() < 0.5:
            store(w, row, row.ended - 0.01, foreign=True)


def _resends(r: random.Random, w: World) -> None:
    """A row whose answer was lost was posted again and is stored twice; one of another offer beside it is not."""
    w.resent, w.with_offer = True, False
    for doubt in w.doubts:
        if doubt.stored:
            continue
        first = replace(doubt, offer="4522", revenue_id=None, status=r.choice(["recorded", "in_doubt"]))
        first.code = None if first.status == "recorded" else "timeout"
        w.rows.append(first)
        for _ in range(2):
            store(w, first, doubt.sent + 0.001)
        break


TROUBLES: dict[str, tuple[Trouble, Trouble]] = {
    "none": (_nothing, _nothing),
    "lost lines": (_nothing, _lost),
    "half of it": (_nothing, _half),
    "cleared": (_nothing, _cleared),
    "few rows": (_nothing, _lose_doubtful),
    "a person's verdict": (_word, _nothing),
    "too soon": (_late, _nothing),
    "stored from": (_stored_from, _from_start),
    "other days": (_other_dates, _of_days),
    "other types": (_other_type, _of_type),
    "other offers": (_other_offer, _of_offer),
    "other amounts": (_other_amounts, _of_amounts),
    "changed": (_changed, _nothing),
    "swapped": (_swapped, _nothing),
    "copies": (_copies, _nothing),
    "second import": (_second_import, _nothing),
    "same import": (_same_import, _nothing),
    "resent": (_resends, _nothing),
}
"""What may happen before the export is made, and what is done to the export."""


def limits(w: World) -> bool:
    """Whether the draw is one of the two limits that no comparison can see.

    A foreign record equal in every compared field, in the same window, without a mark; an export that omits exactly
    the records of rows in doubt, and shows as many others as are asked for.
    """
    lost = [one for one in w.records if one.row is not None and one not in w.exported]
    if w.random_loss and lost and len(w.recorded) >= 30 and all(one.row.status == "in_doubt" for one in lost):
        return True
    foreign = [one for one in w.exported if one.row is None]
    return not w.marked and any(_could_be(one, row, w) for one in foreign for row in w.doubts)


def _could_be(one: Record, row: Row, w: World) -> bool:
    same = (row.message, row.revenue, row.kind) == (one.message, one.revenue, one.kind)
    return same and row.sent - 960 <= one.stored <= row.ended + 960


def sent_frame(w: World) -> pl.DataFrame:
    """Our side, as it is read from a journal."""
    fates = [
        {
            **dict.fromkeys(FATE),
            "row": str(n),
            "source": "june.csv",
            "message_id": row.message,
            "revenue": row.revenue,
            "attribution_type": row.kind,
            "offer_id": row.offer,
            "timestamp": None if row.at is None else _text(row.at),
            "status": row.status,
            "revenue_id": row.revenue_id,
            "error_code": row.code,
            "attempts": "1",
            "finished_at": _text(row.ended),
            "doubt_since": _text(row.sent) if row.status == "in_doubt" else None,
        }
        for n, row in enumerate(w.rows, 1)
    ]
    frame = pl.DataFrame(fates, schema=dict.fromkeys(FATE, pl.String)).with_row_index("place")
    return _understood(frame).with_columns(file=pl.lit(0, pl.UInt32)).with_row_index("n")


def export_of(w: World) -> Export:
    """Their side, as it is read from a file."""
    quantum = Decimal(1).scaleb(-w.places)
    lines = pl.DataFrame(
        {
            "line": range(2, 2 + len(w.exported)),
            "ours": [not w.marked or one.source == "api" for one in w.exported],
            "message_id": [one.message for one in w.exported],
            "kind": [one.kind for one in w.exported],
            "offer": [one.offer if w.with_offer else None for one in w.exported],
            "revenue_id": [one.revenue_id if w.with_ids else None for one in w.exported],
            "amount": [Decimal(one.revenue).quantize(quantum, w.rounding) for one in w.exported],
            "time": [_coarse(one.at, w) if w.with_time else None for one in w.exported],
            "stored": [START + timedelta(seconds=one.stored + w.skew) if w.with_stored else None for one in w.exported],
        },
        schema={
            "line": pl.UInt32,
            "ours": pl.Boolean,
            "message_id": pl.String,
            "kind": pl.String,
            "offer": pl.String,
            "revenue_id": pl.String,
            "amount": pl.Decimal(38, 18),
            "time": pl.Datetime("us", "UTC"),
            "stored": pl.Datetime("us", "UTC"),
        },
    )
    columns = ExportColumns(Columns({}, {}), {"message_id": 0, "revenue": 1}, {}, {})
    return Export(
        "vendor.csv", "0" * 64, lines.with_row_index("v"), columns, _decimals(lines["amount"]), pl.DataFrame()
    )


def _coarse(at: float, w: World) -> datetime:
    """A moment as the export has it: cut at its resolution on the clock of its zone."""
    local = (START + timedelta(seconds=at)).astimezone(ZoneInfo(w.zone))
    if w.second == 86_400:
        local = local.replace(hour=0, minute=0, second=0, microsecond=0)
    elif w.second == 60:
        local = local.replace(second=0, microsecond=0)
    else:
        local = local.replace(microsecond=0)
    return local.astimezone(UTC)


def _text(at: float) -> str:
    return (START + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
