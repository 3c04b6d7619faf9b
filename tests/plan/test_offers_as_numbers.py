"""Offers that a program took for numbers (`4521.0`): the same offers, wherever rows are compared."""

from __future__ import annotations

from functools import partial

import pytest

from tests.support import inside

HEADER = "message_id,revenue,attribution_type,offer_id\n"
JUNE = ["a1b2c3d4,24.99,sale,4521", "a1b2c3d5,3.50,click,007", "a1b2c3d6,1.00,send,"]
AGAIN = ["a1b2c3d4,24.99,sale,4521.0", "a1b2c3d5,3.50,click,007.00", "a1b2c3d6,1.00,send,"]


@pytest.fixture
def importing(healthy_server, tmp_path):
    """Write a file of these lines, and import it."""

    def run(name, lines, *options):
        (tmp_path / name).write_text(HEADER + "".join(f"{line}\n" for line in lines))
        command = partial(inside.run, "import", name, "--base-url", healthy_server.url, "--json")
        return command(*options, cwd=tmp_path)

    return run


@pytest.mark.parametrize(("first", "second"), [(JUNE, AGAIN), (AGAIN, JUNE)])
def test_the_same_export_written_by_pandas_is_not_posted_again(importing, healthy_server, first, second):
    """An empty cell makes a column of floats of it: neither beside its own results nor under another name."""
    assert importing("june.csv", first).exit == 0
    again = importing("june.csv", second)
    assert (again.exit, again.json["requests"]) == (0, 0), again
    other = importing("again.csv", second)
    assert other.exit == 2, other
    assert "june.results.csv" in other.stderr
    held = importing("again.csv", second, "--already", "june.results.csv")
    assert (held.exit, held.json["by_code"]) == (0, {"already_recorded": 3}), held
    assert len(healthy_server.ledger()) == 3


def test_both_ways_in_one_file_are_equal_rows(importing, healthy_server):
    """What was exported twice and put together is held for a decision; what is sent is what stands there."""
    result = importing("june.csv", [AGAIN[0], JUNE[0]])
    assert (result.exit, result.json["by_code"]) == (1, {"duplicate_row": 1}), result
    assert [record["offer_id"] for record in healthy_server.ledger()] == ["4521.0"]
    assert "1 row with an offer_id such as 4521.0" in result.stderr


@pytest.mark.parametrize("offer", ["4521.5", "4521.", ".0", "x4521.0", "4521.0.0", "-4521.0", '"4.521,0"'])
def test_what_only_looks_alike_is_another_offer(importing, offer):
    """Only an integer with nothing but zeros behind its point."""
    result = importing("june.csv", [JUNE[0], f"a1b2c3d4,24.99,sale,{offer}"])
    assert (result.exit, result.json["by_status"]["recorded"]["rows"]) == (0, 2), result
    assert "offer_id such" not in result.stderr


def test_equal_rows_fall_into_one_shard(importing, healthy_server):
    """A month begun in shards and continued with the re-export: each row once, whichever form its shard sees."""
    integers = [f"a00000{i:02d},{i}.50,sale,{4500 + i}" for i in range(16)]
    floats = [f"{line}.0" for line in integers]
    for part in ("1/2", "2/2"):
        assert importing("june.csv", integers, "--shard", part, "--limit", 4).exit == 1
    for part in ("1/2", "2/2"):
        assert importing("june.csv", floats, "--shard", part).exit == 0
    assert sorted(record["message_id"] for record in healthy_server.ledger()) == [line[:8] for line in integers]


def test_results_hold_what_was_sent(importing, healthy_server, tmp_path):
    """A rerun with the other form does not rewrite what stands there of rows that were sent before."""
    importing("june.csv", ["a1b2c3d4,24.90,sale,4521", "a1b2c3d5,3.50,click,007"], "--limit", 1)
    importing("june.csv", ["a1b2c3d4,24.9,sale,4521.0", "a1b2c3d5,3.5,click,007.0"])
    lines = (tmp_path / "june.results.csv").read_text().splitlines()[1:]
    assert [line.split(",")[2:6] for line in lines] == [
        ["a1b2c3d4", "24.90", "sale", "4521"],
        ["a1b2c3d5", "3.5", "click", "007.0"],
    ]
    assert [record["offer_id"] for record in healthy_server.ledger()] == ["4521", "007.0"]
