"""Lines that are no rows: what they are, how they are left out, and what they say of the rows below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from importer.schema.lines import with_stray_lines_told
from tests.schema.tables import batches
from tests.support.checked import heard

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "message_id,revenue,attribution_type,timestamp,payout"
ROWS = [f"tfb0ra{n:02},{n}.10,sale,2026-06-0{n},0.5{n}" for n in range(1, 7)]


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "june.csv"
    path.write_text("\n".join([HEADER, *ROWS[:3], *lines, *ROWS[3:]]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (HEADER, "The line is the header again, and no row"),
        ("Message ID,Revenue,Attribution Type,TIMESTAMP,Payout", "The line is the header again, and no row"),
        ("---,---,---,---,---", "The line is drawn between rows, and is none"),
        ("-----------,------,----,-----,--", "The line is drawn between rows, and is none"),
        ("Report generated 2026-07-01,,,,", "'Report generated 2026-07-01' stands alone in its line"),
        ("Approved:,,,,", "'Approved:' stands alone in its line"),
        (",,,,Note: 6 rows", "'Note: 6 rows' stands alone in its line"),
        ('"June, EU=all",,,,', "'June, EU=all' stands alone in its line"),
    ],
)
@pytest.mark.parametrize("any_message_id", [False, True])
def test_what_it_is_and_how_it_is_left_out(tmp_path: Path, line: str, said: str, *, any_message_id: bool) -> None:
    """The option that is named leaves it out, and nothing else."""
    path = written(tmp_path, line)
    found = heard(path, any_message_id=any_message_id)
    if any_message_id and "Approved" in line:
        assert found.codes == {"missing_revenue": 1}  # it may be an id, which it is not said to be
        return
    assert said in found.said
    assert found.posted == 6
    followed = heard(path, any_message_id=any_message_id, where=found.options("--where"))
    assert (followed.codes, followed.posted) == ({}, 6)


@pytest.mark.parametrize(
    ("line", "is_header"),
    [
        ("message_id,revenue,timestamp,Anna,Bert,Cora,,,,,", True),
        ("message_id,revenue,timestamp,Anna,Bert,Cora,Dora,,,,", False),
        ("message_id,revenue,Anna,Bert,,,,,,,", True),
        ("message_id,revenue,Anna,Bert,Cora,,,,,,", False),
        ("Anna,revenue,,,,,,,,,", False),
    ],
)
def test_half_of_a_header_s_cells_are_called_as_columns_are(tmp_path: Path, line: str, *, is_header: bool) -> None:
    path = tmp_path / "june.csv"
    rows = [f"{row},,,,,," for row in ROWS]
    path.write_text("\n".join([f"{HEADER},a,b,c,d,e,f", *rows[:3], line, *rows[3:]]), encoding="utf-8")
    assert ("header" in heard(path).said) is is_header


@pytest.mark.parametrize("line", ["Page 2", "Report of June"])
def test_a_line_with_too_few_cells(tmp_path: Path, line: str) -> None:
    """No condition is asked of it, so that none is named."""
    found = heard(written(tmp_path, line))
    assert found.codes == {"ragged_row": 1}
    assert f"'{line}' stands alone in its line, as a title or a note does, and is no row; take it out" in found.said
    assert not found.options("--where")


@pytest.mark.parametrize(
    "line", ["tfb0raXX,,,,", "tfb0raXX,revenue,,,", ",5.00,sale,2026-06-01,", "abc,1.00,sale,2026-06-01,0.5"]
)
def test_broken_rows_are_rows(tmp_path: Path, line: str) -> None:
    """What has an amount, or an id and nothing else, is told of its cells."""
    found = heard(written(tmp_path, line))
    assert (found.exit_status, sum(found.codes.values()), "no row" in found.said) == (1, 1, False)


ANOTHER = [
    "message_id,payout,attribution_type,timestamp,revenue",
    "message_id,revenue,attribution_type,click_time,timestamp",
    "Message ID,Revenue,Type,Date,Payout",
    "revenue,message_id,attribution_type,timestamp,payout",
    "message_id,revenue,attribution_type,timestamp",
]


@pytest.mark.parametrize("line", ANOTHER)
def test_another_header_stops_the_run(tmp_path: Path, line: str) -> None:
    """Left out or not: the rows below it would be read by the first one. Each part by itself is read."""
    path = written(tmp_path, line)
    is_short = line.count(",") < HEADER.count(",")
    for where in ((), ("message_id!=message_id", "message_id!=revenue")):
        found = heard(path, where=where)
        if is_short:
            assert "header" in found.said
            continue
        assert "row 4 (line 5) is another header than the first" in found.said
        assert "3 rows (15.30) below it would be read by the first one" in found.said
        assert found.exit_status == 2
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("\n".join([HEADER, *ROWS[:3]]), encoding="utf-8")
    second.write_text("\n".join([HEADER, *ROWS[3:]]), encoding="utf-8")
    assert heard(first, second, results=tmp_path / "r.csv").posted == 6


def test_the_first_header_again_ends_what_another_began(tmp_path: Path) -> None:
    """And another one with nothing to send below it stops nobody."""
    found = heard(written(tmp_path, ANOTHER[0], ROWS[0].replace("01,", "09,"), HEADER))
    assert "1 row (1.10) below it" in found.said
    assert heard(written(tmp_path, ANOTHER[0], HEADER)).posted == 6


TITLES = [
    *("Refunds", "Rejected conversions", "Pending:", "Chargebacks (June)", "== Cancelled ==", "Storniert", "Retouren"),
    *("Remboursements", "Declined by advertiser", "Corrections", "Возвраты", "Rejected"),
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("cells", [",,,,", ""])
@pytest.mark.parametrize("more", [(), (HEADER,)])
def test_the_title_of_what_is_no_revenue_is_a_question(
    tmp_path: Path, title: str, cells: str, more: tuple[str, ...]
) -> None:
    """However the title itself is left out, and with a header below it."""
    path = written(tmp_path, title + cells, *more)
    leave_out = (f"message_id!=message_id,{title}",)
    for found in (heard(path), heard(path, where=leave_out)):
        assert (
            f"{title!r}, stands alone in its line, as the title of a part does: 3 rows (15.30) below it" in found.said
        )
    taken = heard(path, where=leave_out, ignore=found.options("--ignore"))
    assert taken.posted == 6


@pytest.mark.parametrize(
    "lines",
    [
        ("Approved,,,,",),
        ("Sales of June,,,,",),
        ("Page 2,,,,",),
        ("EUR,,,,",),
        ("Not refunded,,,,",),
        ("No chargebacks,,,,",),
        ("Refunds,,,,", "tfb0raX1,-3.00,sale,2026-06-01,", "Approved,,,,"),
        ("tfb0raX1,,sale,2026-06-01,Refunds",),
    ],
)
def test_other_lines_ask_nothing(tmp_path: Path, lines: tuple[str, ...]) -> None:
    """Titles of revenue, a part that ends before the next title, a word in a row."""
    assert heard(written(tmp_path, *lines)).posted == 6


FIELDS = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp", "Payout")
AGAIN, ANOTHER_ONE = "The line is the header again, and no row", "The line is a header with other columns, and no row"
DRAWN, LEAVES_OUT = "The line is drawn between rows, and is none", "--where 'message_id!={}' leaves it out"
WITHOUT_AN_ID = LEAVES_OUT.format('""') + ", as it does all rows without an id"
OF_A_REPORT = "{!r} is the line of a report with an average or a count, and no row"
STANDS_ALONE = "{!r} stands alone in its line, as a title or a note does, and is no row"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (FIELDS, f"{AGAIN}; {LEAVES_OUT.format('message_id')}"),
        (("Message ID", "REVENUE", "attribution-type"), f"{AGAIN}; {LEAVES_OUT.format('Message ID')}"),
        (("", "revenue", "", "", "timestamp", ""), f"{AGAIN}; {WITHOUT_AN_ID}"),
        (("", "revenue"), STANDS_ALONE.format("revenue") + f"; {WITHOUT_AN_ID}"),
        (("Message ID", "Revenue", "Type"), f"{ANOTHER_ONE}; {LEAVES_OUT.format('Message ID')}"),
        (("message_id", "Revenue", "Anna", "Bert"), f"{ANOTHER_ONE}; {LEAVES_OUT.format('message_id')}"),
        (("message_id", "Revenue", "Anna", "Bert", "Cora"), ""),
        (("message_id", "5", "attribution_type", "offer_id", "timestamp", "Payout"), ""),
        (("message_id", "x", "attribution_type", "offer_id", "timestamp", "Payout"), ""),
        (("---", "-"), f"{DRAWN}; {LEAVES_OUT.format('---')}"),
        (("", "", "", "", "", ".+."), f"{DRAWN}; {WITHOUT_AN_ID}"),
        (("=* ~+|:._",), f"{DRAWN}; {LEAVES_OUT.format('=* ~+|:._')}"),
        (("--", "--"), ""),
        (("---", "--", "x"), ""),
        (("Average", "3.10"), OF_A_REPORT.format("Average") + f"; {LEAVES_OUT.format('Average')}"),
        (("Count:", "2", "sale"), OF_A_REPORT.format("Count:") + f"; {LEAVES_OUT.format('Count:')}"),
        (("Averages", "3.10"), ""),
        (("Report",), STANDS_ALONE.format("Report") + f"; {LEAVES_OUT.format('Report')}"),
        (("--",), STANDS_ALONE.format("--") + f"; {LEAVES_OUT.format('--')}"),
        (("", "", "", "", "", "Note"), STANDS_ALONE.format("Note") + f"; {WITHOUT_AN_ID}"),
        (("R" * 41,), STANDS_ALONE.format("R" * 40 + "…") + f"; {LEAVES_OUT.format('R' * 41)}"),
        (("Report", "", "sale"), ""),
        (("tfb0ra99",), ""),
        (("tfb0ra99", "x"), ""),
        (("short", "9.99", "sale"), ""),
    ],
)
def test_the_first_that_is_said_of_a_line_is_what_it_is(line: tuple[str, ...], said: str) -> None:
    """The next ones are what is wrong with its other cells."""
    cells = [("tfb0ra01", "1.00", "sale", "", "", ""), (*line, *[""] * (6 - len(line)))]
    ((rows, batch, columns),) = batches(cells, header=FIELDS)
    before, after = (frame["error_message"][1] for frame in (rows, with_stray_lines_told(rows, batch, columns)))
    first = re.split("; (?=[a-z_]+: )", before.removesuffix("."))[0]
    assert after == before.replace(first, f"{first.split(':')[0]}: {said}" if said else first)
