"""A person's verdict on rows in doubt: kept with its reason, all or none, and never on any other row."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import ResultsError
from importer.run.verdicts.given import Verdict
from importer.run.verdicts.resolving import resolve
from tests.faultserver.plan import hang_up, plan, rule, success
from tests.faultserver.server import FaultServer
from tests.support import inside
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge, read_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faultserver.server import FaultServerProcess
    from tests.support.process import Result

MONTH = rows(12)
STORED, LOST = MONTH[3], MONTH[7]
REVENUE_ID = "67a1b2c3d4e5f6a7b8c9d0e1"


LOSSES = (
    rule(hang_up(stored=True), message_id=STORED.message_id, attempt=1),
    rule(hang_up(stored=False), message_id=LOST.message_id, attempt=1),
)


@pytest.fixture
def server(fault_server: Callable[..., FaultServerProcess]) -> FaultServerProcess:
    """Loses the answers to two rows: row 4 was stored, row 8 was not."""
    return fault_server(*LOSSES)


@pytest.fixture
def command(run_here: Callable[..., Result]) -> Callable[..., Result]:
    return run_here


@pytest.fixture
def again(command: Callable[..., Result], server: FaultServerProcess, tmp_path: Path) -> Callable[..., Result]:
    """The import, also the first time."""
    file = write_csv(tmp_path / "june.csv", MONTH)
    return partial(command, "import", file, "--base-url", server.url, "--rate", 0, "--json")


@pytest.fixture
def doubtful(again: Callable[..., Result], tmp_path: Path) -> Path:
    """RESULTS with two rows in doubt."""
    result = again()
    assert result.json["by_status"]["in_doubt"]["rows"] == 2, result
    return tmp_path / "june.results.csv"


@pytest.fixture(scope="module")
def import_done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with such RESULTS, whose server is gone."""
    folder = tmp_path_factory.mktemp("done")
    with FaultServer(plan(*LOSSES)) as server:
        inside.run("import", write_csv(folder / "june.csv", MONTH), "--base-url", server.url, cwd=folder)
    return folder


@pytest.fixture
def doubtful_copy(import_done: Path, tmp_path: Path) -> Path:
    """A copy of these RESULTS, for what needs no server."""
    shutil.copytree(import_done, tmp_path, dirs_exist_ok=True)
    return tmp_path / "june.results.csv"


def line_of(results: Path, row: int) -> dict[str, str]:
    return next(line for line in read_results(results) if line["row"] == str(row))


def events(results: Path, kind: str = "verdict") -> list[dict[str, Any]]:
    text = results.with_name(results.name + ".journal").read_bytes().rstrip(b"\0").decode()
    found = [json.loads(line[2:]) for line in text.splitlines() if line.startswith("E\t")]
    return [event for event in found if event["event"] == kind]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def verdicts(path: Path, *lines: str, header: str = "row,verdict,why") -> Path:
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def test_a_row_that_was_not_recorded_is_posted_once_by_the_next_import(command, again, doubtful, server):
    """`--not-recorded` makes the row pending, at once in RESULTS; the next import posts it, and only it."""
    result = command("resolve", doubtful, "--row", 8, "--not-recorded", "--sure", "--why", "no trace of it on 3 July")
    assert result.exit == 0, result
    line = line_of(doubtful, 8)
    assert (line["status"], line["error_code"]) == ("pending", "resolved_not_recorded")
    assert "no trace of it" in line["error_message"]
    last = again()
    assert last.json["requests"] == 1, last
    judge(MONTH, doubtful, server.ledger(), last.json, promised_in_doubt=1)
    assert (line_of(doubtful, 8)["status"], line_of(doubtful, 8)["attempts"]) == ("recorded", "2")
    assert again().json["requests"] == 0


def test_a_recorded_row_is_never_posted_again(command, again, doubtful, server):
    """`--recorded` settles the row for good, with the id that the dashboard shows."""
    result = command(
        "resolve", doubtful, "--row", 4, "--recorded", "--revenue-id", REVENUE_ID, "--why", "seen on the dashboard"
    )
    assert result.exit == 0, result
    line = line_of(doubtful, 4)
    assert (line["status"], line["revenue_id"], line["error_code"]) == ("recorded", REVENUE_ID, "resolved_recorded")
    last = again()
    assert last.json["requests"] == 0, last
    assert last.json["by_code"] == {"connection_lost": 1, "resolved_recorded": 1}
    judge(MONTH, doubtful, server.ledger(), last.json, promised_in_doubt=1)


