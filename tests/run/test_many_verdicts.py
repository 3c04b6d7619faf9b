"""Verdicts on many rows in doubt: from a template, one by one on a terminal, by whom, and as fast as they are many."""

from __future__ import annotations

import csv
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from importer.errors import SettingsError
from importer.journal import ControlTotals, Events, Journal, RunStart, journal_path, load
from importer.model import FATE, Share
from importer.plan import load_for_verdicts
from importer.run import Verdict, Verdicts, read_verdicts, resolve, rows_in_doubt, write_template
from importer.run.verdicts.cases import cases_of
from importer.run.verdicts.doubtful import DOUBTFUL
from importer.sources import open_inputs


def fates(number, **cells):
    """Rows in doubt, as a journal has them."""
    lines = [
        {
            "row": str(i + 1), "source": "june.csv", "message_id": f"m{i:07}", "revenue": "1.50",
            "attribution_type": "sale", "offer_id": None, "timestamp": "2026-06-01T12:00:00Z", "status": "in_doubt",
            "error_code": "timeout", "error_message": "no answer", "attempts": "1",
            "finished_at": "2026-06-30T12:00:01.000Z", "doubt_since": "2026-06-30T12:00:00.000Z",
        }
        | {name: value(i) if callable(value) else value for name, value in cells.items()}
        for i in range(number)
    ]  # fmt: skip
    return pl.DataFrame(lines, schema=dict.fromkeys(FATE, pl.String))


@pytest.fixture
def journal_of(tmp_path):
    """Writes a journal with these fates, as a killed run left it; returns its RESULTS."""

    def write(frame):
        results = tmp_path / "june.results.csv"
        start = RunStart(
            run="ab", at="2026-06-30T12:00:00Z", version="0.1.0", target="sandbox", shard=None, inputs=(),
            planned={"in_doubt": Share(frame.height, Decimal(frame.height))}, options={}, control=ControlTotals(),
            map={}, set={},
        )  # fmt: skip
        journal = Journal(journal_path(results))
        with journal.compaction({"target": "sandbox", "shard": None}) as compaction:
            compaction.add(frame)
            journal.replace(compaction, Events([start]))
        journal.close()
        return results

    return write


def filled(path, verdicts):
    """Fill the verdicts of a template in, as a person does, by message id."""
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        line["verdict"] = verdicts.get(line["message_id"], "")
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)


def statuses(results):
    return load(journal_path(results)).fates()["status"].to_list()


def test_a_template_is_filled_in_and_taken(run_here, journal_of, tmp_path):
    """It holds what to look for; what has no verdict stays open; --why holds for lines that say nothing."""
    rows = fates(4, message_id=lambda i: ["=cmd+1", "00000017", "TRUE1234", "1e234567"][i], offer_id=lambda i: "007")
    results, template = journal_of(rows), tmp_path / "verdicts.csv"
    written = run_here("resolve", results, "--verdicts", template)
    assert (written.exit, "4 rows in doubt" in written.stdout) == (0, True), written
    again = run_here("resolve", results, "--verdicts", template)
    assert (again.exit, "is there already, and may hold verdicts" in again.stderr) == (2, True)
    line = pl.read_csv(template, infer_schema=False).row(0, named=True)
    assert (line["row"], line["doubt_since"], line["finished_at"]) == (
        "1",
        rows["doubt_since"][0],
        rows["finished_at"][0],
    )
    filled(template, {"'=cmd+1": "recorded", "1e234567": "not_recorded"})
    refused = run_here("resolve", results, "--from", template)
    assert (refused.exit, "why must say how you know" in refused.stderr) == (2, True)
    done = run_here("resolve", results, "--from", template, "--why", "dashboard", "--by", "Ana Silva")
    assert "Resolved 2 rows: 1 recorded, 1 not." in done.stdout, done
    assert statuses(results) == ["recorded", "in_doubt", "in_doubt", "pending"]
    given = load(journal_path(results)).events.verdicts
    assert [(one.by, one.why) for one in given] == [("Ana Silva", "dashboard")] * 2


