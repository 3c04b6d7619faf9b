"""RESULTS and journals that came back changed: never is a row posted again that either of them knows as recorded."""

from __future__ import annotations

import csv
import shutil
import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import ImporterError
from importer.journal import VerdictGiven
from importer.model import FATE
from importer.plan import matching
from importer.plan.fates import LINE, Fates
from importer.plan.keys import with_keys
from importer.plan.matching import make_plan
from importer.plan.merge import completed, once, stronger
from importer.plan.others.recorded_elsewhere import recorded_in
from importer.report import make_report
from importer.run.pipeline import run_import
from importer.run.verdicts.given import Verdict
from importer.run.verdicts.resolving import resolve
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, api_error, hang_up, plan, rule, success
from tests.faultserver.server import FaultServerProcess
from tests.support import inside
from tests.support.inputs import InputRow, invalid_rows, rows, write_csv
from tests.support.manglings import MANGLINGS, STATUS, TARGET, cells, read, written
from tests.support.oracle import judge, read_results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.faultserver.forking import Forker


MONTH = [*rows(16), *invalid_rows()[:2], *rows(22, start=16)]
RESULTS = "june.results.csv"
JOURNAL = RESULTS + ".journal"


@pytest.fixture(scope="module")
def server(server_forker: Forker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultServerProcess]:
    """Refuses two rows and loses the answer to a third."""
    faults = (
        rule(api_error(400, "message_not_found"), message_id=[MONTH[2].message_id, MONTH[9].message_id]),
        rule(hang_up(stored=True), message_id=MONTH[5].message_id),
    )
    ledger = tmp_path_factory.mktemp("server") / "ledger"
    with FaultServerProcess(plan(*faults), ledger, forker=server_forker) as process:
        yield process