def test_the_verdict_is_kept_with_its_reason(command, again, doubtful):
    """Who said what of which row, when, why, and what the doubt was, outlives later runs."""
    command("resolve", doubtful, "--row", 4, "--recorded", "--why", 'said Ann, "in\tperson"')
    again()
    (event,) = events(doubtful)
    assert (event["row"], event["message_id"], event["verdict"]) == (4, STORED.message_id, "recorded")
    assert (event["why"], event["source"]) == ('said Ann, "in\tperson"', "june.csv")
    assert event["by"]
    assert event["at"].endswith("Z")
    assert event["doubt"].startswith("connection_lost")


def test_many_from_a_csv(command, again, doubtful, server, tmp_path):
    """A CSV settles many rows in one step; columns in any order, `-` or `_` in the words."""
    table = verdicts(
        tmp_path / "verdicts.csv",
        f"seen,4,june.csv,{REVENUE_ID},recorded",
        "not there,8,,,not-recorded",
        header="Why,row,source,revenue_id,Verdict",
    )
    result = command("resolve", doubtful, "--from", table, "--sure")
    assert result.exit == 0, result
    last = again()
    assert (last.exit, last.json["requests"], len(server.ledger())) == (0, 1, 12)
    judge(MONTH, doubtful, server.ledger(), last.json)


def test_not_recorded_too_soon_is_refused(command, again, doubtful, server, tmp_path):
    """A server may store a request long after its client gave up: ten minutes, or `--sure`."""
    before = files(tmp_path)
    too_soon = command("resolve", doubtful, "--row", 8, "--not-recorded", "--why", "no trace")
    assert too_soon.exit == 2, too_soon
    assert "--sure" in too_soon.stderr
    assert "Look again after 20" in too_soon.stderr
    table = verdicts(tmp_path / "verdicts.csv", "4,recorded,x", "8,not_recorded,x")
    assert command("resolve", doubtful, "--from", table).exit == 2
    assert {name: content for name, content in files(tmp_path).items() if name in before} == before
    assert command("resolve", doubtful, "--row", 4, "--recorded", "--why", "seen").exit == 0
    assert command("resolve", doubtful, "--row", 8, "--not-recorded", "--sure", "--why", "no trace").exit == 0
    last = again()
    assert (last.exit, last.json["requests"], len(server.ledger())) == (0, 1, 12), last


def test_a_verdict_can_be_corrected_until_an_import_acts_on_it(command, again, doubtful, server):
    """Who mistook 8 for 4 takes it back, either way, as often as need be; the last verdict counts, all are kept."""
    say = partial(command, "resolve", doubtful, "--sure", "--why", "x")
    assert say("--row", 4, "--not-recorded").exit == say("--row", 8, "--recorded", "--revenue-id", REVENUE_ID).exit == 0
    corrected = say("--row", 4, "--recorded")
    assert "verdict until now: not recorded (x)" in corrected.stderr
    assert "in doubt: " not in corrected.stderr
    assert corrected.exit == say("--row", 8, "--not-recorded").exit == 0
    lines = {row: line_of(doubtful, row) for row in (4, 8)}
    assert [(lines[row]["status"], lines[row]["error_code"], lines[row]["revenue_id"]) for row in (4, 8)] == [
        ("recorded", "resolved_recorded", ""),
        ("pending", "resolved_not_recorded", ""),
    ]
    assert command("report", doubtful, "--json").json["balanced"]
    last = again()
    assert (last.exit, last.json["requests"], len(server.ledger()), len(events(doubtful))) == (0, 1, 12, 4)
    judge(MONTH, doubtful, server.ledger(), last.json)
    assert say("--row", 8, "--not-recorded").exit == 2, "the API has confirmed it since"


