"""The reconciliation's numbers: they balance, they are exact, and what does not agree is said."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.disk import Replacement
from importer.errors import ResultsError, SettingsError
from importer.model import Share, Status
from importer.report import expand_results, make_report
from importer.report.json import report_fields
from importer.report.sentences import headline, options_text, tone
from importer.report.terminal import report_lines
from importer.results.file import COLUMNS, write
from tests.faultserver.plan import hang_up, rule
from tests.support.books import (
    EXACT,
    a_book,
    amount,
    end_event,
    line,
    planned,
    results_event,
    sent,
    start_event,
    write_journal,
    write_results,
)
from tests.support.inputs import rows, write_csv

AGREE, WHOLE = "RESULTS and its journal agree", "RESULTS holds the whole input"
READ, ONCE = "Every line can be read", "No row stands twice"
GAPS = "No row is missing between the first and the last"
MONTH = [
    line(1, revenue="24.90"),
    line(2, revenue="0.005", attribution_type="send", offer_id=None),
    line(3, "in_doubt", "100.00"),
    line(4, "rejected", "10.10"),
    line(5, "invalid", "oops", error_code="invalid_revenue"),
    line(6, "invalid", "$1,000.50", error_code="invalid_message_id", message_id="x"),
    line(7, "duplicate", "24.90"),
    line(8, "failed", "7"),
    line(9, "pending", "3.30"),
]


def failed(report):
    return [check.name for check in report.checks if check.ok is False]


def with_amounts(lines):
    """What `planned` needs: the invalid row's revenue in plain notation."""
    return [{**one, "revenue": "1000.50" if one["revenue"] == "$1,000.50" else one["revenue"]} for one in lines]


def month(tmp_path, lines=MONTH, **start):
    path = a_book(tmp_path / "june.results.csv", lines)
    write_journal(
        path, lines, [start_event(planned(with_amounts(lines)), **start), end_event((2, "24.905")), written(path)]
    )
    return path


def written(path):
    from importer.disk import digest_of

    return {"event": "results", "sha256": digest_of(path), "name": path.name}


def test_a_month_with_every_fate_balances(tmp_path):
    """File = recorded + rejected + invalid + duplicate + failed + in doubt + pending, rows and revenue."""
    report = make_report([month(tmp_path)])
    assert report.balanced, report.checks
    assert report.total == Share(9, Decimal("1170.705"))
    assert {str(k): (v.rows, str(v.revenue)) for k, v in report.by_status.items()} == {
        "recorded": (2, "24.905"),
        "rejected": (1, "10.10"),
        "invalid": (2, "1000.50"),
        "duplicate": (1, "24.90"),
        "failed": (1, "7.00"),
        "in_doubt": (1, "100.00"),
        "pending": (1, "3.30"),
    }
    assert (report.share(Status.RECORDED).revenue, report.at_most.revenue) == (Decimal("24.905"), Decimal("124.905"))