@pytest.fixture(scope="module")
def done(server: FaultServerProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An import in two runs: the first posted 25 rows; `first.csv` and `first.journal` are from between them."""
    folder = tmp_path_factory.mktemp("done")
    write_csv(folder / "june.csv", MONTH)
    for limit in (25, None):
        assert rerun(folder, server, limit=limit)[0] == 1
        for name, copy in ((RESULTS, "first.csv"), (JOURNAL, "first.journal")):
            if limit:
                shutil.copy(folder / name, folder / copy)
    statuses = Counter(line["status"] for line in read_results(folder / RESULTS))
    assert statuses == {"recorded": 35, "rejected": 2, "in_doubt": 1, "invalid": 2}
    return folder


@pytest.fixture
def folder(done: Path, tmp_path: Path) -> Path:
    """A copy of that import, the input as old as it is."""
    shutil.copytree(done, tmp_path, dirs_exist_ok=True)
    for name in ("first.csv", "first.journal"):
        (tmp_path / name).unlink()
    return tmp_path


@pytest.fixture
def posted(server: FaultServerProcess) -> Callable[[], int]:
    """How many rows were posted since the test began."""
    before = len(server.requests(method="POST"))
    return lambda: len(server.requests(method="POST")) - before


def rerun(folder: Path, server: FaultServerProcess, **options: Any) -> tuple[int, Any]:
    """Import again in this process: the exit status, with the summary or the sentence."""
    inputs, results = (str(folder / "june.csv"),), folder / RESULTS
    settings = Settings(inputs=inputs, results=results, base_url=server.url, api_key=CANARY_KEY, rate=0, **options)
    try:
        summary = run_import(settings)
    except ImporterError as error:
        return error.exit_status, str(error)
    return summary.exit_status, summary


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", MANGLINGS)
def test_with_its_journal_every_change_is_set_aside(folder, server, posted, name):
    """Whatever became of RESULTS: nothing is posted, it is kept as `.edited`, and written anew as it was."""
    results = folder / RESULTS
    before = results.read_bytes()
    changed = MANGLINGS[name].change(before, Random(name))
    results.write_bytes(changed)
    status, summary = rerun(folder, server)
    assert (status, posted()) == (1, 0), summary
    assert results.read_bytes() == before
    assert (folder / f"{RESULTS}.edited").read_bytes() == changed


def test_what_was_set_aside_stays_so(folder, server, posted):
    """Beside it the import goes on as if nothing had been."""
    results, edited = folder / RESULTS, folder / f"{RESULTS}.edited"
    before = results.read_bytes()
    changed = MANGLINGS["semicolons"].change(before, Random())
    results.write_bytes(changed)
    for _ in range(2):
        assert (rerun(folder, server)[0], posted()) == (1, 0)
        assert (results.read_bytes(), edited.read_bytes()) == (before, changed)
        assert sorted(path.name for path in folder.glob(f"{RESULTS}.edited*")) == [edited.name]


@pytest.mark.parametrize("name", MANGLINGS)
def test_without_a_journal_a_change_is_harmless_or_refused(folder, server, posted, name):
    """What still tells every row's fate is gone on from; everything else is refused and left as it is."""
    (folder / JOURNAL).unlink()
    results = folder / RESULTS
    before = results.read_bytes()
    results.write_bytes(MANGLINGS[name].change(before, Random(name)))
    untouched = content(folder)
    status, said = rerun(folder, server)
    assert posted() == 0
    if MANGLINGS[name].goes_on:
        assert status == 1, said
        assert Counter(line["status"] for line in read_results(results)) == {
            "recorded": 35, "rejected": 2, "in_doubt": 1, "invalid": 2,
        }  # fmt: skip
    else:
        assert status == 2, said
        assert RESULTS in said
        assert content(folder) == untouched


@pytest.mark.parametrize("journal", [True, False])
@pytest.mark.parametrize("name", ["semicolons", "ids in capitals"])
def test_the_command_does_the_same(folder, server, posted, name, journal):
    """End to end: the command posts nothing, and says what it did or what to do."""
    results = folder / RESULTS
    results.write_bytes(MANGLINGS[name].change(results.read_bytes(), Random(name)))
    if not journal:
        (folder / JOURNAL).unlink()
    result = inside.run("import", "june.csv", "--base-url", server.url, "--json", cwd=folder)
    assert posted() == 0
    assert result.exit == (1 if journal or MANGLINGS[name].goes_on else 2), result
    if journal:
        assert "june.results.csv.edited" in result.stderr
    assert "Traceback" not in result.stderr


def test_results_deleted(folder, server, posted):
    """A deleted RESULTS is written anew from the journal, byte for byte."""
    before = (folder / RESULTS).read_bytes()
    (folder / RESULTS).unlink()
    assert (rerun(folder, server)[0], posted()) == (1, 0)
    assert (folder / RESULTS).read_bytes() == before


def test_an_old_copy_of_results_is_no_edit(done, folder, server, posted):
    """A RESULTS of an earlier run that is put back is recognised as one of its own and simply written anew."""
    before = (folder / RESULTS).read_bytes()
    shutil.copy(done / "first.csv", folder / RESULTS)
    assert (rerun(folder, server)[0], posted()) == (1, 0)
    assert (folder / RESULTS).read_bytes() == before
    assert not (folder / f"{RESULTS}.edited").exists()


@pytest.mark.parametrize("name", ["no change", *(name for name in MANGLINGS if MANGLINGS[name].goes_on)])
def test_an_old_journal_is_completed_by_results(done, folder, server, posted, name):
    """A journal put back from a backup, while RESULTS knows more, in whatever dialect: what either knows counts."""
    shutil.copy(done / "first.journal", folder / JOURNAL)
    results = folder / RESULTS
    if name in MANGLINGS:
        results.write_bytes(MANGLINGS[name].change(results.read_bytes(), Random(name)))
    status, summary = rerun(folder, server)
    assert (status, posted()) == (1, 0), summary
    assert Counter(line["status"] for line in read_results(results))["recorded"] == 35


def test_what_only_results_knew_is_never_forgotten(done, folder, server, posted):
    """A row known from RESULTS alone stays known although the input loses it for a while."""
    shutil.copy(done / "first.journal", folder / JOURNAL)
    write_csv(folder / "june.csv", MONTH[:-1])
    assert rerun(folder, server)[0] == 1
    assert read_results(folder / RESULTS)[-1]["row"] == ""
    write_csv(folder / "june.csv", MONTH)
    assert (rerun(folder, server)[0], posted()) == (1, 0)


def test_a_row_called_recorded_by_hand_is_never_forgotten(folder, server, posted):
    """A row in doubt that a person marked as recorded in RESULTS counts as such, also after it left the input."""
    results = folder / RESULTS
    results.write_bytes(
        cells(STATUS, lambda status: status.replace("in_doubt", "recorded"))(results.read_bytes(), Random())
    )
    write_csv(folder / "june.csv", [row for i, row in enumerate(MONTH) if i != 5])
    assert rerun(folder, server)[0] == 1
    write_csv(folder / "june.csv", MONTH)
    assert (rerun(folder, server)[0], posted()) == (1, 0)
    assert read_results(results)[5]["status"] == "recorded"


def test_changed_versions_of_known_rows_leave_no_trace(warm, folder, server):
    """Rows that a spreadsheet changed in RESULTS do not appear as recorded, also when the next run is killed."""
    results = folder / RESULTS
    results.write_bytes(MANGLINGS["ids in capitals"].change(results.read_bytes(), Random()))
    month = [*MONTH, *rows(1, start=900)]
    write_csv(folder / "june.csv", month)
    died = warm.run(
        "import", "june.csv", "--base-url", server.url, cwd=folder, breaks={"die": ["fdatasync", 2, "before"]}
    )
    assert died.exit == -9
    last = inside.run("import", "june.csv", "--base-url", server.url, "--json", cwd=folder)
    ids = {row.message_id for row in month}
    assert [line for line in read_results(results) if line["row"] == "" or line["message_id"] not in ids] == []
    mine = [record for record in server.ledger() if record["message_id"] in ids]
    judge(month, results, mine, last.json, promised_in_doubt=2)


@pytest.mark.parametrize("journal", [True, False])
def test_kept_lines_without_an_id_that_were_doubled_count_once(server, tmp_path, posted, journal):
    """Bulk gives no ids, and rows that left the input have no place: a file pasted behind itself records no more."""
    month = rows(4, start=960)
    write_csv(tmp_path / "june.csv", [*month, month[3]])
    rerun(tmp_path, server, bulk=5, duplicates="post")
    write_csv(tmp_path / "june.csv", month[:3])
    assert rerun(tmp_path, server)[0] == 0
    results = tmp_path / RESULTS
    before = results.read_bytes()
    results.write_bytes(MANGLINGS["doubled"].change(before, Random()))
    if not journal:
        (tmp_path / JOURNAL).unlink()
    assert rerun(tmp_path, server, allow_missing=not journal)[0] == 0
    assert results.read_bytes() == before
    write_csv(tmp_path / "june.csv", [*month, *month[3:] * 2])
    status, summary = rerun(tmp_path, server, duplicates="post")
    assert (status, summary.by_status["recorded"].rows) == (0, 6)


def test_results_of_another_api_beside_the_journal_are_refused(folder, server, posted):
    """A whole RESULTS of another target is somebody else's: refused, and nothing is touched."""
    results = folder / RESULTS
    results.write_bytes(cells(TARGET, lambda _: "app.tracklysms.com")(results.read_bytes(), Random()))
    before = content(folder)
    status, said = rerun(folder, server)
    assert (status, posted(), content(folder)) == (2, 0, before)
    assert "app.tracklysms.com" in said


def test_a_damaged_journal_alone_is_never_to_be_moved_away(run_here, healthy_server, tmp_path):
    """Without RESULTS nothing else knows what was sent: to follow the advice posts nothing twice."""
    file = write_csv(tmp_path / "june.csv", rows(8))
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0)
    assert run_here(*command).exit == 0
    journal = tmp_path / "june.results.csv.journal"
    journal.write_bytes(journal.read_bytes()[:900])
    beside = run_here(*command)
    (tmp_path / "june.results.csv").unlink()
    alone = run_here(*command)
    assert (beside.exit, alone.exit, len(healthy_server.ledger())) == (2, 2, 8)
    assert "move it away, but only if" in beside.stderr
    assert "move it away" not in alone.stderr
    assert "dashboard" in alone.stderr