def test_a_workbook_too(journal_of, tmp_path):
    """Ids, offers and amounts are texts in it, and mean the same rows when it is read back."""
    results = journal_of(fates(3, message_id=lambda i: ["00000017", "1e234567", "=cmd+1"][i]))
    template = tmp_path / "verdicts.xlsx"
    assert write_template(results, template) == 3
    with pytest.raises(SettingsError, match=r"holds no verdicts on rows of june\.results\.csv"):
        read_verdicts(str(template), results)
    (lines,) = open_inputs([str(template)])[0].batches()
    cells = lines.select(pl.col(str(i)).alias(title) for i, title in enumerate(["verdict", "why", *DOUBTFUL]))
    filled_in = cells.with_columns(verdict=pl.lit("recorded"), why=pl.lit("seen"))
    filled_in.write_excel(tmp_path / "filled.xlsx")
    resolve(results, read_verdicts(str(tmp_path / "filled.xlsx"), results), lambda cases: True)
    assert statuses(results) == ["recorded"] * 3


def test_a_template_needs_a_name_that_it_can_have(journal_of, tmp_path):
    with pytest.raises(SettingsError, match=r"ends in neither \.csv nor \.xlsx"):
        write_template(journal_of(fates(1)), tmp_path / "verdicts.txt")


def test_equal_rows_are_decided_one_by_one(journal_of, tmp_path):
    """Two rows that are equal in all fields get two verdicts from one file; so do rows that left the input."""
    results = journal_of(fates(4, message_id="aaaaaaaa", row=lambda i: str(i + 1) if i < 2 else None))
    template = tmp_path / "verdicts.csv"
    write_template(results, template)
    with template.open(newline="") as file:
        lines = list(csv.DictReader(file))
    named = [(("message_id", "aaaaaaaa"), ("revenue", line["revenue"])) for line in lines]
    places = [int(line["row"]) if line["row"] else None for line in lines]
    verdicts = [Verdict(n % 2 == 0, "seen", row, source="june.csv", fields=named[n]) for n, row in enumerate(places)]
    other = replace(verdicts[0], recorded=False)
    with pytest.raises(SettingsError, match=r"row 1, message aaaaaaaa of june\.csv is named twice, and not with one"):
        resolve(results, [*verdicts, other], lambda cases: True)
    resolve(results, [*verdicts, verdicts[0]], lambda cases: True)
    assert sorted(statuses(results)) == ["pending", "pending", "recorded", "recorded"]
    cases, _ = resolve(results, verdicts, lambda cases: pytest.fail("there is nothing to ask"))
    assert (len(cases), cases.standing) == (0, 4)
    cases, _ = resolve(results, [other, *verdicts[1:]], lambda cases: True, sure=True)
    assert (len(cases), cases.standing) == (1, 3)
    assert sorted(statuses(results)) == ["pending", "pending", "pending", "recorded"]


def test_a_table_that_is_given_again_says_what_stands(journal_of, tmp_path):
    """The same table, one with a corrected line, one with a line twice, one with an id more: each line by itself."""
    results = journal_of(fates(5))
    first = ["1,recorded,x,", "2,recorded,x,", "3,not_recorded,x,", "4,recorded,x,id-4", ",,,"]

    def given(*lines):
        table = tmp_path / "verdicts.csv"
        table.write_text("".join(f"{line}\n" for line in ("row,verdict,why,revenue_id", *lines)))
        cases, _ = resolve(results, read_verdicts(str(table), results), lambda cases: True, sure=True)
        return [case.row for case in cases], cases.standing

    assert given(*first) == ([1, 2, 3, 4], 0)
    assert given(*first) == ([], 4)
    assert given(first[0], "2,not_recorded,look again,", *first[2:]) == ([2], 3)
    assert given("1,recorded,x,", "5,recorded,x,", "5,recorded,y,", "1,recorded,y,") == ([5], 3)
    assert given("4,recorded,x,id-5", "5,recorded,x,") == ([4], 1)
    assert given("4,recorded,x,", "4,recorded,x,id-5") == ([], 2)
    before = (tmp_path / "june.results.csv.journal").read_bytes()
    for lines in (("1,recorded,x,", "1,not_recorded,x,"), ("1,not_recorded,x,", "1,recorded,x,")):
        with pytest.raises(SettingsError, match=r"named twice, and not with one verdict \(lines 2 and 3\)"):
            given(*lines)
    assert (tmp_path / "june.results.csv.journal").read_bytes() == before
    assert statuses(results) == ["recorded", "pending", "pending", "recorded", "recorded"]


