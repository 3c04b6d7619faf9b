"""What who approves is told to look at, by the figures of the check and of the import before."""

from __future__ import annotations

import pytest

from importer.web.unusual import Before, unusual
from tests.web.test_steps import pretend


def share(rows, revenue):
    return {"rows": rows, "revenue": revenue}


def summary(rows=1000, revenue="25000.00", left=0, largest=("99.00", "98.00"), months=None, undated=0):
    largest = [{"source": "june.csv", "row": n, "revenue": one} for n, one in enumerate(largest, 17)]
    by_month = months or {"2026-06": share(rows, revenue)}
    span = {"first_timestamp": "2026-05-02T08:00:00Z", "last_timestamp": "2026-06-30T23:00:00Z"}
    posted = {"to_post": share(rows, revenue), "without_timestamp": share(undated, "1.00")}
    return {**span, **posted, "rows": rows + left, "largest": largest, "by_month": by_month}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"rows": 0, "revenue": "0"}, []),
        ({"largest": ["4990.00", "99.00"]}, ["The largest amount, 4,990.00 in row 17, is 200 times the average."]),
        ({"rows": 10, "largest": ["24000.00"]}, []),  # of ten rows an average says nothing
        ({"revenue": "0.00", "largest": ["0.00"]}, []),
        (
            {"rows": 30, "revenue": "1000.00", "largest": ["300.00", "250.00"]},
            ["The 2 largest rows make up 55 % of the money."],
        ),
        (
            {"months": {"2026-05": share(12, "99.50"), "2026-06": share(988, "24900.50")}},
            ["12 rows (99.50) of 2026-05 among those of 2026-06: do they belong in this file?"],
        ),
        ({"months": {"1970-01": share(1, "1.00"), "2026-06": share(999, "1.00"), "2099-01": share(1, "1.00")}}, []),
        ({"months": {"2026-05": share(400, "1.00"), "2026-06": share(600, "1.00")}}, []),
        (
            # of 100 rows without a time 90 are refused for something else
            {"months": {"2026-06": share(900, "1.00"), "no timestamp": share(100, "1.00")}, "undated": 10},
            ["10 rows without a time: the API counts these when they are posted."],
        ),
        ({"left": 250}, ["20 % of the rows would not be posted."]),
    ],
)
def test_what_is_unusual_is_a_sentence(changes, told):
    assert unusual(summary(**changes), None) == told


def test_what_is_far_from_the_import_before_is_told_with_both_figures():
    before = Before("“May 2026”", summary())
    assert unusual(summary(rows=1900, revenue="40000.00"), before) == []
    cents = unusual(summary(revenue="2500000.00"), before)
    assert cents == [
        "Compared with “May 2026”: revenue 2,500,000.00, 25,000.00 then.",
        "Compared with “May 2026”: average amount 2,500.00, 25.00 then.",
    ]
    assert unusual(summary(), Before("x", summary(rows=0, revenue="0"))) == []


def test_who_approves_sees_the_largest_amounts_of_the_file(pia, anna):
    rows = [f"AAAA{n:04},{4990 if n == 61 else 24 + n / 100:.2f},sale" for n in range(1, 121)]
    path = pia.bring("\n".join(["message_id,revenue,attribution_type", *rows]).encode())
    pia.done(path, "submit")
    page = anna.get(path).text
    assert "The largest amount, 4,990.00 in row 61, is " in page
    assert f'<a href="{path}/rows?page=1#row-61">Row 61</a>' in page
    assert f'<a href="{path}/rows?page=2#row-120">Row 120</a>' in page
    assert 'id="row-120"' in anna.get(f"{path}/rows?page=2").text


def test_of_a_check_of_before_nothing_is_known(site, pia, anna):
    path = pia.begin()
    pia.put(f"{path}/file?name=june.csv", b"x")
    pretend(site, path)
    assert "Worth a look" not in anna.get(path).text