def test_a_spreadsheet_that_changes_ids_too_makes_no_further_rows(run_here, healthy_server, tmp_path):
    """Rows whose cells and revenue ids became numbers are the journal's own, by place and moment."""
    file = write_csv(tmp_path / "june.csv", rows(6))
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0)
    assert run_here(*command).exit == 0
    results = tmp_path / "june.results.csv"
    table = list(csv.reader(results.read_text().splitlines()))
    for line in table[1:]:
        line[2], line[8] = line[2].lstrip("0") + "0", "6.7E+23"
    with results.open("w", newline="") as out:
        csv.writer(out).writerows(table)
    assert run_here(*command).exit == 0
    assert len(results.read_text().splitlines()) == 7
    assert len(healthy_server.ledger()) == 6


def _flipped(journal: bytes) -> bytes:
    at = journal.find(b"\nR\t") + 5
    return journal[:at] + bytes([journal[at] ^ 1]) + journal[at + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        _flipped,
        lambda journal: journal[: len(journal) // 2],
        lambda journal: journal[100:],
        lambda journal: journal.replace(b"R\t7", b"R\t8", 1),
        lambda journal: journal + journal,
        lambda journal: bytes(len(journal)),
        lambda _: b"row,source\r\n",
        lambda _: b"\n",
    ],
    ids=["bit", "half", "beginning", "digit", "doubled", "zeros", "foreign", "one byte"],
)
def test_a_damaged_journal_is_refused(folder, server, posted, damage):
    """A journal that is not as it was written is never repaired before its tail: refused, and nothing is touched."""
    journal = folder / JOURNAL
    journal.write_bytes(damage(journal.read_bytes().rstrip(b"\0")))
    before = content(folder)
    status, said = rerun(folder, server)
    assert (status, posted(), content(folder)) == (2, 0, before), said


