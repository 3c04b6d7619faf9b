"""Equal message, amount and type at other times: posted, and said where the input may be the same events."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import polars as pl
import pytest

from importer.model import FIELDS
from importer.plan.keys import event, moment, spelling, with_keys
from importer.plan.near.other_times import OtherTimes
from importer.run.pipeline import run_check
from importer.schema import AMOUNT
from importer.settings import Settings
from tests.plan.test_near_twins import HEADER, JUNE, Ears, cell, importing, later
from tests.support.checked import heard

__all__ = ["importing"]

SALES = [cell(2, lambda _: "sale")(line) for line in JUNE]
NEW = [cell(0, lambda text: "x" + text[1:])(line) for line in SALES[:15]]
paid = cell(4, lambda _: "2026-07-15T12:00:00Z")


def delayed(line: str) -> str:
    """Some minutes later, each by another number."""
    return later((int(line[3:8]) * 37 % 50 + 1) / 60)(line)


def told(importing, name, lines, **options):
    """The exit status, and the warnings of rows at other times."""
    ears = Ears()
    status, _ = importing(name, lines, ears, **options)
    return status, [text for text in ears.told if "at other times" in text]


@pytest.mark.parametrize("change", [paid, delayed], ids=["paid", "delayed"])
@pytest.mark.parametrize("more", [[], NEW], ids=["whole", "part"])
def test_a_file_with_another_of_its_times_is_said(importing, change, more):
    """The file, rows, money and both times, and what `--already` does not do."""
    importing("june.csv", SALES)
    again = [change(line) for line in (SALES[:12] if more else SALES)]
    status, said = told(importing, "again.csv", [*again, *more])
    assert (status, len(said)) == (0, 1)
    first = f"again.csv row 1: {again[0].split(',')[4]}, recorded with {SALES[0].split(',')[4]}"
    count = "12 rows to post (138.00)" if more else "20 rows to post (229.00)"
    for part in (count, "june.results.csv", first, "--already does not hold"):
        assert part in said[0], said


def test_what_it_advises_leaves_these_rows_out_and_no_others(importing, healthy_server, tmp_path):
    """With `--already`, too, which does not hold them; the `--where` of the sentence is followed to the letter."""
    importing("june.csv", SALES)
    lines = [*map(paid, SALES[:12]), *NEW]
    named = {"already": (str(tmp_path / "june.results.csv"),)}
    (tmp_path / "again.csv").write_text("\n".join([HEADER, *lines]))
    checked = run_check(Settings(inputs=(str(tmp_path / "again.csv"),), base_url=healthy_server.url, **named))
    said = [text for text in checked.warnings if "at other times" in text]
    assert len(said) == 1
    where = shlex.split(re.search(r"--where (.*)\.$", said[0])[1])[0]
    status, summary = importing("again.csv", lines, where=(where,), **named)
    shares = {str(one): share.rows for one, share in summary.by_status.items()}
    assert (status, shares) == (0, {"recorded": 15, "excluded": 12})
    assert len(healthy_server.ledger()) == 35


def test_a_file_of_many_such_rows_has_no_list_of_ids(importing):
    """Of more than a few messages no command is printed."""
    many = [f"Big{i:05d},5.00,sale,1,2026-06-{1 + i % 28:02d}T01:02:03Z" for i in range(30)]
    importing("june.csv", many)
    _, said = told(importing, "again.csv", list(map(paid, many)))
    assert said
    assert "take them out of the file" in said[0]


def test_renewals_are_said_once(importing):
    """A subscription that renews each month: the second time it is usual."""
    counts = []
    for month in ("06", "07", "08", "09"):
        lines = [line.replace("-06-", f"-{month}-") for line in SALES]
        counts.append(len(told(importing, f"{month}.csv", lines)[1]))
    assert counts == [0, 1, 0, 0]


def test_clicks_that_repeat_where_they_are_recorded_are_usual(importing):
    clicks = [*SALES, *map(delayed, SALES)]
    importing("june.csv", clicks)
    assert told(importing, "more.csv", [paid(line) for line in SALES])[1] == []


@pytest.mark.parametrize(
    "change", [lambda line: paid(cell(1, lambda _: "7.77")(line)), cell(0, lambda text: "y" + text[1:])]
)
def test_other_amounts_and_messages_are_none(importing, change):
    importing("june.csv", SALES)
    assert told(importing, "more.csv", [change(line) for line in SALES]) == (0, [])


@pytest.mark.parametrize(("late", "others", "times"), [(9, 0, 1), (5, 5, 1), (4, 5, 0), (1, 0, 0)])
def test_a_few_are_said_where_they_are_half_of_the_known_messages(importing, late, others, times):
    """Of messages that are new nothing is known; a single row says nothing."""
    importing("june.csv", SALES)
    further = [paid(cell(1, lambda _: "7.77")(line)) for line in SALES[late : late + others]]
    assert len(told(importing, "more.csv", [*map(paid, SALES[:late]), *further, *NEW])[1]) == times


@pytest.mark.parametrize(("rows", "times"), [(1, 0), (2, 1), (10, 1)])
def test_two_rows_are_a_few(importing, rows, times):
    """All that is recorded, again."""
    importing("june.csv", SALES[:rows])
    assert len(told(importing, "again.csv", [*map(paid, SALES[:rows])])[1]) == times


def test_what_comes_again_each_week_is_said_once(importing):
    """Two loyal customers of each week."""
    counts = []
    for week in range(4):
        loyal = [later(24 * 7 * week)(line) for line in SALES[:2]]
        lines = [*loyal, *(line.replace("x", f"w{week}") for line in NEW)]
        counts.append(len(told(importing, f"{week}.csv", lines)[1]))
    assert counts == [0, 1, 0, 0]


def test_the_advice_leaves_no_further_row_of_a_message_out(importing, healthy_server, tmp_path):
    """A message among them has a sale of another offer, too: its row is taken out by hand."""
    importing("june.csv", SALES)
    further = paid(cell(1, lambda _: "99.00")(cell(3, lambda _: "888")(SALES[3])))
    lines = [*map(paid, SALES[:12]), further, *NEW]
    (tmp_path / "again.csv").write_text("\n".join([HEADER, *lines]))
    said = heard(tmp_path / "again.csv", base_url=healthy_server.url)
    assert "take again.csv row 4 out of the file" in said.said, said
    status, summary = importing("again.csv", [*lines[:3], *lines[4:]], where=tuple(said.options("--where")))
    sent = [record["message_id"] for record in healthy_server.ledger()]
    assert (status, len(sent), sent.count("Msg00003")) == (0, 20 + 16, 2), summary


def test_a_key_of_the_users_tells_the_events_apart(importing):
    """Another invoice number is another event; the same one at another time may be the same event."""
    options = {"header": "message_id,revenue,attribution_type,offer_id,timestamp,Invoice", "key": ("Invoice",)}
    importing("june.csv", [f"{line},A{n}" for n, line in enumerate(SALES)], **options)
    assert told(importing, "b.csv", [f"{paid(line)},B{n}" for n, line in enumerate(SALES)], **options)[1] == []
    assert len(told(importing, "a.csv", [f"{paid(line)},A{n}" for n, line in enumerate(SALES)], **options)[1]) == 1


def sales(first: int, count: int, hour: int = 9) -> pl.DataFrame:
    """Rows as sent, each of a message of its own."""
    texts = [(f"Msg{n:05d}", "5.00", "sale", "1", f"2026-06-10T{hour:02}:00:00Z") for n in range(first, first + count)]
    return pl.DataFrame(texts, schema=dict.fromkeys(FIELDS, pl.String), orient="row")


def found_among(rows: pl.DataFrame, fates: pl.DataFrame) -> int | None:
    """How many rows of an input, all of them to be posted, are said to come again at other times."""
    rows = with_keys(rows).with_columns(
        event(), moment(), spelling(), amount=pl.col("revenue").cast(AMOUNT), due=True, post=True, file=0
    )
    found = OtherTimes.between(Path("june.results.csv"), rows.with_row_index("row"), with_keys(fates), None)
    return found and found.rows.height


@pytest.mark.parametrize(
    ("again", "gone", "new", "found"),
    [
        (10, 0, 0, 10), (10, 0, 10, 10), (10, 0, 11, 10), (1, 0, 0, None), (2, 0, 0, 2), (9, 0, 50, 9),
        (10, 2, 50, 10), (10, 11, 11, 10),
    ],
)  # fmt: skip
def test_rows_that_come_again_among_new_ones(again, gone, new, found):
    """Of messages that are recorded nearly all came at another time, whatever else there is on either side."""
    there = sales(0, again + gone)
    assert found_among(pl.concat([sales(0, again, hour=12), sales(900, new)]), there) == found


@pytest.mark.parametrize(
    ("again", "others", "known", "found"),
    [
        (10, 2, 0, 10), (10, 10, 0, 10), (10, 11, 0, 10), (9, 9, 0, 9), (9, 10, 0, None),
        (10, 0, 2, 10), (10, 0, 3, 10), (10, 11, 2, None),
    ],
)  # fmt: skip
def test_rows_that_come_again_among_others_of_known_messages(again, others, known, found):
    """Nearly all that is recorded of them, or half of the rows of such messages: others have another amount."""
    here = pl.concat([sales(0, again, hour=12), sales(0, others).with_columns(revenue=pl.lit("7.00"))])
    there = pl.concat([sales(0, max(again, others)), sales(0, known, hour=3)])
    assert found_among(here, there) == found