digits = st.one_of(
    st.integers(0, 10**15 - 1).map(str),
    st.tuples(st.integers(0, 10**15 - 1), st.text("0123456789", min_size=1, max_size=18)).map(
        lambda p: f"{p[0]}.{p[1]}"
    ),
    st.decimals(0, 1000, places=2).map(lambda d: f"{d:f}"),
).filter(lambda text: Decimal(repr(float(text))) == Decimal(text))
days = st.integers(1767225600, 1798761599).map(lambda s: datetime.fromtimestamp(s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


@st.composite
def any_lines(draw):
    return [
        line(
            row,
            draw(st.sampled_from([str(status) for status in Status])),
            draw(digits),
            attribution_type=draw(st.sampled_from(["sale", "click", "send"])),
            offer_id=draw(st.sampled_from([None, "4521", "007", "=2+3", "<b>", "été"])),
            timestamp=draw(st.none() | days),
        )
        for row in range(1, draw(st.integers(0, 30)) + 1)
    ]


def sums(lines, key):
    """Rows and revenue by a key, with Python's decimals alone."""
    found = defaultdict(lambda: [0, Decimal(0)])
    for one in lines:
        found[key(one)][0] += 1
        found[key(one)][1] = EXACT.add(found[key(one)][1], amount(one))
    return {name: tuple(pair) for name, pair in found.items()}


# A Parquet file is first opened in a process of its own, which takes its time.
suffixes = st.sampled_from([".csv"] * 9 + [".parquet"])


@settings(max_examples=50)
@given(lines=any_lines(), suffix=suffixes, zone=st.sampled_from(["UTC", "America/New_York"]))
def test_any_results_balance_and_every_number_is_the_sum_of_its_lines(tmp_path_factory, lines, suffix, zone):
    """Whatever the lines are, all sums equal those that Python's decimals give, in the numbers and in the JSON."""
    path = a_book(tmp_path_factory.mktemp("r") / f"r{suffix}", lines, options={"timezone": zone})
    report = make_report([path])
    assert report.balanced, report.checks
    fields = json.loads(json.dumps(report_fields(report)))
    assert (fields["rows"], Decimal(fields["revenue"])) == sums(lines, lambda _: 0).get(0, (0, Decimal(0)))

    def shares(group, part=lambda one: one):
        return {name: (part(one)["rows"], Decimal(part(one)["revenue"])) for name, one in group.items()}

    assert shares(fields["by_status"]) == sums(lines, lambda one: one["status"])
    assert shares(fields["by_attribution_type"]) == sums(lines, lambda one: one["attribution_type"])
    assert {one["name"]: (one["file"]["rows"], Decimal(one["file"]["revenue"])) for one in fields["by_offer"]} == sums(
        lines, lambda one: one["offer_id"] or "(none)"
    )
    no_date = "no timestamp (dated when posted)"

    def local(one, form="%Y-%m"):
        if not one["timestamp"]:
            return no_date
        return datetime.fromisoformat(one["timestamp"]).astimezone(ZoneInfo(zone)).strftime(form)

    for name, key in (
        ("by_day", lambda one: (one["timestamp"] or "")[:10] or no_date),
        ("by_day_local", lambda one: local(one, "%Y-%m-%d")),
        ("by_month", lambda one: (one["timestamp"] or "")[:7] or no_date),
        ("by_month_local", local),
    ):
        for part, chosen in (("file", lines), ("recorded", [one for one in lines if one["status"] == "recorded"])):
            assert {
                one["name"]: (one[part]["rows"], Decimal(one[part]["revenue"]))
                for one in fields[name]
                if one[part]["rows"]
            } == sums(chosen, key)
    crossing = [one for one in lines if one["timestamp"] and local(one) != one["timestamp"][:7]]
    assert (fields["month_end"]["rows"], Decimal(fields["month_end"]["revenue"])) == sums(crossing, lambda _: 0).get(
        0, (0, 0)
    )


def test_sums_beyond_38_digits_do_not_wrap(tmp_path):
    """Two hundred thousand absurd amounts are summed exactly, where a decimal column of polars would wrap silently."""
    one = pl.DataFrame([line(1, revenue="999999999999999")], schema=dict.fromkeys(COLUMNS, pl.String))
    many = pl.concat([one] * 200_000).with_columns(row=pl.int_range(1, 200_001).cast(pl.String))
    path = tmp_path / "r.parquet"
    with Replacement(path) as replacement:
        write(replacement, [many], [])
        replacement.put()
    report = make_report([path])
    assert report.total == Share(200_000, Decimal(999999999999999 * 200_000))
    assert report.kinds.lines[0].recorded == report.total


def test_invalid_revenue_is_read_as_the_run_read_it(tmp_path):
    """The cells of invalid rows are as read: with `--decimal comma`, 1.000,50 is a thousand and a half."""
    lines = [line(1), line(2, "invalid", "1.000,50", error_code="invalid_message_id")]
    path = a_book(tmp_path / "r.csv", lines)
    start = start_event({"pending": (1, "24.90"), "invalid": (1, "1000.50")}, options={"decimal": "comma"})
    write_journal(path, lines, [start, end_event((1, "24.90")), written(path)])
    report = make_report([path])
    assert report.balanced, report.checks
    assert report.share(Status.INVALID) == Share(1, Decimal("1000.50"))


@pytest.mark.parametrize("code", ["ragged_row", "missing_revenue", "invalid_revenue"])
def test_rows_whose_revenue_could_not_be_read_count_without(tmp_path, code):
    """A row that the run could not read an amount from has none in the report either, whatever its cell looks like."""
    path = write_results(tmp_path / "r.csv", [line(1), line(2, "invalid", "12.00", error_code=code)])
    assert make_report([path]).share(Status.INVALID) == Share(1, Decimal("0.00"))


# -- what does not agree -----------------------------------------------------------------------------------------------


def cut(path, number):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(part for i, part in enumerate(lines) if i != number))


def test_a_lost_line_is_out_of_balance(tmp_path, run):
    """A recorded row that was cut out of RESULTS is found by its journal, by the total, and by its number; exit 1."""
    path = month(tmp_path)
    cut(path, 1)
    report = make_report([path])
    assert failed(report) == [WHOLE, AGREE, GAPS]
    assert "june.csv row 1" in next(c.text for c in report.checks if c.name == AGREE)
    result = run("report", path)
    assert (result.exit, "OUT OF BALANCE" in result.stdout) == (1, True), result


def test_the_last_line_lost_is_found_by_the_total(tmp_path):
    """A row that was never sent and stood last leaves no gap, but the journal knows how much the input was."""
    path = month(tmp_path)
    cut(path, 9)
    assert failed(make_report([path])) == [WHOLE]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b",recorded,", b",rejected,", [AGREE, READ]),
        (b"24.90,sale", b"24.91,sale", [WHOLE, AGREE]),
        (b",recorded,", b",RECORDED,", [AGREE, READ]),
        (b"24.90,sale", b"lots,sale", [WHOLE, AGREE, READ]),
        (b"\n2,june", b"\n1,june", [AGREE, ONCE, GAPS]),
        (b"m0000003", b"m3", [AGREE]),
    ],
)  # fmt: skip
def test_a_changed_cell_is_out_of_balance(tmp_path, old, new, found):
    """A status, an amount, a place or an id that was changed in RESULTS is found, and by which control."""
    path = month(tmp_path)
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    report = make_report([path])
    assert [name for name in failed(report) if name != "The file is the sum of its fates"] == found
    assert next(c.ok for c in report.checks if c.name == "RESULTS is as it was written") is None