def test_an_emptied_journal_is_none(folder, server, posted):
    """An empty journal knows nothing, and RESULTS alone is enough."""
    (folder / JOURNAL).write_bytes(b"")
    assert (rerun(folder, server)[0], posted()) == (1, 0)


@pytest.mark.parametrize("with_results", [True, False])
def test_the_journal_of_another_input_is_refused(folder, server, posted, with_results):
    """July's journal in June's place: refused, whatever RESULTS says, and nothing is touched."""
    other = folder / "other"
    other.mkdir()
    july = write_csv(other / "july.csv", rows(3, start=500))
    run_import(Settings(inputs=(str(july),), base_url=server.url, api_key=CANARY_KEY, rate=0, overlap="allow"))
    shutil.move(other / "july.results.csv.journal", folder / JOURNAL)
    shutil.rmtree(other)
    if not with_results:
        (folder / RESULTS).unlink()
    before = content(folder)
    status, said = rerun(folder, server)
    assert (status, posted() - 3, content(folder)) == (2, 0, before), said


def without_journal(folder: Path, change: Callable[[list[list[str]]], list[list[str]]] = lambda rest: rest) -> None:
    """RESULTS alone, its lines changed."""
    (folder / JOURNAL).unlink()
    header, *rest = read((folder / RESULTS).read_bytes())
    (folder / RESULTS).write_bytes(written([header, *change(rest)]))


def test_added_rows_have_no_line_without_a_journal(folder, server, posted):
    """RESULTS alone and an input that has grown since: refused with the rows named, and posted as the sentence says."""
    without_journal(folder)
    month = [*MONTH, *rows(2, start=700)]
    write_csv(folder / "june.csv", month)
    before = content(folder)
    status, said = rerun(folder, server, limit=0)
    assert (status, posted(), content(folder)) == (2, 0, before), said
    assert all(text in said for text in ("2 rows", "june.csv row 41", "june.csv row 42", "--allow-missing")), said
    assert (rerun(folder, server, allow_missing=True)[0], posted()) == (1, 2)
    assert (rerun(folder, server)[0], posted()) == (1, 2)


@pytest.mark.parametrize("copied", [True, False], ids=["copied", "as old"])
@pytest.mark.parametrize("cut", ["the tail", "one file's lines"])
def test_lost_lines_are_refused_whatever_the_times(server, tmp_path, posted, cut, copied):
    """Two inputs, RESULTS alone without some of its lines: nothing is posted, also where the inputs are newer."""
    inputs = [write_csv(tmp_path / f"{name}.csv", rows(8, start=at)) for name, at in (("a", 900), ("b", 920))]
    settings = partial(Settings, inputs=tuple(map(str, inputs)), results=tmp_path / RESULTS, base_url=server.url)
    run_import(settings(api_key=CANARY_KEY, rate=0))
    without_journal(tmp_path, lambda rest: rest[:-3] if cut == "the tail" else [x for x in rest if x[1] != "b.csv"])
    if copied:
        for path in inputs:
            path.write_bytes(path.read_bytes())
    before = content(tmp_path)
    with pytest.raises(ImporterError, match="no line for"):
        run_import(settings(api_key=CANARY_KEY, rate=0))
    assert (posted(), content(tmp_path)) == (16, before)


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("duplicates", ["hold", "post"])
def test_a_lost_line_of_equal_rows_is_missed(server, tmp_path, posted, duplicates, lost):
    """Of two equal rows one's line is gone: the other's is no line for it, though it would only be held now."""
    month = rows(1, start=940) * 2
    write_csv(tmp_path / "june.csv", month)
    rerun(tmp_path, server, duplicates=duplicates)
    sent = posted()
    without_journal(tmp_path, lambda rest: [line for i, line in enumerate(rest) if i != lost])
    status, said = rerun(tmp_path, server)
    assert (status, posted()) == (2, sent), said


def test_mended_rows_have_a_line_without_a_journal(folder, server, posted):
    """An invalid row that was mended at its place goes on, by its message, or where that was wrong its amount."""
    without_journal(folder)
    month = list(MONTH)
    broken = [i for i, row in enumerate(month) if row.code is not None]
    assert [month[i].code for i in broken] == ["missing_message_id", "invalid_message_id"]
    for i in broken:
        month[i] = replaced(month[i], f"Mended{i:02}")
    write_csv(folder / "june.csv", month)
    assert (rerun(folder, server)[0], posted()) == (1, 2)


def replaced(row: InputRow, message_id: str) -> InputRow:
    return InputRow((message_id, *row.cells[1:]), None, None, row.revenue)


