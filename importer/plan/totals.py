"""Rows and money as they are planned: by status, by what there is to say of them; and the rows held as equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from importer.model import EXACT, EXAMPLES_A_CODE, Example, Finding, Share, Status
from importer.plan.keys import KEYS
from importer.schema import exact_sum, exact_sums, largest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.plan.checked import Checked
    from importer.plan.matching import Plan


def by_status(checked: Checked, plan: Plan) -> dict[Status, Share]:
    """The shares by status as they stand before anything is posted."""
    rows = plan.rows.select("status", checked.index["amount"])
    shares = {Status(str(status)): Share(size, revenue) for status, size, revenue in exact_sums(rows, "status")}
    return {status: shares[status] for status in Status if status in shares}


def findings(checked: Checked, plan: Plan) -> Iterator[Finding]:
    """What there is to say about the rows: those that the check found invalid, then those that are held, by code."""
    yield from _invalid(checked, plan)
    if plan.rows["code"].null_count() == plan.rows.height:
        return
    rows = plan.rows.with_columns(checked.index["amount", "row", "line", "file"]).with_row_index("n")
    equals = held_as_equal(checked, plan)
    for (code,), group in rows.filter(pl.col("code").is_not_null()).group_by("code", maintain_order=True):
        few = largest(group, EXAMPLES_A_CODE).join(equals, on="n", how="left", maintain_order="left")
        examples = tuple(
            Example(checked.name(file), row, line, why or "held by an earlier run", amount=amount)
            for file, row, line, why, amount in few.select(
                "file", "row", "line", pl.coalesce("why_equal", pl.col("why").cast(pl.String)), "amount"
            ).iter_rows()
        )
        yield Finding(str(code), Share(group.height, exact_sum(group["amount"])), examples)


def _invalid(checked: Checked, plan: Plan) -> Iterator[Finding]:
    """What the check found, less the rows that were sent before."""
    sent = sent_and_broken(checked, plan)
    names = [checked.name(file) for file in sent["file"]]
    places = set(zip(names, sent["row"], strict=True))
    for finding in checked.findings.values():
        amounts = sent["amount"].filter(sent["broken"] == finding.code) if places else sent["amount"]
        rows, revenue = finding.share.rows - len(amounts), EXACT.subtract(finding.share.revenue, exact_sum(amounts))
        if rows:
            examples = (one for one in finding.examples if (one.source, one.row) not in places)
            yield Finding(finding.code, Share(rows, revenue), tuple(examples), further=checked.further[finding.code])


def sent_and_broken(checked: Checked, plan: Plan) -> pl.DataFrame:
    """The rows that break a rule now (`broken`), and keep what became of them when they did not."""
    broken = ~pl.col("valid") & ~pl.col("excluded")
    return checked.index.filter(broken & (plan.rows["status"] != str(Status.INVALID)))


def held_as_equal(checked: Checked, plan: Plan) -> pl.DataFrame:
    """The number `n` of each row that is held as equal to an earlier one, and a sentence that names that one."""
    rows = checked.index.select("valid", *KEYS, "row", "line", "file").with_row_index("n")
    held = rows.filter(plan.rows["code"] == "duplicate_row")
    equal = rows.filter(pl.col("valid") & pl.col("key_a").is_in(held["key_a"].unique().implode()))
    first = equal.unique(KEYS, keep="first", maintain_order=True)
    pairs = held.join(first, on=KEYS, how="left", maintain_order="left", suffix="_first")
    names = checked.names
    line = pl.format(" (line {})", "line_first").fill_null("")  # Parquet has none
    file = pl.when(pl.col("file") != pl.col("file_first")).then(
        pl.format(" of {}", pl.lit(names).gather(pl.col("file_first").cast(pl.UInt32)))
    )
    return pairs.select("n", why_equal=pl.format("the same as row {}{}{}", "row_first", line, file.fill_null("")))