def test_a_table_whose_rows_were_posted_since_says_which_lines_to_take_out(run, journal_of, tmp_path):
    """All of them at once; without these lines the rest is taken."""
    posted = {1: "recorded", 3: "rejected"}
    results = journal_of(fates(5, status=lambda i: posted.get(i, "in_doubt")))
    table, head = tmp_path / "verdicts.csv", "row,verdict,why"
    lines = [f"{row},not_recorded,looked" for row in (1, 2, 3, 4, 9)]
    table.write_text("\n".join((head, *lines)))
    given = "resolve", results, "--from", table, "--yes", "--sure"
    result = run(*given)
    assert (result.exit, statuses(results).count("in_doubt")) == (2, 3), result
    told = "line 3 (row 2 is recorded), line 5 (row 4 is rejected), line 6 (row 9 was not sent, or is not there)"
    assert told in " ".join(result.stderr.split())
    assert "take these lines out of the file, and give the rest again" in " ".join(result.stderr.split())
    table.write_text("\n".join((head, lines[0], lines[2])))
    assert run(*given).exit == 0
    assert statuses(results) == ["pending", "recorded", "pending", "rejected", "in_doubt"]
    alone = run("resolve", results, "--row", "2", "--not-recorded", "--why", "x", "--yes", "--sure")
    assert "row 2 of june.results.csv is recorded; only a row in doubt" in " ".join(alone.stderr.split())


def test_thousands_are_found_without_a_search_for_each(journal_of, monkeypatch):
    """The fates are filtered once for all verdicts, not once for each."""
    results = journal_of(fates(3_000))
    filters = 0
    whole = pl.DataFrame.filter

    def counted(self, *args, **options):
        nonlocal filters
        filters += 1
        return whole(self, *args, **options)

    monkeypatch.setattr(pl.DataFrame, "filter", counted)
    by_row = [Verdict(True, "dashboard", row) for row in range(1, 1_501)]
    by_id = [
        Verdict(False, "dashboard", fields=(("message_id", f"m{i:07}"), ("revenue", "1.5")))
        for i in range(1_500, 3_000)
    ]
    with closing(load_for_verdicts(results)) as earlier:
        filters = 0
        cases = cases_of(earlier, Verdicts.of([*by_row, *by_id]), results)
    assert [case.row for case in cases] == [*range(1, 3_001)]
    assert filters < 60


def test_on_a_terminal_it_goes_through_the_rows(run_tty, journal_of):
    """RESULTS alone: each row with what to look for; a reason once given is offered again; the rest can wait."""
    results = journal_of(fates(4))
    dialog = [
        (r"1 of 4: june.csv row 1(?s:.)*\[q\]uit", "r\n"),
        ("How do you know", "dashboard\n"),
        (r"2 of 4: june.csv row 2(?s:.)*\[q\]uit", "s\n"),
        (r"3 of 4: june.csv row 3(?s:.)*\[q\]uit", "n\n"),
        (r"How do you know \[dashboard\]", "\n"),
        (r"4 of 4(?s:.)*\[q\]uit", "q\n"),
        ("Is that right", "y\n"),
    ]
    ended = run_tty("resolve", results, dialog=dialog)
    assert ended.exit == 0, ended
    assert statuses(results) == ["recorded", "in_doubt", "pending", "in_doubt"]
    assert rows_in_doubt(results)["row"].to_list() == ["2", "4"]


def test_on_a_terminal_too_soon_is_said_at_the_row(run_tty, journal_of):
    """Before the reason is asked for; the row is asked about again, and what was said of the others is kept."""
    ended_at = datetime.now(UTC).isoformat(timespec="milliseconds")
    results = journal_of(fates(3, finished_at=lambda i: ended_at if i == 1 else "2026-01-01T12:00:01.000Z"))
    dialog = [
        (r"1 of 3(?s:.)*\[q\]uit", "n\n"),
        ("How do you know", "dashboard\n"),
        (r"2 of 3(?s:.)*\[q\]uit", "n\n"),
        (r"Not yet: (?s:.)*less than ten minutes(?s:.)*\[q\]uit", "s\n"),
        (r"3 of 3(?s:.)*\[q\]uit", "r\n"),
        (r"How do you know \[dashboard\]", "\n"),
        ("Is that right", "y\n"),
    ]
    ended = run_tty("resolve", results, dialog=dialog)
    assert ended.exit == 0, ended
    assert statuses(results) == ["pending", "in_doubt", "recorded"]
    results = journal_of(fates(1, finished_at=ended_at))
    dialog = [(r"1 of 1(?s:.)*\[q\]uit", "n\n"), ("How do you know", "sure\n"), ("Is that right", "y\n")]
    assert run_tty("resolve", results, "--sure", dialog=dialog).exit == 0
    assert statuses(results) == ["pending"]


def test_off_a_terminal_it_says_what_it_needs(run_here, journal_of):
    refused = run_here("resolve", journal_of(fates(1)))
    assert (refused.exit, "Name the row with --row" in refused.stderr) == (2, True)