def told(folder: Path, *, recorded: bool, why: str) -> None:
    """A verdict on the row in doubt, some seconds after all before it."""
    before = read_results(folder / RESULTS)[5]["finished_at"]
    while datetime.now(UTC).isoformat() <= before.replace("Z", ".999"):
        time.sleep(0.05)
    resolve(folder / RESULTS, [Verdict(row=6, recorded=recorded, why=why)], lambda _: True, sure=True)


@pytest.mark.parametrize(
    ("name", "saved"),
    [("other line ends", "before"), ("shuffled", "after"), ("renumbered", "before"), ("doubled", "after")],
)
def test_a_corrected_verdict_outlives_results_that_tell_the_first(folder, server, posted, name, saved):
    """Saved before the correction or after it, RESULTS repeats what the journal knows: the row is posted."""
    told(folder, recorded=True, why="seen")
    told_first = MANGLINGS[name].change((folder / RESULTS).read_bytes(), Random(name))
    if saved == "before":
        (folder / RESULTS).write_bytes(told_first)
    told(folder, recorded=False, why="another message")
    (folder / RESULTS).write_bytes(told_first)
    elsewhere = recorded_in(folder / RESULTS, "127.0.0.1").fates
    assert MONTH[5].message_id not in elsewhere["message_id"].to_list()
    assert (rerun(folder, server)[0], posted()) == (1, 1)
    assert read_results(folder / RESULTS)[5]["attempts"] == "2"


@pytest.mark.parametrize("corrected", [False, True])
def test_a_verdict_that_results_alone_tell_counts(folder, server, posted, corrected):
    """The journal was put back as it was before: the row is recorded, also in the words of a verdict that it knows."""
    if corrected:
        told(folder, recorded=True, why="seen")
        told(folder, recorded=False, why="another message")
    before = (folder / JOURNAL).read_bytes()
    told(folder, recorded=True, why="seen")
    (folder / JOURNAL).write_bytes(before)
    assert rerun(folder, server, no_index=True)[0] == 1
    assert (posted(), read_results(folder / RESULTS)[5]["status"]) == (0, "recorded")


def test_of_equal_rows_each_verdict_that_stands_counts():
    """Two equal rows were called recorded, one of them by mistake, and a third was recorded: two of them stand."""
    content = {**dict.fromkeys(FATE), "message_id": "AbC12345", "revenue": "9", "source": "june.csv"}
    resolved = {"status": "recorded", "error_code": "resolved_recorded", "error_message": "resolved: seen"}
    saved = [
        {**content, "row": "1", **resolved, "finished_at": "2026-07-01T10:00:00Z"},
        {**content, "row": "2", **resolved, "finished_at": "2026-07-01T10:00:00Z"},
        {**content, "row": "3", "status": "recorded", "revenue_id": "a"},
    ]
    corrected = {**content, "row": "1", "status": "pending", "error_message": "resolved: another"}
    journal = [corrected, saved[1], {**content, "row": "3", "status": "in_doubt", "attempts": "1"}]
    kinds = dict.fromkeys(FATE, pl.String)
    fates, lines = (with_keys(pl.DataFrame(some, schema=kinds)) for some in (journal, saved))
    given_ = [
        VerdictGiven(
            at="2026-07-01T10:00:00Z", by="ann", row=row, source="june.csv", message_id="AbC12345", revenue="9",
            verdict="recorded", revenue_id=None, why="seen", doubt=None,
        )
        for row in (1, 2)
    ]  # fmt: skip
    flags = fates.with_columns(from_results=pl.lit(value=False), only_in_results=pl.lit(value=False))
    both = completed(flags, lines, given_)
    assert sorted(both["status"]) == ["pending", "recorded", "recorded"]


def test_a_journal_that_a_verdict_made_does_not_hide_lost_lines(folder, server, posted):
    """`resolve` makes a journal of a RESULTS that has lost lines: it knows no more of the lost rows."""
    without_journal(folder, lambda rest: [line for line in rest if line[0] != "12"])
    resolve(folder / RESULTS, [Verdict(row=6, recorded=True, why="dashboard")], lambda _: True)
    assert (folder / JOURNAL).exists()
    status, said = rerun(folder, server)
    assert (status, posted()) == (2, 0), said
    assert "june.csv row 12" in said
    (folder / RESULTS).unlink()
    assert (rerun(folder, server)[0], posted()) == (2, 0)


