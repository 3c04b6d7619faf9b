"""Runs that were killed or go on, results that are gone, journals that are gone, shards."""

from __future__ import annotations

from decimal import Decimal

from importer.model import Share, Status
from importer.report import expand_results, make_report, read_lines, report_fields
from importer.report.page.page import render
from importer.report.sentences import headline, tone
from importer.report.terminal import report_lines
from tests.report.month import GAPS, MONTH, ONCE, failed, month, written
from tests.support.books import (
    a_book,
    end_event,
    line,
    planned,
    results_event,
    sent,
    start_event,
    write_journal,
    write_results,
)

# -- runs that have not ended ------------------------------------------------------------------------------------------


def test_a_killed_run_has_its_own_rows_beside_those_of_the_whole_import(tmp_path):
    """What it sent before it was killed, in every format; of one that ended the journal has the sum."""
    lines = [line(1), line(2, "recorded", "5.00"), line(3, "in_doubt", "7.00"), line(4, "pending", "9.00")]
    path = a_book(
        tmp_path / "r.csv", [line(1), *(line(row, "pending", lines[row - 1]["revenue"]) for row in (2, 3, 4))]
    )
    events = [
        start_event({"pending": (4, "45.90")}),
        end_event((1, "24.90")),
        written(path),
        start_event({"recorded": (1, "24.90"), "pending": (3, "21.00")}, run="r2", at="2026-07-02T08:00:00Z"),
    ]
    write_journal(path, lines[:1], events, appended=[sent(1, lines[1]), sent(2, lines[2], answered=False)])
    report = make_report([path])
    assert [run.recorded for run in report.runs] == [Share(1, Decimal("24.90")), None]
    assert report.share(Status.RECORDED) == Share(2, Decimal("29.90"))
    said = "recorded 1 row (5.00), in doubt 1 row (7.00)"
    assert f"That run alone: {said}." in "\n".join(report_lines(report))
    assert f"The last run alone, of which no end is on record: {said}." in render(report)
    assert report_fields(report)["runs"][1]["so_far"]["recorded"] == {"rows": 1, "revenue": "5.00"}


def test_a_killed_run_without_results(tmp_path, run_here):
    """With the journal alone: what was answered, what is in doubt, and the rest pending, by the plan of the run."""
    lines = [line(1), line(2, "rejected", "5.00"), line(3, "in_doubt", "7.00"), line(4, "pending", "9.00")]
    events = [start_event({"pending": (4, "45.90"), "invalid": (2, "1.00")})]
    path = tmp_path / "r.csv"
    write_journal(path, [], events, appended=[sent(0, lines[0]) + sent(1, lines[1]), sent(2, lines[2], answered=False)])
    assert [one["revenue"] for one in read_lines(path, 0, 9, status="in_doubt")] == ["7.00"]
    report = make_report([path])
    assert report.balanced, report.checks
    assert report.provisional
    assert {str(k): (v.rows, str(v.revenue)) for k, v in report.by_status.items()} == {
        "recorded": (1, "24.90"),
        "rejected": (1, "5.00"),
        "invalid": (2, "1.00"),
        "in_doubt": (1, "7.00"),
        "pending": (1, "9.00"),
    }
    assert report.total == Share(6, Decimal("46.90"))
    assert report.kinds.total.file == report.total
    result = run_here("report", path, "--json")
    assert (result.exit, result.json["provisional"], result.json["in_doubt"][0]["message_id"]) == (0, True, "m0000003")
    # Nobody knows until when the request of a killed run could still arrive.
    assert [result.json["in_doubt"][0][name] for name in ("from", "to")] == ["2026-07-01T08:00:01.000Z", None]
    assert "since 2026-07-01T08:00:01.000Z" in "\n".join(report_lines(report))


def test_a_second_run_under_way(tmp_path):
    """RESULTS of the first run are older than the journal of the second, which leads."""
    first = [line(1), line(2, "failed", "5.00")]
    path = a_book(tmp_path / "r.csv", first)
    second = start_event({"recorded": (1, "24.90"), "pending": (2, "8.00")}, run="r2")
    events = [start_event(planned(first)), end_event((1, "24.90")), written(path), second]
    again = sent(1, line(2, revenue="5.00")).replace(b"\t-1\t0\t2\t", b"\t1\t1\t2\t")
    write_journal(path, first, events, appended=[again])
    report = make_report([path])
    assert report.balanced, report.checks
    assert (report.provisional, report.total) == (True, Share(3, Decimal("32.90")))
    assert report.share(Status.RECORDED) == Share(2, Decimal("29.90"))
    assert report.share(Status.PENDING) == Share(1, Decimal("3.00"))