@pytest.mark.parametrize(("minutes", "refused"), [(9.9, True), (10.1, False)])
def test_ten_minutes_after_the_attempt_are_soon_enough(doubtful_copy, minutes, refused):
    """The time counts from the end of the attempt."""
    tried_at = datetime.fromisoformat(line_of(doubtful_copy, 8)["finished_at"])
    verdict, now = Verdict(recorded=False, why="x", row=8), tried_at + timedelta(minutes=minutes)
    if refused:
        with pytest.raises(ResultsError, match="less than ten minutes"):
            resolve(doubtful_copy, [verdict], lambda _cases: True, now=now)
    else:
        resolve(doubtful_copy, [verdict], lambda _cases: True, now=now)
        assert line_of(doubtful_copy, 8)["status"] == "pending"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--row", 1, "--recorded", "--why", "x"), "row 1 of june.results.csv is recorded; only a row in doubt"),
        (("--row", 99, "--recorded", "--why", "x"), "row 99 of june.results.csv was not sent, or is not there"),
        (("--row", 4, "--source", "july.csv", "--recorded", "--why", "x"), "row 4 of july.csv"),
        (("--row", 4, "--recorded"), "--why"),
        (("--row", 4, "--recorded", "--why", " "), "--why"),
        (("--row", 4, "--why", "x"), "--recorded or --not-recorded"),
        (("--row", 0, "--recorded", "--why", "x"), "--row"),
        (("--recorded", "--why", "x"), "--row"),
        (("--row", 4, "--not-recorded", "--revenue-id", "r1", "--why", "x"), "--revenue-id"),
        (("--row", 4, "--recorded", "--not-recorded", "--why", "x"), "either --recorded or --not-recorded"),
        (("--row", 4, "--not-recorded", "--recorded", "--why", "x"), "either --recorded or --not-recorded"),
        (("--row", 4, "--recorded", "--revenue-id", "a b\nc", "--why", "x"), "white space"),
        (("--row", 4, "--recorded", "--revenue-id", "idé", "--why", "x"), "ASCII"),
        (("--row", 4, "--recorded", "--revenue-id", "x" * 129, "--why", "x"), "128"),
        (("--from", "verdicts.csv", "--row", 4), "not both"),
        (("--from", "verdicts.csv", "--not-recorded"), "not both"),
        (("--from", "missing.csv"), "missing.csv"),
    ],
)
def test_what_cannot_be_is_refused(command, doubtful_copy, tmp_path, args, said):
    """A verdict on a row that is not in doubt, or without a reason, changes nothing and says why."""
    verdicts(tmp_path / "verdicts.csv", "4,recorded,x")
    before = files(tmp_path)
    result = command("resolve", doubtful_copy, *args)
    assert result.exit == 2, result
    assert said in result.stderr
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["4,recorded,x", "1,recorded,x"], "line 3 (row 1 is recorded): in june.results.csv"),
        (["4,recorded,x", "4,not_recorded,y"], "named twice"),
        (["4,recorded,x", "8,maybe,y"], "line 3: verdict must be"),
        (["4,recorded,x", "8,recorded,"], "line 3: why"),
        (["4,recorded,x", "eight,recorded,y"], "line 3: row"),
        (["4,recorded,x", "8,recorded"], "line 3: the line has the wrong number of cells"),
        ([], "holds no verdicts"),
    ],
)
def test_a_csv_is_taken_whole_or_not_at_all(command, doubtful_copy, tmp_path, lines, said):
    """One verdict that cannot be, and none of the file is applied."""
    table = verdicts(tmp_path / "verdicts.csv", *lines)
    before = files(tmp_path)
    result = command("resolve", doubtful_copy, "--from", table)
    assert result.exit == 2, result
    assert said in result.stderr
    assert files(tmp_path) == before


@pytest.mark.parametrize("revenue_id", ['"a b"', '"a\nb"', "id\u00e9", "x" * 129])
def test_an_id_that_the_api_never_gives_is_refused_in_a_csv(command, doubtful_copy, tmp_path, revenue_id):
    """The ids of a CSV follow the rule of the API's own, and the line that breaks it is named."""
    header = "row,verdict,why,revenue_id"
    table = verdicts(
        tmp_path / "verdicts.csv", f"4,recorded,x,{'x' * 128}", f"8,recorded,x,{revenue_id}", header=header
    )
    before = files(tmp_path)
    result = command("resolve", doubtful_copy, "--from", table)
    assert (result.exit, "line 3: a revenue id is" in result.stderr) == (2, True), result
    assert files(tmp_path) == before


def test_results_that_are_not_there(command, tmp_path):
    """There must be something to resolve; nothing is created."""
    result = command("resolve", "nothing.csv", "--row", 1, "--recorded", "--why", "x")
    assert (result.exit, "nothing.csv does not exist" in result.stderr) == (2, True), result
    assert files(tmp_path) == {}