def test_results_edited_while_a_run_is_under_way(warm, fault_server, tmp_path):
    """What somebody saved into RESULTS during the run is set aside at its end, not overwritten."""
    server = fault_server(rule(success().but(delay_s=0.2)))
    month = rows(6)
    file = write_csv(tmp_path / "june.csv", month)
    command = ("import", file, "--base-url", server.url, "--json")
    inside.run(*command, "--limit", 2, cwd=tmp_path)
    results = tmp_path / RESULTS
    with warm.start(*command, "--concurrency", 1, cwd=tmp_path) as running:
        while len(server.ledger()) < 3:
            assert running.alive
        edited = results.read_bytes().replace(b"pending", b"waiting")
        results.write_bytes(edited)
        last = running.wait()
    assert last.exit == 0, last
    judge(month, results, server.ledger(), last.json)
    assert (tmp_path / f"{RESULTS}.edited").read_bytes() == edited


@pytest.mark.parametrize("how", ["removed", "renamed"])
def test_the_journal_taken_away_while_a_run_is_under_way(warm, fault_server, tmp_path, how):
    """The run keeps what it knows of: its journal and RESULTS are whole at its end."""
    server = fault_server(rule(success().but(delay_s=0.2)))
    month = rows(4)
    file, journal = write_csv(tmp_path / "june.csv", month), tmp_path / JOURNAL
    command = ("import", file, "--base-url", server.url, "--concurrency", 1, "--json")
    with warm.start(*command, cwd=tmp_path) as running:
        while len(server.ledger()) < 2:
            assert running.alive
        journal.rename(tmp_path / "away") if how == "renamed" else journal.unlink()
        last = running.wait()
    judge(month, tmp_path / RESULTS, server.ledger(), last.json)
    (tmp_path / RESULTS).unlink()
    assert inside.run(*command, cwd=tmp_path).json["requests"] == 0


@pytest.mark.parametrize("change", ["sorted", "some removed", "some added", "some fixed", "saved again"])
def test_the_input_edited_between_runs(folder, server, posted, change):
    """Only new and fixed rows are posted, wherever they stand now."""
    month = {
        "sorted": sorted(MONTH, key=lambda row: row.cells),
        "some removed": MONTH[5:30],
        "some added": [*rows(2, start=800), *MONTH[:20], *rows(1, start=802), *MONTH[20:]],
        "some fixed": [row if row.code is None else rows(1, start=810 + i)[0] for i, row in enumerate(MONTH)],
        "saved again": MONTH,
    }[change]
    file = folder / "june.csv"
    write_csv(file, month)
    if change == "saved again":
        file.write_bytes(written(read(file.read_bytes()), delimiter=";", encoding="utf-16", quoted=True))
    status, summary = rerun(folder, server)
    assert (status, posted()) == (1, {"some added": 3, "some fixed": 2}.get(change, 0)), summary
    assert summary.total.rows == len(month)


@pytest.mark.parametrize("name", ["recorded called pending", "recorded called failed here and there"])
def test_the_report_finds_what_the_import_refuses(folder, name):
    """A line with a revenue_id whose status has none cannot be as it was written: out of balance."""
    (folder / JOURNAL).unlink()
    assert make_report([folder / RESULTS]).balanced
    change = MANGLINGS[name].change
    (folder / RESULTS).write_bytes(change((folder / RESULTS).read_bytes(), Random(name)))
    report = make_report([folder / RESULTS])
    assert [check.name for check in report.checks if check.ok is False] == ["Every line can be read"]
    assert not report.balanced


# -- what is decided, against an oracle of its own -------------------------------------------------------------------

CONTENTS = (1, 2, 3)
STATUSES = ("recorded", "in_doubt", "rejected", "failed", "pending")
fates = st.lists(
    st.tuples(st.sampled_from(CONTENTS), st.sampled_from(STATUSES), st.sampled_from(["", "timeout", "echo_mismatch"])),
    max_size=8,
)
others = st.sampled_from(["recorded", "in_doubt", "rejected"])
already_fates = st.lists(st.tuples(st.sampled_from(CONTENTS), others), max_size=4)
inputs = st.lists(st.tuples(st.sampled_from(CONTENTS), st.booleans()), max_size=10)


def frame_of(known: list[tuple[Any, ...]]) -> pl.DataFrame:
    lines = [
        {
            "key_a": key,
            "key_b": key,
            "status": status,
            "error_code": (code or ("",))[0],
            "error_message": "",
            "results": "old.csv",
            "near": False,
            "from_results": False,
            "only_in_results": False,
        }
        for key, status, *code in known
    ]
    schema = {"key_a": pl.UInt64, "key_b": pl.UInt64}
    schema |= dict.fromkeys(("status", "error_code", "error_message", "results"), pl.String)
    return pl.DataFrame(lines, schema=schema | dict.fromkeys(("near", "from_results", "only_in_results"), pl.Boolean))


