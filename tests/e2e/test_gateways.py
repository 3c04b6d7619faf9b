"""The campaigns behind real gateways: their judge finds what is not as required, and their programs end."""

from __future__ import annotations

import csv
import socket
import sys
from dataclasses import replace
from functools import partial

import pytest

from tests.faultserver.plan import hang_up, rule
from tests.soak.behind.judging import Required, Run, judged, table
from tests.soak.behind.programs import MissingProgramError, Program, Tools, free_port
from tests.soak.behind.yard import ROOT, Yard
from tests.soak.gateways import SCENARIOS
from tests.support import strawman
from tests.support.inputs import FIELDS, rows
from tests.support.process import Result

MONTH = rows(20, plain=True)
RECORDS = [dict(zip(FIELDS, row.cells, strict=True)) for row in MONTH]
COLUMNS = ("row", "source", *FIELDS, "status", "error_code", "error_message")
WELL = Result((), 0, "", "Posting more slowly", 1.0)


@pytest.fixture
def run(tmp_path):
    """Make a run whose rows all have one status, with this ledger."""

    def make(status="recorded", ledger=RECORDS, result=WELL, message="look again"):
        results = tmp_path / "month.results.csv"
        with results.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for number, record in enumerate(RECORDS, 1):
                writer.writerow((number, "month.csv", *record.values(), status, "http_503", message))
        return Run("a run", MONTH, results, ledger, result)

    return make


def test_a_run_that_kept_everything_is_as_required(run):
    required = Required(exits=(0,), recorded=20, within_s=2, says=("slow",))
    line = judged(run(), required)
    assert (line.complaints, line.stored, line.twice, line.counts["recorded"]) == ((), 20, 0, 20)
    assert "as required" in table([line])


@pytest.mark.parametrize(
    ("changed", "required", "complaint"),
    [
        ({"ledger": RECORDS + RECORDS[:3]}, {}, "stored twice: 3"),
        ({"ledger": RECORDS[1:]}, {}, "recorded, but not stored: 1"),
        ({"status": "rejected"}, {}, "20 rejected"),
        ({"status": "pending"}, {}, "stored, but neither recorded nor in doubt"),
        ({"status": "in_doubt"}, {"in_doubt": 19}, "20 in doubt, at most 19"),
        ({"status": "in_doubt"}, {"in_doubt": 20, "shows": "--sure"}, "rows in doubt that do not say"),
        ({"status": "in_doubt"}, {"in_doubt": 20, "recorded": 1}, "0 recorded, at least 1"),
        ({}, {"exits": (1, 3)}, "exit 0, not 1 or 3"),
        ({}, {"says": ("proxy",)}, "does not say 'proxy'"),
        ({}, {"not_says": "slow"}, "says 'slow'"),
        ({}, {"within_s": 0.5}, "1.0 s, at most 0.5"),
        ({"result": replace(WELL, stderr="Traceback (most recent call last)")}, {}, "a traceback"),
        ({"message": "'Handle' object has no attribute 'when'"}, {}, "20 rows whose error_message is a mistake"),
        ({"result": None}, {}, "it did not end"),
    ],
)
def test_the_judge_finds_what_is_not_as_required(run, changed, required, complaint):
    """Negative controls: each is one fault in a run that is otherwise well."""
    line = judged(run(**changed), Required(**required))
    assert complaint in "; ".join(line.complaints)
    assert "NOT: " in table([line])


def test_a_whole_scenario_is_judged_by_the_ledger(tmp_path):
    """An importer that holds its doubts passes where these are allowed, and fails where none are."""
    env = {"PYTHONPATH": str(ROOT)}
    with Yard(tmp_path / "yard", "lost", Tools(tmp_path), strawman.HONEST, scale=1) as yard:
        url = yard.api(rule(hang_up(stored=True), nth=(3, 5))).url
        run = partial(yard.run, url=url, env=env, count=20, fewest=1)
        lost = run(required=Required(exits=(1,), in_doubt=3, recorded=17))
        again = run(name="again", required=Required(exits=(1,)))
    assert (lost.complaints, lost.counts["in_doubt"], lost.doubts_stored) == ((), 3, 3)
    assert again.complaints == ("3 in doubt, at most 0",)


def test_a_program_ends_also_after_an_exception(tmp_path):
    """Nothing of a scenario goes on listening."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]

    def break_off():
        with Program(command, port, tmp_path / "log"):
            socket.create_connection(("127.0.0.1", port)).close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(MissingProgramError, match="no-such-gateway"):
        Tools(tmp_path).program("no-such-gateway")


def test_scenarios_have_names_of_their_own():
    assert len({scenario.__name__ for scenario in SCENARIOS}) == len(SCENARIOS)
