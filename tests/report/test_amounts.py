"""Every number is the exact sum of the lines, whatever they are."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.disk import Replacement
from importer.model import Share, Status
from importer.report import make_report
from importer.report.json import report_fields
from importer.results.file import COLUMNS, write
from tests.report.month import written
from tests.support.books import (
    EXACT,
    a_book,
    amount,
    end_event,
    line,
    start_event,
    write_journal,
    write_results,
)

digits = st.one_of(
    st.integers(0, 10**15 - 1).map(str),
    st.tuples(st.integers(0, 10**15 - 1), st.text("0123456789", min_size=1, max_size=18)).map(
        lambda p: f"{p[0]}.{p[1]}"
    ),
    st.decimals(0, 1000, places=2).map(lambda d: f"{d:f}"),
).filter(lambda text: Decimal(repr(float(text))) == Decimal(text))
days = st.integers(1767225600, 1798761599).map(lambda s: datetime.fromtimestamp(s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


@st.composite
def any_lines(draw):
    return [
        line(
            row,
            draw(st.sampled_from([str(status) for status in Status])),
            draw(digits),
            attribution_type=draw(st.sampled_from(["sale", "click", "send"])),
            offer_id=draw(st.sampled_from([None, "4521", "007", "=2+3", "<b>", "été"])),
            timestamp=draw(st.none() | days),
        )
        for row in range(1, draw(st.integers(0, 60)) + 1)
    ]


def sums(lines, key):
    """Rows and revenue by a key, with Python's decimals alone."""
    found = defaultdict(lambda: [0, Decimal(0)])
    for one in lines:
        found[key(one)][0] += 1
        found[key(one)][1] = EXACT.add(found[key(one)][1], amount(one))
    return {name: tuple(pair) for name, pair in found.items()}


# A Parquet file is first opened in a process of its own, which takes its time.
suffixes = st.sampled_from([".csv"] * 9 + [".parquet"])


@settings(max_examples=settings().max_examples // 4)  # of many lines each: a report takes its time
@given(lines=any_lines(), suffix=suffixes, zone=st.sampled_from(["UTC", "America/New_York"]))
def test_any_results_balance_and_every_number_is_the_sum_of_its_lines(tmp_path_factory, lines, suffix, zone):
    """Whatever the lines are, all sums equal those that Python's decimals give, in the numbers and in the JSON."""
    path = a_book(tmp_path_factory.mktemp("r") / f"r{suffix}", lines, options={"timezone": zone})
    report = make_report([path])
    assert report.balanced, report.checks
    fields = json.loads(json.dumps(report_fields(report)))
    assert (fields["rows"], Decimal(fields["revenue"])) == sums(lines, lambda _: 0).get(0, (0, Decimal(0)))

    def shares(group, part=lambda one: one):
        return {name: (part(one)["rows"], Decimal(part(one)["revenue"])) for name, one in group.items()}

    assert shares(fields["by_status"]) == sums(lines, lambda one: one["status"])
    assert shares(fields["by_attribution_type"]) == sums(lines, lambda one: one["attribution_type"])
    assert {one["name"]: (one["file"]["rows"], Decimal(one["file"]["revenue"])) for one in fields["by_offer"]} == sums(
        lines, lambda one: one["offer_id"] or "(none)"
    )
    no_date = "no timestamp (dated when posted)"

    def local(one, form="%Y-%m"):
        if not one["timestamp"]:
            return no_date
        return datetime.fromisoformat(one["timestamp"]).astimezone(ZoneInfo(zone)).strftime(form)

    for name, key in (
        ("by_day", lambda one: (one["timestamp"] or "")[:10] or no_date),
        ("by_day_local", lambda one: local(one, "%Y-%m-%d")),
        ("by_month", lambda one: (one["timestamp"] or "")[:7] or no_date),
        ("by_month_local", local),
    ):
        for part, chosen in (("file", lines), ("recorded", [one for one in lines if one["status"] == "recorded"])):
            assert {
                one["name"]: (one[part]["rows"], Decimal(one[part]["revenue"]))
                for one in fields[name]
                if one[part]["rows"]
            } == sums(chosen, key)
    crossing = [one for one in lines if one["timestamp"] and local(one) != one["timestamp"][:7]]
    assert (fields["month_end"]["rows"], Decimal(fields["month_end"]["revenue"])) == sums(crossing, lambda _: 0).get(
        0, (0, 0)
    )


def test_sums_beyond_38_digits_do_not_wrap(tmp_path):
    """Two hundred thousand absurd amounts are summed exactly, where a decimal column of polars would wrap silently."""
    one = pl.DataFrame([line(1, revenue="999999999999999")], schema=dict.fromkeys(COLUMNS, pl.String))
    many = pl.concat([one] * 200_000).with_columns(row=pl.int_range(1, 200_001).cast(pl.String))
    path = tmp_path / "r.parquet"
    with Replacement(path) as replacement:
        write(replacement, [many], [])
        replacement.put()
    report = make_report([path])
    assert report.total == Share(200_000, Decimal(999999999999999 * 200_000))
    assert report.kinds.lines[0].recorded == report.total


def test_invalid_revenue_is_read_as_the_run_read_it(tmp_path):
    """The cells of invalid rows are as read: with `--decimal comma`, 1.000,50 is a thousand and a half."""
    lines = [line(1), line(2, "invalid", "1.000,50", error_code="invalid_message_id")]
    path = a_book(tmp_path / "r.csv", lines)
    start = start_event({"pending": (1, "24.90"), "invalid": (1, "1000.50")}, options={"decimal": "comma"})
    write_journal(path, lines, [start, end_event((1, "24.90")), written(path)])
    report = make_report([path])
    assert report.balanced, report.checks
    assert report.share(Status.INVALID) == Share(1, Decimal("1000.50"))


@pytest.mark.parametrize("code", ["ragged_row", "missing_revenue", "invalid_revenue"])
def test_rows_whose_revenue_could_not_be_read_count_without(tmp_path, code):
    """A row that the run could not read an amount from has none in the report either, whatever its cell looks like."""
    path = write_results(tmp_path / "r.csv", [line(1), line(2, "invalid", "12.00", error_code=code)])
    assert make_report([path]).share(Status.INVALID) == Share(1, Decimal("0.00"))
