"""What a comparison came to: rows and money of every kind, the rows themselves, and what is open and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from importer.model import Share
from importer.reconciling.evidence import free_lines
from importer.reconciling.guards import SENTENCES
from importer.reconciling.rule import NOT_RECORDED, RECORDED
from importer.schema import exact_sum
from importer.text import share_fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.reconciling.comparison import Comparison
    from importer.reconciling.export import Export
    from importer.reconciling.sent import Sent
    from importer.reconciling.totals import Group

KINDS = (
    *("matched", "settled_recorded", "settled_not_recorded", "open", "only_in_file", "only_at_vendor"),
    *("stored_twice", "amount_differs", "time_differs"),
)
"""The kinds of rows and lines, in the order in which they are told. The money of lines is the vendor's."""
DIFFERENCES = KINDS[4:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """A comparison of results with an export of the vendor's records.

    `shares` has rows and money of each of `KINDS`; `vendor` is the total of the export, without `others`, the lines
    that are of another source by `--ours`. `doubts` are the rows in doubt with their verdicts and guards, `lines` those
    that may speak for them, `lists` the rows or lines behind the differences, `sent` our side of it all. `applied`
    counts the verdicts that were written; `resting` are those that stood before and rest on this export. `groups` are
    those of a comparison by totals, which settles nothing.
    """

    export: str
    sha256: str
    results: tuple[str, ...]
    shares: Mapping[str, Share]
    vendor: Share
    others: Share = Share()
    guards: Mapping[str, bool] = field(default_factory=dict)
    doubts: pl.DataFrame = field(default_factory=pl.DataFrame)
    lines: pl.DataFrame = field(default_factory=pl.DataFrame)
    sent: Sent | None = None
    lists: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    reasons: Sequence[tuple[str, Share]] = ()
    notes: Sequence[str] = ()
    applied: Mapping[str, int] = field(default_factory=dict)
    resting: Mapping[str, Share] = field(default_factory=dict)
    groups: Sequence[Group] | None = None
    found: int = 0

    @property
    def settled(self) -> Mapping[str, Share]:
        """What is settled by proof, by verdict."""
        return {RECORDED: self.shares["settled_recorded"], NOT_RECORDED: self.shares["settled_not_recorded"]}

    @property
    def unapplied(self) -> int:
        """How many verdicts are proven and not written yet."""
        return sum(share.rows - self.applied.get(verdict, 0) for verdict, share in self.settled.items())

    @property
    def balanced(self) -> bool:
        """Whether the vendor's total is the sum of its parts."""
        parts = ("matched", "stored_twice", "amount_differs", "time_differs", "only_at_vendor")
        return sum((self.shares[kind] for kind in parts), Share()) == self.vendor

    def in_full(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Some of our rows, by their number `n`, with all that is known of them."""
        return rows if self.sent is None else self.sent.in_full(rows)

    @property
    def exit_status(self) -> int:
        """0: everything agrees and no doubt is left, proven ones that are not written yet among them; otherwise 1."""
        left = self.shares["open"].rows + self.unapplied + sum(self.shares[kind].rows for kind in DIFFERENCES)
        return int(left > 0 or self.groups is not None)


def outcome_of(found: Comparison, export: Export, sent: Sent) -> Reconciliation:
    """Count everything."""
    left = found.left
    paired = left.differ["n"].implode()
    absent = left.absent.filter(~pl.col("n").is_in(paired))
    only_there = left.lines.filter(~pl.col("v").is_in(left.differ["v"].implode()))
    open_ = found.doubts.select("amount", "failed", "verdict").filter(pl.col("verdict").is_null())
    shares = {
        "matched": _share(left.matched),
        "settled_recorded": _settled(found.doubts, RECORDED),
        "settled_not_recorded": _settled(found.doubts, NOT_RECORDED),
        "open": _share(open_["amount"]),
        "only_in_file": _share(absent["amount"]),
        "only_at_vendor": _share(only_there["amount"]),
        "stored_twice": _share(left.surplus["amount"]),
        **{f"{what}_differs": _share(left.differ.filter(what=what)["line_amount"]) for what in ("amount", "time")},
    }
    amounts = export.lines.select(pl.col("amount").filter(~pl.col("v").is_in(left.others["v"].implode())))["amount"]
    return Reconciliation(
        export=export.name,
        sha256=export.sha256,
        results=tuple(map(str, sent.paths)),
        shares=shares,
        vendor=_share(amounts),
        others=_share(left.others["amount"]),
        guards=found.guards,
        doubts=found.doubts,
        lines=free_lines(found.classes),
        sent=sent,
        lists={
            "only_in_file": absent,
            "only_at_vendor": _known_otherwise(only_there, found.classes.rows),
            "stored_twice": left.surplus,
            "differ": left.differ,
        },
        reasons=_reasons(open_),
        notes=[*export.notes, *_advice(found, absent, only_there)],
        found=left.found.height,
        resting=sent.resting_on(export.sha256),
    )


def _advice(found: Comparison, absent: pl.DataFrame, only_there: pl.DataFrame) -> Iterator[str]:
    """What may be wrong with a column, where many recorded rows miss their lines by that column alone."""
    times = found.left.differ.filter(what="time").height
    if times > max(2, found.left.found.height // 2):
        yield (
            f"{times:,} rows differ in the time alone. If the export's column is the time of storing, say so: --map "
            "stored_at=COLUMN; if it is another time, leave it out: --ignore COLUMN."
        )
    same = ["message_id", "a", "t"]
    words = absent.join(only_there.select(same), on=same, how="semi", nulls_equal=True).height
    if words > 2:
        yield (
            f"{words:,} rows differ in attribution type or offer alone. If the export has other words for them, leave "
            "that column out: --ignore COLUMN."
        )


def by_totals(groups: Sequence[Group], zone: str | None, export: Export, sent: Sent) -> Reconciliation:
    """What a comparison by totals came to: every doubt is open, and nothing is matched row by row."""
    doubts = sent.rows.filter(role="doubt")
    total = _share(export.lines["amount"])
    shares = dict.fromkeys(KINDS, Share(0, Decimal("0.00"))) | {"open": _share(doubts["amount"])}
    why = "the export has totals alone, which prove nothing of a row"
    days = f"The days of {zone} fit better than those of {export.zone}." if zone else ""
    return Reconciliation(
        export=export.name, sha256=export.sha256, results=tuple(map(str, sent.paths)), shares=shares, vendor=total,
        reasons=[(why, shares["open"])] if doubts.height else [], groups=groups,
        notes=[note for note in (*export.notes, days, export.columns.advice) if note],
    )  # fmt: skip


def _known_otherwise(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Lines of no row that may have been stored, with `known`: what these results say of a row with this content."""
    told = rows.filter(pl.col("role").is_in(["refused", "unsent", "word"]))
    status = pl.coalesce(pl.col("status").first().cast(pl.String), pl.lit(""))
    return lines.join(told.group_by("c").agg(status.alias("known")), on="c", how="left", maintain_order="left")


def _reasons(open_: pl.DataFrame) -> list[tuple[str, Share]]:
    """Why rows are open, by the first guard that fails, the most frequent first."""
    first = open_.with_columns(guard=pl.col("failed").list.first()).partition_by("guard", as_dict=True)
    shares = [(SENTENCES[str(guard)], _share(rows["amount"])) for (guard,), rows in first.items()]
    return sorted(shares, key=lambda one: -one[1].rows)


def _settled(doubts: pl.DataFrame, verdict: str) -> Share:
    return _share(doubts.select(pl.col("amount").filter(verdict=verdict))["amount"])


def _share(amounts: pl.Series) -> Share:
    return Share(len(amounts), exact_sum(amounts))


def fields_of(found: Reconciliation) -> dict[str, Any]:
    """The object of `--json`; `Any`, as JSON is."""
    groups = None if found.groups is None else [group.to_json() for group in found.groups]
    return {
        **{kind: share_fields(found.shares[kind]) for kind in KINDS},
        "vendor": share_fields(found.vendor),
        "other_sources": share_fields(found.others),
        "guards": dict(found.guards),
        "open_because": [{"why": why, **share_fields(share)} for why, share in found.reasons],
        "applied": dict(found.applied),
        "resting_on_this_export": {verdict: share_fields(share) for verdict, share in found.resting.items()},
        "mode": "rows" if groups is None else "totals",
        **({} if groups is None else {"groups": groups}),
        "export": {"name": found.export, "sha256": found.sha256},
        "results": list(found.results),
        "notes": list(found.notes),
        "exit": found.exit_status,
    }