def test_results_saved_again_with_the_same_content_balance(tmp_path):
    """A spreadsheet that saved RESULTS with semicolons changed nothing that matters: it is said, and it balances."""
    path = month(tmp_path)
    import csv

    rows = list(csv.reader(path.read_text().splitlines()))
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    report = make_report([path])
    assert report.balanced, report.checks
    assert next(c for c in report.checks if c.name == "RESULTS is as it was written").ok is None


def test_rows_in_doubt_are_not_called_not_recorded(tmp_path):
    """Nobody knows whether they are: the verdict counts them apart."""
    report = make_report([a_book(tmp_path / "r.csv", [line(1), line(2, "in_doubt"), line(3, "rejected")])])
    assert headline(report) == "In balance, 1 row not recorded, 1 row in doubt"


def test_rows_that_left_the_input_are_kept_apart(tmp_path):
    """A recorded row that is no longer in the input is in no figure of the file, and is named beside them."""
    path = a_book(tmp_path / "r.csv", [line(1), line(None, revenue="5.00", message_id="gone0000")])
    report = make_report([path])
    assert report.balanced, report.checks
    assert report.total == Share(1, Decimal("24.90"))
    assert report.kept == {Status.RECORDED: Share(1, Decimal("5.00"))}
    assert any("no longer in the input" in text for text in report_lines(report))


@pytest.mark.parametrize(
    ("rows", "revenue", "ok"),
    [(9, "1170.705", True), (9, "1170.71", False), (10, None, False), (None, "1170.705", True)],
)
def test_control_totals_are_compared(tmp_path, rows, revenue, ok):
    """The totals that the sender named have to be those of the file, to the last digit."""
    report = make_report([month(tmp_path, control={"rows": rows, "revenue": revenue})])
    assert next(check.ok for check in report.checks if check.name == "Control totals") is ok
    assert report.balanced is ok


def test_control_totals_of_an_earlier_version_of_the_input_are_not_compared(run, healthy_server, tmp_path):
    """A file that has grown since is not held against the totals of the run before; new totals are, as advised."""
    file = write_csv(tmp_path / "june.csv", rows(3))
    command = ("import", file, "--base-url", healthy_server.url, "--rate", 0)
    assert run(*command, "--expect-rows", 3).exit == 0
    write_csv(file, rows(5))
    assert run(*command).exit == 0
    grown = run("report", "june.results.csv", "--json")
    assert (grown.exit, [check["ok"] for check in grown.json["checks"] if check["name"] == "Control totals"]) == (
        0,
        [None],
    )
    assert "an earlier version of the input" in run("report", "june.results.csv").stdout
    assert run(*command, "--expect-rows", 5).exit == 0
    compared = run("report", "june.results.csv", "--json")
    assert (compared.exit, compared.json["checks"][1]["ok"]) == (0, True), compared


def test_totals_written_with_the_results_come_before_the_plan(tmp_path):
    """A run with nothing to post that read a changed input is no loss, as its results say how much they hold."""
    path = a_book(tmp_path / "r.csv", [line(1)])
    start = start_event({"pending": (1, "24.90"), "invalid": (1, "3.00")})
    totals = results_event(path, [line(1)])
    write_journal(path, [line(1)], [start, end_event((1, "24.90")), totals])
    assert make_report([path]).balanced
    write_journal(path, [line(1)], [start, end_event((1, "24.90")), {**totals, "totals": {"recorded": [2, "49.80"]}}])
    assert failed(make_report([path])) == [WHOLE]