def test_a_file_that_is_no_results_file(command, doubtful_copy, tmp_path):
    """The input in the place of its results: the sentence says which file to name, and nothing is created."""
    before = files(tmp_path)
    result = command("resolve", "june.csv", "--row", 4, "--recorded", "--why", "x")
    assert (result.exit, "june.csv is not a results file" in result.stderr) == (2, True), result
    assert "Name the results file of an import" in result.stderr
    assert "--results" not in result.stderr
    assert files(tmp_path) == before


def test_through_a_link(command, doubtful_copy, tmp_path):
    """A link to RESULTS is RESULTS: the verdict is in the one journal, and the link stays one."""
    link = tmp_path / "link.csv"
    link.symlink_to(doubtful_copy)
    assert command("resolve", link, "--row", 4, "--recorded", "--why", "seen").exit == 0
    assert (line_of(doubtful_copy, 4)["status"], link.is_symlink()) == ("recorded", True)
    assert len(events(doubtful_copy)) == 1
    assert not (tmp_path / "link.csv.journal").exists()


def test_not_while_a_run_is_under_way(command, warm, again, doubtful, server, tmp_path):
    """An import that holds RESULTS keeps verdicts out, and is not disturbed."""
    command("resolve", doubtful, "--row", 8, "--not-recorded", "--sure", "--why", "x")
    server.replan(plan(rule(success().but(delay_s=2))))
    with warm.start("import", "june.csv", "--base-url", server.url, cwd=tmp_path) as running:
        while len(server.ledger()) < 12:
            assert running.alive
        result = command("resolve", doubtful, "--row", 4, "--recorded", "--why", "x")
        assert (result.exit, "Another run" in result.stderr) == (2, True), result
        assert running.wait().exit == 1
    assert line_of(doubtful, 8)["status"] == "recorded"


@pytest.mark.parametrize(
    ("call", "most"), [("pwrite", 4), ("fsync", 4), ("replace", 2)], ids=["pwrite", "fsync", "replace"]
)
def test_killed_at_any_call_it_is_done_or_not_done(warm, command, again, doubtful, server, tmp_path, call, most):
    """A kill leaves all verdicts of a CSV or none, never half, and the same command again completes it."""
    table = verdicts(tmp_path / "verdicts.csv", "4,recorded,x", "8,not_recorded,x")
    whole = files(tmp_path)
    for nth in range(1, most + 1):
        for when in ("before", "half", "after")[: 3 if call == "pwrite" else 2]:
            for name, content in whole.items():
                (tmp_path / name).write_bytes(content)
            died = warm.run(
                "resolve", doubtful, "--from", table, "--sure", cwd=tmp_path, breaks={"die": [call, nth, when]}
            )
            assert died.exit == -9, died
            done = len(events(doubtful))
            assert done in (0, 2)
            redone = command("resolve", doubtful, "--from", table, "--sure")
            assert (redone.exit, "2 verdicts stand already" in redone.stdout) == (0, done == 2), redone
    last = again()
    assert (last.exit, last.json["requests"]) == (0, 1)
    judge(MONTH, doubtful, server.ledger(), last.json)


def test_edited_results_are_left_alone(command, again, doubtful, server, tmp_path):
    """The verdict goes into the journal; RESULTS that somebody changed stays as it is, and cannot undo the verdict."""
    text = doubtful.read_text().replace("june.csv", "june .csv", 1)
    doubtful.write_text(text)
    result = command("resolve", doubtful, "--row", 8, "--not-recorded", "--sure", "--why", "x")
    assert (result.exit, "next import writes it anew" in result.stdout) == (0, True), result
    assert doubtful.read_text() == text
    last = again()
    assert last.json["requests"] == 1, last
    judge(MONTH, doubtful, server.ledger(), last.json, promised_in_doubt=1)
    assert (tmp_path / "june.results.csv.edited").read_text() == text


def test_an_old_copy_of_results_does_not_undo_a_verdict(command, again, doubtful, server):
    """RESULTS from before the verdict, put back later, makes nothing doubtful that was settled."""
    before = doubtful.read_bytes() + b"\r\n"  # no longer what was written
    command("resolve", doubtful, "--row", 8, "--not-recorded", "--sure", "--why", "x")
    doubtful.write_bytes(before)
    last = again()
    assert (last.json["requests"], len(server.ledger())) == (1, 12), last
    judge(MONTH, doubtful, server.ledger(), last.json, promised_in_doubt=1)


