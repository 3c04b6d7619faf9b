"""The command on real files: what it says, what it writes, and what the next import does with it."""

from __future__ import annotations

import csv
import json
import re
import shutil
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import fastexcel
import polars as pl
import pytest

from importer import reconcile
from importer.journal import Journal, journal_path
from importer.model import Share
from importer.reconciling import Reconciliation, reconciliation_lines
from importer.reconciling.totals import Group
from importer.reconciling.words import rows_in_words
from tests.faultserver.plan import hang_up, plan, rule
from tests.faultserver.server import FaultServer
from tests.support import inside
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge, read_results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.process import Result

MONTH = rows(60)
STORED, LOST = (10, 25), (17, 33)
LOSSES = [
    rule(hang_up(stored=n in STORED), message_id=MONTH[n].message_id, attempt=1) for n in sorted((*STORED, *LOST))
]
COLUMNS = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp", "revenue_id", "source")
OURS = ("--ours", "source=api", "--settle", "0s")
KINDS = {
    *("matched", "settled_recorded", "settled_not_recorded", "open", "only_in_file", "only_at_vendor", "stored_twice"),
    *("amount_differs", "time_differs"),
}


def export(path: Path, ledger: list[dict[str, Any]], columns: tuple[str, ...] = COLUMNS) -> Path:
    """The ledger of a server as a vendor would export it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**record, "source": record.get("source", "api")} for record in ledger)
    return path


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A folder with RESULTS of 60 rows, four of them in doubt, and what the server stored."""
    folder = tmp_path_factory.mktemp("month")
    with FaultServer(plan(*LOSSES)) as server:
        inside.run(
            "import",
            write_csv(folder / "june.csv", MONTH),
            "--base-url",
            server.url,
            "--rate",
            0,
            "--concurrency",
            2,
            cwd=folder,
        )
        return folder, server.ledger()