def test_a_killed_run_with_a_verdict_before_the_next(tmp_path):
    """A verdict puts the outcomes of the killed run with those of all others: none is forgotten, none counts twice."""
    told = [line(1), line(2, "pending", "7.00", error_code="resolved_not_recorded"), line(3, "rejected", "5.00")]
    path = tmp_path / "r.csv"
    events = [start_event({"pending": (4, "45.90"), "invalid": (2, "1.00")}), {"event": "verdict", "row": 2}]
    write_journal(path, told, events)
    report = make_report([path])
    assert report.balanced, report.checks
    assert {str(k): (v.rows, str(v.revenue)) for k, v in report.by_status.items()} == {
        "recorded": (1, "24.90"),
        "rejected": (1, "5.00"),
        "invalid": (2, "1.00"),
        "pending": (2, "16.00"),
    }


def test_results_deleted_after_the_run(tmp_path):
    """The journal of a run that ended is enough: rows that were never sent count by its plan."""
    path = month(tmp_path)
    path.unlink()
    report = make_report([path])
    assert report.balanced, report.checks
    assert report.total == Share(9, Decimal("1170.705"))
    assert report.share(Status.PENDING) == Share(1, Decimal("3.30"))


def test_results_without_a_journal_say_what_they_cannot_know(tmp_path):
    """A mailed RESULTS balances by itself, and the report names what only the journal could tell."""
    report = make_report([write_results(tmp_path / "r.csv", MONTH)])
    assert report.balanced
    assert (report.runs, report.throughput is not None) == ((), True)
    assert any("cannot know" in text for text in report_lines(report))


# -- several files -----------------------------------------------------------------------------------------------------


def shards(tmp_path, count=3):
    return [
        a_book(tmp_path / f"r.{i}-of-{count}.csv", [line(row) for row in range(i, 10, count)], shard=f"{i}/{count}")
        for i in range(1, count + 1)
    ]


def test_the_next_command_goes_where_the_rows_went(tmp_path):
    """Without a journal the lines themselves name the API, and the command to copy does not go to the vendor's."""
    path = write_results(tmp_path / "r.csv", [line(1, "failed", target="127.0.0.1:8391")])
    assert make_report([path]).steps[0].command.endswith("--base-url URL")


def test_a_journal_without_a_run_is_not_missing(tmp_path, run_here):
    """A verdict on results without a journal begins one: what is unknown is said, not that it is missing."""
    path = write_results(tmp_path / "june.results.csv", [line(1, "in_doubt")])
    verdict = {"event": "verdict", "row": "1", "source": "june.csv", "verdict": "recorded"}
    write_journal(path, [line(1, "in_doubt")], [verdict, results_event(path, [line(1, "in_doubt")])])
    shown = " ".join(run_here("report", path).stdout.split())
    assert "The journal knows of no run, so this report cannot know" in shown
    assert "No journal was found" not in shown


def test_shards_become_one_reconciliation(tmp_path, run_here):
    """All shards together have no gap and no row twice; a pattern names them."""
    shards(tmp_path)
    result = run_here("report", "r.*-of-3.csv", "--json")
    assert (result.exit, result.json["rows"], result.json["revenue"]) == (0, 9, "224.10"), result
    checks = {check["name"]: check["ok"] for check in result.json["checks"]}
    assert checks[GAPS] is True


def test_a_pattern_finds_a_shard_that_was_killed(tmp_path, monkeypatch):
    """A run that was killed before it wrote RESULTS left a journal, and that counts."""
    shards(tmp_path)[1].unlink()
    monkeypatch.chdir(tmp_path)
    assert [path.name for path in expand_results(["r.*-of-3.csv"])] == [f"r.{i}-of-3.csv" for i in (1, 2, 3)]


def test_a_missing_shard_is_not_a_gap_and_a_shard_twice_is_found(tmp_path):
    """Gaps cannot be judged without all shards; the same rows in two results are an error."""
    paths = shards(tmp_path)
    some = make_report(paths[:2])
    assert (some.balanced, headline(some), tone(some)) == (True, "In balance, shards 1, 2 of 3 only", "open")
    assert "other shards" in some.steps[-1].text
    assert headline(make_report(paths)) == "In balance"
    copy = write_results(tmp_path / "copy.csv", [line(1)])
    assert ONCE in failed(make_report([*paths, copy]))