def test_after_a_kill_before_there_are_results(warm, command, fault_server, tmp_path):
    """Rows in doubt of a run that was killed can be resolved from the journal alone."""
    slow = fault_server(rule(success().but(delay_s=0.2, stored=True)))
    file = write_csv(tmp_path / "june.csv", MONTH)
    options = ("--base-url", slow.url, "--concurrency", 1)
    with warm.start("import", file, *options, cwd=tmp_path) as running:
        assert running.kill_after(0.02, ledger=slow.ledger_path, lines=3)
    results = tmp_path / "june.results.csv"
    result = command("resolve", results, "--row", 3, "--recorded", "--why", "seen")
    assert (result.exit, results.exists()) == (0, False), result
    assert "june.results.csv is not written yet: the next import writes it" in result.stdout
    slow.replan(plan())
    last = command("import", file, *options, "--json")
    assert (last.exit, last.json["requests"]) == (0, 9), last
    judge(MONTH, results, slow.ledger(), last.json)


def test_results_that_were_mailed_without_their_journal(command, again, doubtful, server):
    """RESULTS alone can be resolved: a journal begins with the verdict, for whichever shard it is."""
    doubtful.with_name("june.results.csv.journal").unlink()
    result = command("resolve", doubtful, "--row", 8, "--not-recorded", "--sure", "--why", "x")
    assert (result.exit, line_of(doubtful, 8)["status"]) == (0, "pending"), result
    last = again()
    assert (last.json["requests"], len(server.ledger())) == (1, 12), last
    judge(MONTH, doubtful, server.ledger(), last.json, promised_in_doubt=1)
    (event,) = events(doubtful)
    assert event["verdict"] == "not_recorded"


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_everything_else_in_results_stays_as_it_was(command, server, tmp_path, suffix):
    """Kept columns, formulas, quotes and empty cells survive a verdict; so does every other line."""
    file = tmp_path / "june.csv"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("message_id", "revenue", "attribution_type", "offer_id", "Invoice", "note"))
        for i, row in enumerate(MONTH):
            writer.writerow(
                (row.message_id, f"{i}.50", "sale", "=2+3", f" =A{i}", ["", "two\nlines", 'a "b", c'][i % 3])
            )
    results = tmp_path / f"r.{suffix}"
    command("import", file, "-o", results, "--keep", "all", "--base-url", server.url)
    before = read_results(results)
    assert command("resolve", results, "--row", 8, "--not-recorded", "--sure", "--why", "=x").exit == 0
    after = read_results(results)
    assert [line for line in after if line["row"] != "8"] == [line for line in before if line["row"] != "8"]
    assert (after[7]["status"], after[7]["error_message"]) == ("pending", "resolved: =x")
    last = command("import", file, "-o", results, "--keep", "all", "--base-url", server.url, "--json")
    assert last.json["requests"] == 1, last
    assert [line["Invoice"] for line in read_results(results)] == [line["Invoice"] for line in before]


def test_two_files_with_the_same_row_number(command, fault_server, tmp_path):
    """Where two input files have a row N in doubt, `--source` has to say which."""
    server = fault_server(rule(hang_up(stored=False), attempt=1, nth=(1, 2)))
    one, two = write_csv(tmp_path / "a.csv", rows(1)), write_csv(tmp_path / "b.csv", rows(1, start=5))
    command("import", one, two, "-o", "all.csv", "--base-url", server.url)
    results = tmp_path / "all.csv"
    unclear = command("resolve", results, "--row", 1, "--not-recorded", "--sure", "--why", "x")
    assert (unclear.exit, "(a.csv, b.csv); say which with --source" in unclear.stderr) == (2, True), unclear
    assert (
        command("resolve", results, "--row", 1, "--source", "b.csv", "--not-recorded", "--sure", "--why", "x").exit == 0
    )
    assert [line["status"] for line in read_results(results)] == ["in_doubt", "pending"]
    still = command("resolve", results, "--row", 1, "--recorded", "--why", "x")  # the other one is not meant by that
    assert (still.exit, "say which with --source" in still.stderr) == (2, True), still