def test_an_empty_input_is_compared_too(tmp_path, run):
    """An input without rows is noted as such, and where it would have gone: a line that appears later is found."""
    (tmp_path / "e.csv").write_text("message_id,revenue,attribution_type\n")
    assert run("import", "e.csv", "--sandbox", key=None).exit == 0
    results = tmp_path / "e.sandbox.results.csv"
    report = make_report([results])
    assert (report.targets, [check.ok for check in report.checks if check.name == WHOLE]) == (("sandbox",), [True])
    write_results(results, [line(1, "pending")])
    assert failed(make_report([results])) == [WHOLE]


def test_a_status_that_was_changed_on_a_row_never_sent_is_found(tmp_path):
    """The journal knows no fate of rows that were not sent, but what RESULTS held of each status."""
    path = a_book(tmp_path / "r.csv", [line(1), line(2, "pending", "3.30"), line(3, "duplicate", "24.90")])
    assert make_report([path]).balanced
    path.write_bytes(path.read_bytes().replace(b",pending,", b",duplicate,"))
    report = make_report([path])
    assert failed(report) == [WHOLE]
    found = next(check.text for check in report.checks if check.name == WHOLE)
    assert "duplicate 2 rows (28.20), written as 1 row (24.90); pending 0 rows (0.00), written as 1 row (3.30)" in found


# -- runs that have not ended ------------------------------------------------------------------------------------------


def test_a_killed_run_without_results(tmp_path, run):
    """With the journal alone: what was answered, what is in doubt, and the rest pending, by the plan of the run."""
    lines = [line(1), line(2, "rejected", "5.00"), line(3, "in_doubt", "7.00"), line(4, "pending", "9.00")]
    events = [start_event({"pending": (4, "45.90"), "invalid": (2, "1.00")})]
    path = tmp_path / "r.csv"
    write_journal(path, [], events, appended=[sent(0, lines[0]) + sent(1, lines[1]), sent(2, lines[2], answered=False)])
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
    result = run("report", path, "--json")
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


def test_a_journal_without_a_run_is_not_missing(tmp_path, run):
    """A verdict on results without a journal begins one: what is unknown is said, not that it is missing."""
    path = write_results(tmp_path / "june.results.csv", [line(1, "in_doubt")])
    verdict = {"event": "verdict", "row": "1", "source": "june.csv", "verdict": "recorded"}
    write_journal(path, [line(1, "in_doubt")], [verdict, results_event(path, [line(1, "in_doubt")])])
    shown = " ".join(run("report", path).stdout.split())
    assert "The journal knows of no run, so this report cannot know" in shown
    assert "No journal was found" not in shown


def test_shards_become_one_reconciliation(tmp_path, run):
    """All shards together have no gap and no row twice; a pattern names them."""
    shards(tmp_path)
    result = run("report", "r.*-of-3.csv", "--json")
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