@pytest.fixture
def folder(month: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> Path:
    """A copy of it, with the export."""
    shutil.copytree(month[0], tmp_path, dirs_exist_ok=True)
    export(tmp_path / "vendor.csv", month[1])
    return tmp_path


@pytest.fixture
def ledger(month: tuple[Path, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [dict(record) for record in month[1]]


@pytest.fixture
def compare(folder: Path) -> Callable[..., Result]:
    """`reconcile` of these RESULTS."""
    return partial(inside.run, "reconcile", "june.results.csv", "--against", "vendor.csv", cwd=folder)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def rows_of(told: dict[str, Any]) -> dict[str, int]:
    return {kind: told[kind]["rows"] for kind in KINDS if told[kind]["rows"]}


def test_it_reads_only_and_says_what_it_found(compare, folder):
    """Every key of the contract, the identity of the vendor's total, and no file changed."""
    before = files(folder)
    result = compare(*OURS, "--json")
    told = result.json
    assert set(told) >= {*KINDS, "guards", "exit"}
    assert all(isinstance(holds, bool) for holds in told["guards"].values())
    assert rows_of(told) == {"matched": 58, "settled_recorded": 2, "settled_not_recorded": 2}
    assert told["matched"] == told["vendor"]
    assert (result.exit, told["exit"]) == (1, 1), "verdicts are proven, and not written"
    assert files(folder) == before


@pytest.mark.parametrize(
    ("state", "source", "options"),
    [
        ("pending", "api", ("--where", "state=approved")),
        ("declined", "api", ("--where", "state!=declined")),
        ("approved", "", ()),
    ],
)
def test_a_line_that_was_left_out_is_a_line_all_the_same(
    compare, folder, ledger, state: str, source: str, options: tuple[str, ...]
):
    """A stored row whose line `--where` leaves out, or whose mark is empty, is never "not recorded"."""
    hidden = MONTH[STORED[0]].message_id
    lines = [{**record, "state": "approved", "source": "api"} for record in ledger]
    lines = [{**line, "state": state, "source": source} if line["message_id"] == hidden else line for line in lines]
    export(folder / "vendor.csv", lines, (*COLUMNS, "state"))
    told = compare(*OURS, *options, "--json").json
    assert (rows_of(told)["settled_not_recorded"], rows_of(told)["open"]) == (len(LOST), 1), told
    assert not told["guards"]["nothing_similar"]
    assert any("1 row of the export left out" in note for note in told["notes"]), told["notes"]


def test_every_verdict_is_applied_and_the_next_import_is_whole(fault_server, tmp_path):
    """Round trip: doubts, export, verdicts, import again: nothing twice, nothing lost; then all agrees."""
    server = fault_server(*LOSSES)
    imports = partial(
        inside.run,
        "import",
        write_csv(tmp_path / "june.csv", MONTH),
        "--base-url",
        server.url,
        "--json",
        "--concurrency",
        2,
        cwd=tmp_path,
    )
    imports()
    compares = partial(inside.run, "reconcile", "june.results.csv", "--against", "vendor.csv", *OURS, cwd=tmp_path)
    export(tmp_path / "vendor.csv", server.ledger())
    applied = compares("--apply", "all", "--why", "export of 3 July", "--json")
    assert (applied.exit, applied.json["applied"]) == (0, {"recorded": 2, "not_recorded": 2}), applied
    last = imports()
    assert (last.exit, last.json["requests"]) == (0, 2), last
    judge(MONTH, tmp_path / "june.results.csv", server.ledger(), last.json, promised_in_doubt=0)
    export(tmp_path / "vendor.csv", server.ledger())
    again = compares("--json")
    assert (again.exit, rows_of(again.json)) == (0, {"matched": 60}), again


def test_recorded_alone_is_the_first_step(compare, folder):
    """`--apply recorded` settles those; the others stay in doubt, and nothing is freed."""
    result = compare(*OURS, "--apply", "recorded", "--why", "export of 3 July", "--json")
    assert (result.exit, result.json["applied"]) == (1, {"recorded": 2})
    statuses = [line["status"] for line in read_results(folder / "june.results.csv")]
    assert (statuses.count("recorded"), statuses.count("in_doubt"), statuses.count("pending")) == (58, 2, 0)


def test_a_verdict_names_its_evidence(compare, folder):
    """The journal has digest, line, user, reason and guards; RESULTS has the id of the line."""
    given = ("--why", "export of 3 July", "--by", "Ana Silva")
    told = compare(*OURS, "--apply", "all", *given, "--json").json
    text = journal_path(folder / "june.results.csv").read_bytes().rstrip(b"\0").decode()
    events = [json.loads(line[2:]) for line in text.splitlines() if line.startswith("E\t")]
    verdicts = {event["row"]: event for event in events if event["event"] == "verdict"}
    assert sorted(verdicts) == [n + 1 for n in sorted((*STORED, *LOST))]
    one = verdicts[STORED[0] + 1]
    assert one["evidence"]["sha256"] == told["export"]["sha256"]
    assert len(one["evidence"]["lines"]) == 1
    assert all(one["evidence"]["guards"].values())
    assert one["by"] == "Ana Silva"
    assert one["why"].startswith("export of 3 July (line ")
    assert one["revenue_id"]


def test_the_draft_is_what_resolve_reads(compare, folder):
    """Open rows stand in it without a verdict; `resolve --from` takes the others."""
    compare("--ours", "source=api", "--verdicts", "draft.csv")
    with (folder / "draft.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["verdict"] for line in lines].count("recorded") == 2
    opened = [line for line in lines if not line["verdict"]]
    assert len(opened) == 2
    assert all("recorded later" in line["open_because"] for line in opened)
    assert all(line["later_found"] == "no" for line in opened)
    result = inside.run("resolve", "june.results.csv", "--from", "draft.csv", cwd=folder)
    assert "Resolved 2 rows: 2 recorded, 0 not." in result.stdout, result
    again = inside.run("resolve", "june.results.csv", "--from", "draft.csv", cwd=folder)
    assert (again.exit, "2 verdicts stand already." in again.stdout) == (0, True), again


def test_a_draft_of_what_was_applied_is_what_resolve_reads(compare, folder):
    """What was recorded stands already; a person fills in the rest of the same draft."""
    compare(*OURS, "--verdicts", "draft.csv", "--apply", "recorded", "--why", "x")
    result = inside.run("resolve", "june.results.csv", "--from", "draft.csv", "--sure", "--yes", cwd=folder)
    assert (result.exit, result.stdout.splitlines()[:2]) == (
        0,
        ["2 verdicts stand already.", "Resolved 2 rows: 0 recorded, 2 not."],
    ), result


def test_its_next_commands_work(compare, folder):
    """What the terminal says to type next does what it says."""
    text = compare(*OURS).stdout
    commands = [line.strip() for line in text.splitlines() if line.startswith("    revenue-importer ")]
    assert [command.split(" --apply ")[1].split()[0] for command in commands] == ["recorded", "all"]
    import shlex

    for command in commands:
        result = inside.run(*shlex.split(command)[1:], cwd=folder)
        assert "Verdicts recorded" in result.stdout, result
    assert result.exit == 0


def test_the_page_has_a_part_of_it(compare, folder):
    """What it came to stands in the verdict, too; what is settled, and by which options it is noted, in its part."""
    compare(*OURS, "--report", "june.html")
    page = (folder / "june.html").read_text()
    verdict, part = page.partition("</section>")[0], page.partition('id="vendor"')[2].partition("</section>")[0]
    for text in (verdict, part):
        assert "agree: each line is a row of these results, and no recorded row is missing." in text
        assert re.search(r"2 rows in doubt \([0-9.,]+\) proven not recorded, which is not noted yet\.", text)
    assert "In doubt, proven not recorded" in part
    assert "--apply</span> recorded" in part
    assert len(re.findall("In doubt, proven (?:not )?recorded, 2 rows", part)) == 2, "which rows they are"
    todo = page.partition('id="next"')[2].partition("</section>")[0]
    assert "reconcile june.results.csv" in todo.partition("</li>")[0], "the whole command, first"
    assert "in the vendor&#39;s dashboard by message id" not in page, "one remedy"
    assert "same comparison" not in page
    compare(*OURS, "--apply", "all", "--why", "export", "--yes", "--report", "june.html")
    assert "proven not recorded, and noted so." in (folder / "june.html").read_text()


@pytest.mark.parametrize("by", ["--apply", "--from"])
def test_verdicts_that_rest_on_the_export_are_no_agreement(compare, warm, folder, by):
    """Compared once more it cannot but agree with them: page, terminal and JSON say so; another export may."""
    if by == "--apply":
        compare(*OURS, "--apply", "recorded", "--why", "export", "--yes")
    else:
        compare(*OURS, "--verdicts", "draft.csv")
        warm.run("resolve", "june.results.csv", "--from", "draft.csv", "--yes", "--sure", cwd=folder)
    again = compare(*OURS, "--report", "june.html", "--json")
    verdict = (folder / "june.html").read_text().partition("</section>")[0]
    assert re.search(r"Verdicts settled 2 rows \([0-9.,]+\) as recorded .*by this same export", verdict)
    assert again.json["resting_on_this_export"]["recorded"]["rows"] == 2
    assert "by this same export" in " ".join(compare(*OURS).stdout.split())
    with (folder / "vendor.csv").open("a") as file:
        file.write("\n")
    assert compare(*OURS, "--json").json["resting_on_this_export"] == {}


def test_the_workbook_has_a_sheet_of_it(compare, folder):
    """The parts of the vendor's total with their sum as a formula, what is settled, and what to do."""
    compare(*OURS, "--report", "june.xlsx")
    sheet = fastexcel.read_excel(folder / "june.xlsx").load_sheet("Vendor", header_row=None).to_polars()
    names, rows = sheet.to_series(0).to_list(), sheet.to_series(1).to_list()
    assert {"Matched", "The export", "In doubt, proven recorded", "What to do about it"} <= set(names)
    assert rows[names.index("The export")] in ("58", 58.0)


def test_the_report_names_what_differs(compare, folder, ledger):
    """Each kind with its sum and its largest rows first; the verdict is open although all rows are recorded."""
    ledger = differing(ledger)
    export(
        folder / "vendor.csv",
        [*ledger, {**ledger[5], "message_id": "stranger", "revenue": "7777.5", "revenue_id": "a" * 24}],
    )
    compare(*OURS, "--report", "june.html")
    page = (folder / "june.html").read_text()
    assert 'class="verdict open"' in page
    assert "differ: recorded, not in the export 1 row (" in page
    part = page.partition('id="vendor"')[2]
    kinds = re.findall(r"<h3>([^<,]+(?:, (?:open|not in the export))?), ([0-9]+) rows? ", part)
    assert kinds == [
        ("In doubt, open", "4"), ("Recorded, not in the export", "1"), ("Amount differs", "1"), ("Time differs", "1"),
        ("Only at the vendor", "2"), ("Stored twice", "1"),
    ]  # fmt: skip
    only_there = part.partition("<h3>Only at the vendor")[2].partition("</table>")[0]
    assert re.findall(r'<td class="n">([^<]+)</td>', only_there)[0] == "7,777.50"
    assert re.search(r"20[0-9-]+T[0-9:]+Z here; another time in line", part)


def test_without_a_mark_or_a_time_of_storing_nothing_is_proven_recorded(compare):
    """Another source may have stored the lines; what is not there is proven all the same."""
    told = compare("--settle", "0s", "--json").json
    assert rows_of(told) == {"matched": 58, "open": 2, "settled_not_recorded": 2}
    assert not told["guards"]["only_ours"]


def test_half_an_export_settles_nothing(compare, folder, ledger):
    """Recorded rows are missing from it: it proves nothing of any row."""
    export(folder / "vendor.csv", ledger[: len(ledger) // 2])
    told = compare(*OURS, "--json").json
    assert told["settled_recorded"]["rows"] == told["settled_not_recorded"]["rows"] == 0
    assert told["open"]["rows"] == 4
    assert not told["guards"]["recorded_found"]


def differing(ledger):
    """What the vendor has, with one line of each kind that differs from what was sent."""
    without = [record for record in ledger if record["message_id"] != MONTH[1].message_id]
    by_id = {record["message_id"]: record for record in without}
    by_id[MONTH[2].message_id]["revenue"] = "1.23"
    by_id[MONTH[0].message_id]["timestamp"] = "2024-01-01T00:00:00Z"
    stranger = {**ledger[5], "message_id": "stranger", "revenue_id": "f" * 24}
    twice = {**by_id[MONTH[5].message_id], "revenue_id": "e" * 24}
    return [*without, stranger, twice]


def test_what_differs_is_told_by_kind(compare, folder, ledger):
    """Twice, other amount, other time, only there, only here: and the identity holds."""
    export(folder / "vendor.csv", differing(ledger))
    told = compare(*OURS, "--json").json
    kinds = ("only_in_file", "only_at_vendor", "stored_twice", "amount_differs", "time_differs")
    assert {kind: told[kind]["rows"] for kind in kinds} == dict.fromkeys(kinds, 1)
    parts = ("matched", "stored_twice", "amount_differs", "time_differs", "only_at_vendor")
    assert sum(told[part]["rows"] for part in parts) == told["vendor"]["rows"]


REFUSED = {
    "cut line": (lambda text: text[:-40], "wrong number of cells"),
    "no columns": (
        lambda text: text.replace("message_id", "who", 1).replace("timestamp", "x", 1).replace("offer_id", "y", 1),
        "no column for message_id",
    ),
    "ids without zeros": (lambda text: "\n".join(line.lstrip("0") for line in text.splitlines()), "damaged"),
    "a line twice": (lambda text: text + text.splitlines()[-1] + "\n", "repeat the revenue_id"),
    "another mark": (lambda text: text.replace(",api", ",tune"), "--ours"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_an_export_that_cannot_be_used(compare, folder, how):
    """Exit 2 and a sentence."""
    change, said = REFUSED[how]
    path = folder / "vendor.csv"
    path.write_bytes(change(path.read_text("utf-8").replace("\r\n", "\n")).encode())
    result = compare(*OURS)
    assert result.exit == 2, result
    assert said in result.stderr


TUNES = "Partner Sub ID 1,Payout,Type,Offer,Date,Transaction ID,source"


@pytest.mark.parametrize("mapped", [False, True])
def test_an_export_of_tune_is_no_record_of_what_was_posted(compare, folder, mapped):
    """Every posted row is in it, stored or not: it would settle doubts by what the network has."""
    path = folder / "vendor.csv"
    path.write_text(path.read_text("utf-8").replace(",".join(COLUMNS), TUNES, 1), "utf-8")
    options = ("--map", "message_id=Partner Sub ID 1", "--map", "revenue=Payout") if mapped else ()
    result = compare(*OURS, *options)
    assert result.exit == 2, result
    assert "vendor.csv is an export of TUNE, by its columns Partner Sub ID 1, Payout and" in result.stderr
    assert "Nothing was compared" in result.stderr


def test_times_of_another_zone_are_refused_with_the_zone(compare, folder, ledger):
    """All recorded rows are shifted by the same hours: it says which zone fits, and with that it works."""
    for record in ledger:
        if record["timestamp"]:
            text = record["timestamp"][:19]
            record["timestamp"] = (_moment(text)).strftime("%Y-%m-%d %H:%M:%S")
        record["revenue_id"] = ""
    export(folder / "vendor.csv", ledger)
    result = compare(*OURS)
    assert result.exit == 2
    assert "--timezone Asia/Kolkata" in result.stderr, result.stderr
    told = compare(*OURS, "--timezone", "Asia/Kolkata", "--json").json
    assert told["settled_recorded"]["rows"] == 2


def _moment(text: str) -> Any:
    from datetime import datetime, timedelta

    return datetime.fromisoformat(text) + timedelta(hours=5, minutes=30)


def test_not_while_an_import_runs(compare, folder):
    """The journal is held: exit 2, also for reading."""
    journal = Journal(journal_path(folder / "june.results.csv"))
    try:
        for more in ((), ("--apply", "all", "--why", "x")):
            result = compare(*OURS, *more)
            assert result.exit == 2
            assert "Wait for it to end" in result.stderr
    finally:
        journal.close()


def test_results_without_their_journal(compare, folder):
    """RESULTS alone says when a row was tried; a verdict makes it a journal."""
    journal_path(folder / "june.results.csv").unlink()
    told = compare(*OURS, "--apply", "all", "--why", "archived", "--json").json
    assert told["applied"] == {"recorded": 2, "not_recorded": 2}


@pytest.mark.parametrize("journal", [True, False])
def test_copies_of_one_results_file_are_not_compared_twice(folder, journal):
    """A row in doubt of both would be found once, and of the other copy be said not to be recorded."""
    shutil.copy(folder / "june.results.csv", folder / "copy.csv")
    if journal:
        shutil.copy(folder / "june.results.csv.journal", folder / "copy.csv.journal")
    told = inside.run("reconcile", "june.results.csv", "copy.csv", "--against", "vendor.csv", *OURS, cwd=folder)
    assert told.exit == 2
    assert "is a copy of" in told.stderr
    assert "Name one of them" in told.stderr


@pytest.mark.parametrize(("call", "most"), [("pwrite", 8), ("fsync", 6), ("replace", 3)])
def test_killed_anywhere_all_verdicts_are_there_or_none(warm, folder, tmp_path, call, most):
    """Killed at every call that changes a file: the verdicts of a run are all on disk, or none is."""
    seen = set()
    for nth in range(1, most + 1):
        for when in ("before", "half", "after") if call == "pwrite" else ("before", "after"):
            place = tmp_path / f"{call}-{nth}-{when}"
            place.mkdir()
            for name in ("june.results.csv", "june.results.csv.journal", "vendor.csv"):
                shutil.copy(folder / name, place / name)
            warm.run(
                "reconcile", "june.results.csv", "--against", "vendor.csv", *OURS, "--apply", "all", "--why", "x",
                cwd=place, breaks={"die": [call, nth, when]},
            )  # fmt: skip
            found = reconcile(place / "june.results.csv", place / "vendor.csv")
            seen.add(found.doubts.height)
    assert seen <= {0, 4}
    assert 4 in seen


def test_totals_suggest_and_settle_nothing(compare, folder, ledger):
    """Without message ids: each day's total beside ours, and the rows in doubt that explain it."""
    days: dict[str, Any] = {}
    for record in ledger:
        day = (record["timestamp"] or "2025-01-01")[:10]
        days[day] = days.get(day, Decimal(0)) + Decimal(record["revenue"])
    (folder / "vendor.csv").write_text("date,revenue\n" + "".join(f"{day},{total}\n" for day, total in days.items()))
    result = compare("--map", "timestamp=date", "--json")
    assert (result.exit, result.json["mode"]) == (1, "totals")
    assert result.json["open"]["rows"] == 4
    assert compare("--map", "timestamp=date", "--apply", "all", "--why", "x").exit == 2


def test_two_shards_and_one_export(fault_server, tmp_path):
    """Several RESULTS: each row's verdict goes to its own journal, and one draft is read by both."""
    server = fault_server(*LOSSES)
    file = write_csv(tmp_path / "june.csv", MONTH)
    for part in (1, 2):
        inside.run("import", file, "--base-url", server.url, "--shard", f"{part}/2", cwd=tmp_path)
    export(tmp_path / "vendor.csv", server.ledger())
    both = "june.*-of-2.results.csv"
    told = inside.run(
        "reconcile", both, "--against", "vendor.csv", *OURS, "--verdicts", "draft.csv", "--json", cwd=tmp_path
    ).json
    assert told["settled_recorded"]["rows"] + told["settled_not_recorded"]["rows"] >= 3, told
    applied = inside.run(
        "reconcile", both, "--against", "vendor.csv", *OURS, "--apply", "all", "--why", "x", "--json", cwd=tmp_path
    ).json
    assert sum(applied["applied"].values()) == told["settled_recorded"]["rows"] + told["settled_not_recorded"]["rows"]


def test_it_writes_over_nothing_but_its_own_files(compare, folder):
    """The export, the input, a page of somebody else: a slip of the keyboard must not cost them."""
    (folder / "mine.html").write_text("<p>mine</p>")
    before = files(folder)
    for option, name in (("--verdicts", "vendor.csv"), ("--verdicts", "june.csv"), ("--report", "mine.html")):
        result = compare(*OURS, option, name)
        assert (result.exit, "Choose another name" in result.stderr) == (2, True), result
    assert files(folder) == before
    assert [compare(*OURS, "--verdicts", "draft.csv").exit for _ in range(2)] == [1, 1]


def test_a_column_that_is_another_time_can_be_left_out(compare, folder, ledger):
    """Times of storing in the column of times: it says so, and `--ignore` compares without."""
    for n, record in enumerate(ledger):
        record.update(timestamp=f"2026-07-03T10:{n // 60:02}:{n % 60:02}Z", revenue_id="")
    export(folder / "vendor.csv", ledger)
    assert "--ignore COLUMN" in compare(*OURS).stdout
    told = compare(*OURS, "--ignore", "timestamp", "--json").json
    assert rows_of(told) == {"matched": 58, "settled_recorded": 2, "settled_not_recorded": 2}


def test_an_export_of_some_offers_is_said_with_where(compare, folder, ledger):
    """Rows of other offers are then not missing; without the word they are, and nothing is settled."""
    export(folder / "vendor.csv", [record for record in ledger if record["offer_id"] == "4521"])
    told = compare(*OURS, "--json").json
    assert told["only_in_file"]["rows"] > 30
    assert not told["guards"]["recorded_found"]
    assert (
        compare(*OURS, "--where", "offer_id=4521", "--json").json["only_in_file"]["rows"] < told["only_in_file"]["rows"]
    )


def test_totals_say_what_is_next(compare, folder, ledger):
    """They settle nothing: the terminal never calls them in order while a row is in doubt."""
    (folder / "vendor.csv").write_text("date,revenue\n2025-01-01,1.00\n")
    text = compare("--map", "timestamp=date").stdout
    assert "row by row: that settles them" in text.replace("\n    ", " ")
    assert "--recorded|--not-recorded" in text


def test_totals_that_agree_are_no_proof() -> None:
    """Word and exit status are the same: nothing is known of a row."""
    ten = Share(1, Decimal("10.00"))
    shares = dict.fromkeys(KINDS, Share())
    group = Group("2026-06-01", None, ten.revenue, ten, Share(), ())
    found = Reconciliation(export="v.csv", sha256="0", results=("r.csv",), shares=shares, vendor=ten, groups=[group])
    text = " ".join("\n".join(reconciliation_lines(found, ["reconcile"])).split())
    assert found.exit_status == 1
    assert ("do not prove that each row is there (exit status 1)" in text, "nothing:" in text) == (True, False)


def test_amounts_of_lines_are_in_plain_notation() -> None:
    """With cents, the largest first; nothing, too, and the smallest: a column of decimals writes an exponent."""
    amounts = pl.Series(["0", "0.0000001", "24.90", "100"]).cast(pl.Decimal(38, 18))
    lines = pl.DataFrame({"line": [2, 3, 4, 5], "message_id": ["m"] * 4, "amount": amounts})
    found = Reconciliation(
        export="v.csv",
        sha256="0",
        results=("r.csv",),
        shares={"stored_twice": Share(4)},
        vendor=Share(),
        lists={"stored_twice": lines},
    )
    assert [amount for *_, amount, _ in rows_in_words(found, 9)] == ["100.00", "24.90", "0.0000001", "0.00"]


def test_a_profile_of_a_network_reads_its_export(compare, folder, ledger):
    """The profile that the import was made with reads the export, too: its columns, its filter, what it asks."""
    with (folder / "vendor.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "click_ref", "commission", "commission_status", "date"])
        for n, record in enumerate(ledger):
            when = (record["timestamp"] or "2025-01-01T00:00:00Z")[:19].replace("T", " ")
            writer.writerow([n, record["message_id"], record["revenue"], "approved", when])
    result = compare("--profile", "awin", "--settle", "0s")
    assert (result.exit, "--timezone" in result.stderr) == (2, True), result
    result = compare("--profile", "awin", "--timezone", "UTC", "--settle", "0s", "--json")
    assert result.exit == 1, result
    assert result.json["matched"]["rows"] > 0


def test_rows_that_a_workbook_hides_are_asked_about(compare, folder, ledger):
    """A filter that is on may hide what the vendor has: it asks, and `--hidden read` compares with all."""
    import xlsxwriter

    with xlsxwriter.Workbook(folder / "vendor.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for n, record in enumerate(ledger, 1):
            for at, name in enumerate(COLUMNS):
                sheet.write_string(n, at, str({**record, "source": "api"}.get(name) or ""))
        sheet.set_row(5, None, None, {"hidden": True})
    told = partial(inside.run, "reconcile", "june.results.csv", "--against", "vendor.xlsx", *OURS, cwd=folder)
    assert (told().exit, "--hidden read" in told().stderr) == (2, True)
    assert rows_of(told("--hidden", "read", "--json").json)["settled_not_recorded"] == 2