class Known(Fates):
    """Fates with keys of their own, whose texts nobody reads."""

    def __init__(self, told: list[tuple[Any, ...]]) -> None:
        super().__init__()
        self.told = frame_of(told).with_row_index("place").select(pl.col(name).cast(LINE[name]) for name in LINE)

    @property
    def lines(self) -> pl.DataFrame:
        return self.told

    def at(self, numbers: pl.Series, columns: Sequence[str] = FATE) -> pl.DataFrame:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String)).clear(len(numbers))


def expected(given_rows: Any, own: Any, other: Any, options: dict[str, Any]) -> Counter[tuple[int, str, bool]]:
    """How many rows of each content have which status and are posted, told again in plain Python."""
    wanted: Counter[tuple[int, str, bool]] = Counter()
    for content_ in CONTENTS:
        mine = [(status, code) for key, status, code in own if key == content_]
        theirs = [status for key, status in other if key == content_ and status != "rejected"]
        dealt = [("own", *fate) for fate in mine if fate[0] == "recorded"]
        doubts = [("own", *fate) for fate in mine if fate[0] == "in_doubt"]
        if theirs:  # they may be the same events: what would be sent again stays in doubt
            doubts = [("own", "in_doubt", "echo_mismatch") for _ in doubts]
        resent = [fate for fate in doubts if _decided(fate, 0, options)[1]]
        dealt += [fate for fate in doubts if fate not in resent]
        dealt += [("other", status, "") for status in sorted(theirs, reverse=True)] + resent
        dealt += [("own", *fate) for word in ("rejected", "failed", "pending") for fate in mine if fate[0] == word]
        valid = [place for place, (key, good) in enumerate(given_rows) if key == content_ and good]
        for number, _ in enumerate(valid):
            fate = dealt[number] if number < len(dealt) else None
            is_meant = number < len(mine) or not theirs
            wanted[content_, *_decided(fate, number, options, is_meant=is_meant)] += 1
        left = [fate for fate in dealt[len(valid) :] if fate[1] != "pending"]  # what was sent stands
        invalid = sum(1 for key, good in given_rows if key == content_ and not good)
        for number in range(invalid):
            origin, status, _ = left[number] if number < len(left) else ("own", "invalid", "")
            wanted[content_, status if origin == "own" else "duplicate", False] += 1
    return wanted


def _decided(
    fate: tuple[str, str, str] | None, number: int, options: dict[str, Any], *, is_meant: bool = True
) -> tuple[str, bool]:
    """`is_meant`: it is among the first rows of this content, as many as were ever to be posted."""
    if fate is None:
        posts = number == 0 or options["duplicates"] == "post"
        return ("pending", True) if posts else ("duplicate", False)
    origin, status, code = fate
    if origin == "other":
        return "duplicate", False
    pushed = not is_meant and options["duplicates"] != "post"
    skipped = number > 0 and options["duplicates"] == "skip"
    if (pushed and status == "rejected") or (pushed | skipped and status in ("failed", "pending")):
        return "duplicate", False
    if skipped and status == "rejected" and options["retry_rejected"]:
        return "duplicate", False
    if pushed | skipped:
        return status, False
    again = {
        "failed": True,
        "pending": True,
        "rejected": options["retry_rejected"],
        "in_doubt": options["in_doubt"] == "resend" and code != "echo_mismatch",
        "recorded": False,
    }[status]
    return ("pending", True) if again else (status, False)