@pytest.mark.parametrize("name", ["nothing.csv", "*.results.csv"])
def test_what_does_not_exist_is_said(tmp_path, monkeypatch, name):
    """A name or a pattern that fits nothing ends with a sentence."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ResultsError, match=r"does not exist|No results file"):
        make_report(expand_results([name]))


def test_an_input_is_not_a_results_file(tmp_path, run):
    """A file that no import wrote is refused, exit 2."""
    (tmp_path / "june.csv").write_text("message_id,revenue\na1b2c3d4,1\n")
    result = run("report", "june.csv")
    assert (result.exit, "not a results file" in result.stderr) == (2, True), result


def test_a_real_import_balances(tmp_path, run):
    """The messy sample, imported into the sandbox: `report` gives the same numbers as `import --json`."""
    import shutil
    from pathlib import Path

    shutil.copy(Path(__file__).resolve().parents[2] / "sample_data" / "june_2026_messy.csv", tmp_path / "june.csv")
    done = run("import", "june.csv", "--sandbox", "--json", key=None)
    told = run("report", "june.sandbox.results.csv", "--json", key=None)
    assert told.exit == 0, told
    for name in ("rows", "revenue", "by_status", "by_code", "by_attribution_type"):
        assert told.json[name] == done.json[name], name


def test_the_report_follows_verdicts_and_names_the_options(tmp_path, warm, fault_server):
    """After each verdict RESULTS holds what the journal counted, and the audit names all that a repetition needs."""
    events = rows(3)
    write_csv(tmp_path / "june.csv", events)
    lost = [rule(hang_up(stored=False), message_id=event.message_id, attempt=1) for event in events[:2]]
    url = fault_server(*lost).url
    options = ("--base-url", f"{url}/", "--keep", "offer_id", "--delimiter", ",", "--attempts", "3")
    assert warm.run("import", "june.csv", *options, cwd=tmp_path).exit == 1
    for row, verdict in ((1, "--recorded"), (2, "--not-recorded")):
        told = ("--row", row, verdict, "--sure", "--why", "seen")
        assert warm.run("resolve", "june.results.csv", *told, cwd=tmp_path).exit == 0
        told = warm.run("report", "june.results.csv", "--json", cwd=tmp_path)
        checks = {check["name"]: (check["ok"], check["text"]) for check in told.json["checks"]}
        assert (told.exit, checks[WHOLE][0], checks[AGREE][0]) == (0, True, True), told
        assert "of each status what it wrote" in checks[WHOLE][1]
    given = told.json["runs"][0]["options"]
    assert (given["base_url"], given["keep"], given["delimiter"], given["sheet"]) == (url, ["offer_id"], ",", None)
    assert f"--base-url {url} --delimiter , --keep offer_id" in told.json["next"][0]["command"]
    chosen, left = options_text(make_report([tmp_path / "june.results.csv"]).runs[0])
    assert chosen == f"attempts=3, keep=offer_id, delimiter=,, base_url={url}"
    assert "rate=100" in left


def test_the_terminal_report_fits_and_obeys_nothing(tmp_path):
    """Lines of text keep to 80 columns, commands apart, and control characters from a file are shown."""
    lines = [
        line(1, "rejected", error_message="\x1b[31mred"),
        line(2, "in_doubt", message_id="\x1b]0;x", source="a\u202eb.csv"),
    ]
    shown = report_lines(make_report([write_results(tmp_path / "r.csv", lines)]))
    assert all(len(text) <= 80 or "revenue-importer" in text for text in shown), shown
    assert all(text.isprintable() for text in shown)


def test_the_terminal_report_says_how_it_went(tmp_path):
    """Requests, repeats, 429s, pauses and answer times of each run; offers, and names of lines as long as fit."""
    lines = [line(1), line(2, offer_id="66a4f0c2b1d94e7f8a310c01", timestamp=None)]
    path = a_book(tmp_path / "r.csv", lines)
    end = end_event(
        (2, "49.80"), throttled=2, paused_s=1.5, latency_ms={"p50": 41.5, "p90": 80, "p99": 120, "max": 300}
    )
    write_journal(path, lines, [start_event(planned(lines)), end])
    shown = " ".join(" ".join(report_lines(make_report([path]))).split())
    assert "10, of which 1 repeated and 2 throttled (429); paused 1.5 s; answered in" in shown
    assert "41.5 ms (median), 120 ms (99 %)" in shown
    assert "66a4f0c2b1d94e7f8a310c01" in shown
    assert "no timestamp (dated when posted)" in shown


def test_the_verdict_is_red_on_a_terminal_that_has_colours(tmp_path, run_tty):
    """Out of balance is red, open rows are yellow, all done is green; no colour where NO_COLOR asks for none."""
    done = a_book(tmp_path / "done.csv", [line(1), line(2, "duplicate", error_code="already_recorded")])
    assert b"\x1b[1;32mIN BALANCE" in run_tty("report", done, env={"NO_COLOR": None}).raw
    path = month(tmp_path)
    assert b"\x1b[1;33mIN BALANCE" in run_tty("report", path, env={"NO_COLOR": None}).raw
    cut(path, 1)
    result = run_tty("report", path, env={"NO_COLOR": None})
    assert (result.exit, b"\x1b[1;31mOUT OF BALANCE\x1b[0m" in result.raw) == (1, True), result
    assert b"\x1b" not in run_tty("report", path, env={"NO_COLOR": "1"}).raw


def test_a_row_that_was_found_not_recorded_waits_for_the_next_import(tmp_path):
    """A verdict of not recorded makes the row pending, and the remedy is the same import, not a correction."""
    report = make_report([a_book(tmp_path / "r.csv", [line(1, "pending", error_code="resolved_not_recorded")])])
    assert [(reason.status, reason.code) for reason in report.reasons] == [(Status.PENDING, "resolved_not_recorded")]
    assert report.reasons[0].remedy.startswith("Run the same import again")


def test_a_zone_that_does_not_exist_is_refused(tmp_path):
    """With the one that is meant."""
    path = a_book(tmp_path / "r.csv", [line(1, timestamp="2026-06-15T01:00:00Z")])
    with pytest.raises(SettingsError, match="did you mean Europe/Berlin"):
        make_report([path], timezone="Europe/Berlni")