def test_a_mismatching_echo_keeps_its_id(command, fault_server, tmp_path):
    """A row whose answer named another amount keeps the id of that answer when a person says that it is recorded."""
    server = fault_server(rule(success(revenue="999"), nth=1))
    file = write_csv(tmp_path / "june.csv", rows(2))
    command("import", file, "--base-url", server.url)
    results = tmp_path / "june.results.csv"
    issued = line_of(results, 1)["revenue_id"]
    assert issued
    command("resolve", results, "--row", 1, "--recorded", "--why", "x")
    assert (line_of(results, 1)["status"], line_of(results, 1)["revenue_id"]) == ("recorded", issued)


def test_on_a_terminal_it_shows_the_row_and_asks(run_tty, doubtful_copy, tmp_path):
    """The row, its doubt and the verdict are shown; without a yes nothing changes; `--yes` does not ask."""
    before = files(tmp_path)
    order = ("resolve", doubtful_copy, "--row", 4, "--recorded", "--why", "seen")
    no = run_tty(*order, dialog=[(r"right\? \[y/N\]", "\n")])
    assert no.exit == 2, no.stdout
    assert STORED.message_id in no.stdout
    assert "connection_lost" in no.stdout
    assert "Nothing was changed" in no.stdout
    assert files(tmp_path) == before
    yes = run_tty(*order, dialog=[(r"right\? \[y/N\]", "y\n")])
    assert (yes.exit, line_of(doubtful_copy, 4)["status"]) == (0, "recorded"), yes.stdout
    unasked = run_tty("resolve", doubtful_copy, "--row", 8, "--not-recorded", "--sure", "--why", "x", "--yes")
    assert (unasked.exit, line_of(doubtful_copy, 8)["status"]) == (0, "pending"), unasked.stdout


def test_results_of_a_shard_without_their_journal(command, fault_server, tmp_path):
    """A journal that begins with a verdict on mailed RESULTS does not say which shard it is, and any may go on."""
    server = fault_server(rule(hang_up(stored=False), nth=1))
    file = write_csv(tmp_path / "june.csv", MONTH)
    options = ("import", file, "--shard", "1/2", "--base-url", server.url, "--json")
    command(*options)
    results = tmp_path / "june.1-of-2.results.csv"
    row = next(line["row"] for line in read_results(results) if line["status"] == "in_doubt")
    results.with_name(results.name + ".journal").unlink()
    shutil.copy(results, tmp_path / "copy")
    assert command("resolve", results, "--row", row, "--not-recorded", "--sure", "--why", "x").exit == 0
    last = command(*options)
    assert (last.exit, last.json["requests"]) == (0, 1), last


def test_a_file_given_before_says_nothing_of_a_later_attempt(command, again, doubtful, server, tmp_path):
    """The row was sent again, and stored, and that answer was lost: the old line would have it posted once more."""
    told = verdicts(tmp_path / "told.csv", "4,recorded,seen", "8,not_recorded,no trace of it")
    assert command("resolve", doubtful, "--from", told, "--sure", "--yes").exit == 0
    server.replan(plan(rule(hang_up(stored=True), message_id=LOST.message_id)))
    assert again().json["by_status"]["in_doubt"]["rows"] == 1
    before = files(tmp_path)
    refused = command("resolve", doubtful, "--from", told, "--sure", "--yes")
    assert (refused.exit, files(tmp_path)) == (2, before), refused
    assert "row 8" in refused.stderr
    assert "with a reason of its own" in refused.stderr
    verdicts(told, "4,recorded,seen", "8,recorded,there since 3 July")
    assert command("resolve", doubtful, "--from", told, "--yes").exit == 0
    last = again()
    judge(MONTH, doubtful, server.ledger(), last.json, promised_in_doubt=1)


def test_not_recorded_again_with_a_reason_of_its_own_is_posted_again(command, again, doubtful, server, tmp_path):
    told = verdicts(tmp_path / "told.csv", "4,recorded,seen", "8,not_recorded,no trace of it")
    assert command("resolve", doubtful, "--from", told, "--sure", "--yes").exit == 0
    server.replan(plan(rule(hang_up(stored=False), message_id=LOST.message_id)))
    assert again().json["by_status"]["in_doubt"]["rows"] == 1
    server.replan(plan())
    verdicts(told, "4,recorded,seen", "8,not_recorded,nor of the second attempt")
    assert command("resolve", doubtful, "--from", told, "--sure", "--yes").exit == 0
    last = again()
    judge(MONTH, doubtful, server.ledger(), last.json, promised_in_doubt=2)