@given(
    inputs,
    fates,
    already_fates,
    st.sampled_from(["hold", "post", "skip"]),
    st.sampled_from(["hold", "resend"]),
    st.booleans(),
)
def test_no_plan_posts_what_may_have_been_counted(given_rows, own, other, duplicates, in_doubt, retry_rejected):
    """Never more rows of a content are posted than it has rows beyond those recorded or in doubt; all have a status."""
    options = {"duplicates": duplicates, "in_doubt": in_doubt, "retry_rejected": retry_rejected}
    index = pl.DataFrame(
        [{"valid": good, "excluded": False, "key_a": key, "key_b": key, "before": 0} for key, good in given_rows],
        schema={
            "valid": pl.Boolean,
            "excluded": pl.Boolean,
            "key_a": pl.UInt64,
            "key_b": pl.UInt64,
            "before": pl.UInt32,
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "PART_ROWS", 2)
        found = make_plan(index, Known(own), frame_of(other), Settings(inputs=("x",), **options))
    decided = index.with_columns(found.rows)
    assert Counter(decided.select("key_a", pl.col("status").cast(pl.String), "post").iter_rows()) == expected(
        given_rows, own, other, options
    )
    assert decided.height == len(given_rows)
    resent = in_doubt == "resend"
    for key in CONTENTS:
        counted = sum(1 for known, status, _ in own if known == key and status == "recorded")
        counted += sum(1 for known, status, _ in own if known == key and status == "in_doubt" and not resent)
        counted += sum(1 for known, status in other if known == key and status != "rejected")
        there = sum(1 for known, good in given_rows if known == key and good)
        assert decided.filter((pl.col("key_a") == key) & pl.col("post")).height <= max(0, there - counted)
    taken = decided.filter(pl.col("prior") >= 0)["prior"].to_list()
    assert len(taken) == len(set(taken))
    may_count = [place for place, fate in enumerate(own) if fate[1] in ("recorded", "in_doubt")]
    assert found.missing["prior"].to_list() == [place for place in may_count if place not in taken]


HELD = ("duplicate", "already_recorded")


@pytest.mark.parametrize(
    ("own", "decided"),
    [
        ([HELD, ("rejected", "")], [("already_recorded", False), ("duplicate_row", False)]),
        ([HELD, ("failed", "")], [("already_recorded", False), ("duplicate_row", False)]),
        ([("rejected", ""), ("rejected", "")], [(None, True), (None, True)]),
        ([HELD, HELD], [("already_recorded", False), ("already_recorded", False)]),
        ([HELD, ("recorded", "")], [(None, False), ("already_recorded", False)]),
        ([HELD], [("already_recorded", False), ("duplicate_row", False)]),
    ],
)
def test_a_refused_row_that_one_held_for_other_results_pushed_back_stays_a_duplicate(own, decided):
    """Also by a run that does not name these: of two equal rows one was to be posted, and another file recorded it."""
    key = {"valid": True, "excluded": False, "key_a": 1, "key_b": 1, "before": 0}
    index = pl.DataFrame([key] * 2, schema_overrides={"key_a": pl.UInt64, "key_b": pl.UInt64, "before": pl.UInt32})
    settings = Settings(inputs=("x",), retry_rejected=True)
    found = make_plan(index, Known([(1, *fate) for fate in own]), frame_of([]), settings)
    assert list(found.rows.select(pl.col("code").cast(pl.String), "post").iter_rows()) == decided


@given(inputs, st.integers(0, 5))
def test_a_limit_takes_the_first_rows(given_rows, limit):
    """`--limit` posts so many at most, and always the first of those that would be posted."""
    index = pl.DataFrame(
        [{"valid": good, "excluded": False, "key_a": key, "key_b": key, "before": 0} for key, good in given_rows],
        schema={
            "valid": pl.Boolean,
            "excluded": pl.Boolean,
            "key_a": pl.UInt64,
            "key_b": pl.UInt64,
            "before": pl.UInt32,
        },
    )
    make = partial(make_plan, index, Known([]), frame_of([]))
    whole = make(Settings(inputs=("x",))).rows["post"].to_list()
    some = make(Settings(inputs=("x",), limit=limit)).rows["post"].to_list()
    assert some == [post and sum(whole[: i + 1]) <= limit for i, post in enumerate(whole)]


def lines_of(known: list[tuple[int, str, int]]) -> pl.DataFrame:
    lines = [
        dict.fromkeys(FATE, "x")
        | {"row": str(place), "status": status, "attempts": str(attempts), "revenue_id": None}
        | {"key_a": key, "key_b": key, "from_results": False, "only_in_results": False}
        for place, (key, status, attempts) in enumerate(known)
    ]
    schema = dict.fromkeys(FATE, pl.String) | {"key_a": pl.UInt64, "key_b": pl.UInt64}
    schema |= {"from_results": pl.Boolean, "only_in_results": pl.Boolean}
    return pl.DataFrame(lines, schema=schema)


known_fates = st.lists(st.tuples(st.sampled_from(CONTENTS), st.sampled_from(STATUSES), st.integers(1, 3)), max_size=8)


@given(known_fates, known_fates)
def test_what_either_records_is_recorded(journal, results):
    """Of journal and changed RESULTS together: per content as many recorded as the more of both, none forgotten."""
    counting = [fate for fate in results if fate[1] in ("recorded", "in_doubt")]
    merged = stronger(lines_of(journal), once(lines_of(counting)))
    for key in CONTENTS:
        ours, theirs = (
            Counter(status for known, status, _ in fates_ if known == key) for fates_ in (journal, counting)
        )
        both = Counter(merged.filter(pl.col("key_a") == key)["status"].to_list())
        assert both["recorded"] == max(ours["recorded"], theirs["recorded"])
        assert both["recorded"] + both["in_doubt"] >= ours["recorded"] + ours["in_doubt"]
        assert both.total() >= max(ours.total(), theirs.total())
