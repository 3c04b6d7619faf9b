"""The console: every cent in the summary, one voice for each kind of stream, and nothing printed that could do harm."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import textwrap
import threading
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.cli.console import Console
from importer.cli.logs import route_logs
from importer.cli.own_options import Style
from importer.cli.progress import Speed, outcomes_text, progress_text, state_text
from importer.cli.summary import preview_lines, summary_fields, summary_lines
from importer.model import Doubts, Example, Finding, Preview, Progress, Share, Status, Summary
from importer.text import amount, plain, safe_text
from tests.support.command import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "trk_" + "S3cretKey" * 3
HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\n\u202egnp.\u2066 [red]x[/red] \x9b31m \udcff"
AMOUNTS = st.decimals(min_value=0, max_value=10**15, places=2) | st.decimals(0, 1, places=18)
SHARES = st.builds(Share, st.integers(1, 10**7), AMOUNTS)


def summary_of(by_status: dict[Status, Share], **facts: Any) -> Summary:
    total = sum(by_status.values(), Share())
    return Summary(total=total, by_status=by_status, **{"by_code": {}, "by_attribution_type": {}, **facts})


def share(rows: int, revenue: str) -> Share:
    return Share(rows, Decimal(revenue))


def progress_at(elapsed_s: float, settled: int, **facts: Any) -> Progress:
    ordinary = {
        "to_post": 30_000, "recorded": share(settled, f"{settled}.50"), "in_doubt": 0, "not_recorded": 0,
        "requests": settled, "state": "sending",
    }  # fmt: skip
    return Progress(settled=settled, elapsed_s=elapsed_s, **{**ordinary, **facts})


PREVIEW = Preview(
    total=share(7, "120.00"),
    by_status={Status.PENDING: share(5, "100.00"), Status.INVALID: share(2, "20.00")},
    to_post=share(5, "100.00"),
    findings=(Finding("invalid_timestamp", share(2, "20.00")),),
    target="api.example:8443",
    results="june.results.csv",
    concurrency=32,
    rows_a_request=100,
)


@pytest.fixture
def console() -> Iterator[Callable[..., Console]]:
    """Make consoles, and close them at the end."""
    made: list[Console] = []

    def make(clock: Callable[[], float] = lambda: 0.0, **style: Any) -> Console:
        made.append(Console(Style(**style), clock=clock))
        return made[-1]

    yield make
    for each in made:
        each.close()


# Text that is safe to print


@given(text=st.text(st.characters(codec=None)))
def test_safe_text_is_harmless(text: str) -> None:
    """What is printed holds no control character, no line separator, no bidi control and no surrogate."""
    shown = safe_text(text)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(c) for c in shown} & {
        "LRE",
        "RLE",
        "LRO",
        "RLO",
        "PDF",
        "LRI",
        "RLI",
        "FSI",
        "PDI",
    }
    assert safe_text(shown) == shown


@pytest.mark.parametrize("text", ["june.csv", "größe 5 €", "[bold]x[/bold]", "日本語", "a\\nb"])
def test_safe_text_leaves_ordinary_text_alone(text: str) -> None:
    """Ordinary text, brackets included, is printed as it is."""
    assert safe_text(text) == text


def test_safe_text_is_cut_to_its_limit() -> None:
    """Text that is too long is cut and ends in an ellipsis."""
    assert safe_text("x" * 10, 10) == "x" * 10
    assert safe_text("x" * 11, 10) == "x" * 9 + "…"


# Amounts


@given(value=AMOUNTS | st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**40))
def test_amounts_are_exact(value: Decimal) -> None:
    """An amount keeps every digit, for people with separators and for programs in plain notation."""
    assert Decimal(amount(value).replace(",", "")) == value
    assert Decimal(plain(value)) == value
    assert re.fullmatch(r"\d+(\.\d+)?", plain(value))
    assert re.fullmatch(r"\d{1,3}(,\d{3})*\.\d{2,}", amount(value))


# The summary


@given(by_status=st.dictionaries(st.sampled_from(Status), SHARES, max_size=7))
def test_table_balances(by_status: dict[Status, Share]) -> None:
    """The lines of the printed table add up to its total, in rows and to the last digit of the money."""
    lines = summary_lines(summary_of(by_status))
    table = re.findall(r"^  (\w+) +([\d,]+) +([\d,.]+)", "\n".join(lines), re.MULTILINE)
    numbers = {name: (int(rows.replace(",", "")), Decimal(money.replace(",", ""))) for name, rows, money in table}
    assert all(re.search(r"\.\d\d", money) for _, _, money in table)
    total = sum(by_status.values(), Share())
    assert numbers.pop("total") == (total.rows, total.revenue)
    assert numbers == {str(status): (each.rows, each.revenue) for status, each in by_status.items()}
    assert sum((Share(*each) for each in numbers.values()), Share()) == total


@given(by_status=st.dictionaries(st.sampled_from(Status), SHARES, max_size=7))
def test_numbers_stand_under_each_other(by_status: dict[Status, Share]) -> None:
    """Rows and revenue are right-aligned, with the decimal points in one column."""
    lines = [line for line in summary_lines(summary_of(by_status)) if re.match(r"  \w+ +[\d,]+ +[\d,]+\.", line)]
    assert len({line.index(".") for line in lines}) == 1
    assert len({re.match(r"  \w+ +[\d,]+", line).end() for line in lines}) == 1  # type: ignore[union-attr]


def test_json_is_the_promised_object() -> None:
    """The object of --json has the promised keys and no other, decimals as text, and no status without rows."""
    summary = summary_of(
        {Status.RECORDED: share(2, "1E+3"), Status.INVALID: share(1, "0"), Status.FAILED: Share()},
        by_code={"missing_revenue": 1},
        by_attribution_type={"sale": share(3, "1000.50")},
        results="june.results.csv",
        duration_s=1.5,
        requests=3,
        retries=1,
        exit_status=1,
    )
    assert summary_fields(summary) == {
        "rows": 3,
        "revenue": "1000",
        "by_status": {"recorded": {"rows": 2, "revenue": "1000"}, "invalid": {"rows": 1, "revenue": "0"}},
        "by_code": {"missing_revenue": 1},
        "by_attribution_type": {"sale": {"rows": 3, "revenue": "1000.50"}},
        "results": "june.results.csv",
        "duration_s": 1.5,
        "requests": 3,
        "retries": 1,
        "stopped": None,
        "exit": 1,
    }


def test_summary_names_places_and_remedies() -> None:
    """Each code comes with its rows, its money, the first places and what to do about it."""
    places = tuple(Example("june.csv", row, row + 1, f"$-{row}") for row in range(1, 9))
    summary = summary_of(
        {Status.INVALID: share(1204, "0")},
        findings=(Finding("invalid_revenue", share(1204, "0"), places),),
        by_code={"invalid_revenue": 1204, "http_418": 3},
    )
    text = "\n".join(summary_lines(summary))
    assert "invalid_revenue: 1,204 rows (0.00)\n    june.csv row 1 (line 2): $-1\n" in text
    assert "row 5 " in text
    assert "row 6 " not in text
    assert "http_418: 3 rows" in text
    after = text.split("row 5 (line 6): $-5\n")[1].splitlines()[0]
    assert after.startswith("    -> ")


@pytest.mark.parametrize(
    ("code", "said"), [("http_200", "HTTP 200, no reason given"), ("over_quota", "no reason given")]
)
@pytest.mark.parametrize("text", ["", " "])
def test_summary_says_that_no_reason_was_given(code: str, said: str, text: str) -> None:
    """Where the API refused a row without a word, that is what the summary says of it."""
    finding = Finding(code, share(1, "1"), (Example("june.csv", 33, 34, text),))
    lines = summary_lines(summary_of({Status.REJECTED: share(1, "1")}, findings=(finding,)))
    assert f"    june.csv row 33 (line 34): {said}" in lines


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"without_timestamp": share(12, "300")}, "12 rows (300.00) without a timestamp"),
        ({"month_moved": share(1, "75.5")}, "1 row (75.50) in another month"),
        ({"warnings": ("The column note is not used.",)}, "warning: The column note is not used."),
        ({"stopped": "outage"}, "Stopped early: outage"),
        ({"results": "june.results.csv"}, "Results: june.results.csv"),
    ],
)
def test_summary_says_what_must_be_known(facts: dict[str, Any], words: str) -> None:
    """Warnings, the reason of an early stop and the results path are in the summary."""
    assert words in "\n".join(summary_lines(summary_of({Status.RECORDED: share(1, "1")}, **facts)))


@pytest.mark.parametrize(
    ("statuses", "facts", "steps"),
    [
        ("recorded", {}, ["nothing."]),
        ("recorded pending", {"stopped": "outage", "exit_status": 3}, ["run the same command again"]),
        (
            "recorded failed in_doubt",
            {"exit_status": 1, "doubts": (Doubts("r.csv", 1, 0, several=False),)},
            ["run the same command again", "r.csv --row N --recorded"],
        ),
        (
            "recorded in_doubt invalid",
            {"exit_status": 1, "doubts": (Doubts("my june.csv", 1, 1, several=True),)},
            ["resolve 'my june.csv' --row N --source FILE", "resolve 'my june.csv' --message-id ID", "fix the cells"],
        ),
        ("recorded", {"exit_status": 1, "doubts": (Doubts("r.csv", 0, 1, several=False),)}, ["r.csv --message-id ID"]),
        ("recorded duplicate", {"exit_status": 1, "by_code": {"already_in_doubt": 1}}, ["settle with `resolve`"]),
        ("duplicate invalid", {"by_code": {"duplicate_row": 1}, "equals_decided": True}, ["fix the cells"]),
        ("recorded pending", {"exit_status": 1, "limited": True}, ["without --limit posts the rest"]),
        ("recorded pending invalid", {"exit_status": 1, "withheld": True}, ["--strict", "fix the cells"]),
        ("recorded duplicate", {"exit_status": 1, "by_code": {"duplicate_row": 1}}, ["--duplicates post"]),
        ("recorded duplicate", {"by_code": {"duplicate_row": 1}, "equals_decided": True}, ["nothing."]),
        ("recorded invalid rejected", {"exit_status": 1}, ["fix the cells", "--retry-rejected"]),
        ("recorded rejected", {"exit_status": 1}, ["--retry-rejected"]),
    ],
)
def test_summary_ends_in_the_next_steps(statuses: str, facts: dict[str, Any], steps: list[str]) -> None:
    """The summary ends in all that is left to do, the most urgent first, one thing in the line of its heading."""
    summary = summary_of({Status(status): share(1, "1") for status in statuses.split()}, **facts)
    lines = summary_lines(summary)
    heading = "Next: " if len(steps) == 1 else "Next:"
    ends = lines[-1:] if len(steps) == 1 else lines[-len(steps) - 1 :]
    assert ends[0].startswith(heading)
    said = ends if len(steps) == 1 else ends[1:]
    assert all(step in line for step, line in zip(steps, said, strict=True)), lines


@pytest.mark.parametrize(
    ("by_status", "posted", "steps"),
    [
        ({Status.PENDING: share(2, "5")}, share(2, "5"), ["`import` instead of `check` posts 2 rows (5.00)"]),
        (
            {Status.PENDING: share(2, "5"), Status.INVALID: share(1, "1"), Status.REJECTED: share(1, "1")},
            share(2, "5"),
            ["fix the invalid rows", "--retry-rejected", "`import` instead of `check` posts 2 rows (5.00)"],
        ),
        ({Status.RECORDED: share(2, "5")}, Share(), ["would post no row"]),
    ],
)
def test_check_says_what_an_import_would_do(by_status: dict[Status, Share], posted: Share, steps: list[str]) -> None:
    """The summary of a check says how much an import would post, and all that can be done next."""
    lines = summary_lines(summary_of(by_status, posted=posted), checked=True)
    assert f"An import would post {posted.rows} rows ({amount(posted.revenue)})." in lines[0]
    assert all(step in line for step, line in zip(steps, lines[-len(steps) :], strict=True)), lines


def test_summary_is_safe_and_narrow() -> None:
    """Whatever stands in files, names and answers, the summary is plain lines that fit in 80 columns."""
    place = Example(f"june {HOSTILE}.csv", 1, 2, HOSTILE * 50)
    summary = summary_of(
        {Status.REJECTED: share(1, "1")},
        findings=(Finding(HOSTILE, share(1, "1"), (place,)),),
        by_code={HOSTILE + "2": 1},
        by_attribution_type={HOSTILE: share(1, "1"), "sale": share(1, "1")},
        warnings=(HOSTILE,),
        results=f"{HOSTILE}.csv",
        target=HOSTILE,
        stopped=HOSTILE,
    )
    lines = summary_lines(summary)
    assert all(safe_text(line) == line for line in lines)
    assert max(len(line) for line in lines if not line.startswith(("Results", "Next", "- ", "Posted"))) <= 80


def test_preview_shows_what_the_answer_rests_on() -> None:
    """Before the first post: rows, total, host, what is left out, and how many rows a crash can leave in doubt."""
    text = " ".join("\n".join(preview_lines(PREVIEW)).split())
    for words in ("5 rows (100.00)", "api.example:8443", "invalid 2 20.00", "invalid_timestamp: 2 rows (20.00)",
                  "total 7 120.00", "june.results.csv", "At most 3,200 rows can be left in doubt"):  # fmt: skip
        assert words in text


# Where what is said


def test_what_is_said_is_one_harmless_line(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence with text from outside in it is one line that a terminal only shows."""
    talk = console()
    talk.notice("warning", "answer", HOSTILE)
    talk.close()
    assert capsys.readouterr().err == f"warning: {safe_text(HOSTILE)}\n"


def test_json_goes_last_to_standard_output(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json standard output is the object alone, and the text goes to standard error."""
    talk = console(as_json=True)
    talk.stage("Checking june.csv")
    talk.finish(summary_of({Status.RECORDED: share(1, "24.90")}))
    out, err = capsys.readouterr()
    assert json.loads(out)["revenue"] == "24.90"
    assert out.count("\n") == 1
    assert err.startswith("Checking june.csv\nPosted")


def test_summary_goes_to_standard_output(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json standard output is the summary, and what was said on the way is on standard error."""
    talk = console()
    talk.notice("warning", "columns", "The column note is not used.")
    talk.finish(summary_of({Status.RECORDED: share(1, "24.90")}))
    out, err = capsys.readouterr()
    assert out.startswith("Posted")
    assert err == "warning: The column note is not used.\n"


def test_quiet_leaves_warnings_errors_and_the_summary(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """--quiet says nothing that needs no attention."""
    talk = console(quiet=True, clock=iter(range(0, 1000, 100)).__next__)
    talk.stage("Checking")
    talk.notice("info", "reachable", "The API answers again.")
    talk.notice("debug", "x", "detail")
    talk.progress(progress_at(1, 1))
    talk.progress(progress_at(2, 2))
    talk.notice("warning", "waiting", "The API cannot be reached.")
    talk.error("It is over.")
    talk.finish(summary_of({Status.RECORDED: share(1, "1")}))
    out, err = capsys.readouterr()
    assert err == "warning: The API cannot be reached.\nerror: It is over.\n"
    assert out


def test_log_lines_are_json(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """With --log-format json every line on standard error is one object: ts, level, event and its run."""
    ticks = iter(range(0, 1000, 20))
    talk = console(log_format="json", as_json=True, clock=ticks.__next__)
    talk.stage(f"Checking {HOSTILE}")
    talk.progress(progress_at(1, 10))
    talk.progress(progress_at(11, 1010, in_doubt=2))
    talk.error("It is over.")
    talk.finish(summary_of({Status.RECORDED: share(1, "24.90")}))
    out, err = capsys.readouterr()
    assert err.isascii()
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in lines] == ["stage", "progress", "error", "finished"]
    assert [line["level"] for line in lines] == ["info", "info", "error", "info"]
    assert len({line["run"] for line in lines}) == 1
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["ts"]) for line in lines)
    assert lines[1]["settled"] == 1010
    assert lines[1]["recorded_revenue"] == "1010.50"
    assert lines[1]["rows_a_second"] == 100.0
    assert lines[3]["by_status"] == json.loads(out)["by_status"]


def test_key_is_taken_out_of_everything(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Once the console knows the key, it is in nothing that is printed, whoever says it."""
    for style in ({"debug": True}, {"debug": True, "log_format": "json", "as_json": True}):
        talk = console(**style)
        talk.hide(KEY)
        talk.notice("warning", "answer", f"The API said {KEY!r}.")
        talk.debug(ValueError(f"Illegal header value {KEY.encode()!r}"))
        talk.progress(progress_at(1, 1, state=KEY))
        talk.error(KEY)
        talk.finish(summary_of({Status.REJECTED: share(1, "1")}, stopped=f"said {KEY}", warnings=(KEY,)))
        talk.close()
    out, err = capsys.readouterr()
    assert "[key]" in out
    assert "[key]" in err
    assert KEY not in out + err


def test_short_secret_spares_ordinary_words(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A key of a few letters is not searched for: it would be found in ordinary words."""
    talk = console()
    talk.hide("a")
    talk.error("a bad day")
    talk.close()
    assert capsys.readouterr().err == "error: a bad day\n"


@pytest.mark.parametrize("debug", [False, True])
def test_logs_of_libraries_are_routed(debug: bool, console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Log records reach standard error under --debug only, through the console; those of others from warnings on."""
    root, own = logging.getLogger(), logging.getLogger("importer")
    before = (root.handlers, root.level, own.level)
    hooks = threading.excepthook, sys.unraisablehook
    talk = console(debug=debug)
    talk.hide(KEY)
    try:
        route_logs(talk.notice, debug=debug)
        own.debug("own detail %s", KEY)
        logging.getLogger("httpx").info("headers %s", KEY)
        logging.getLogger("asyncio").error("Task exception was never retrieved\n%s", HOSTILE)
    finally:
        root.handlers, root.level, _ = before
        own.setLevel(before[2])
        logging.captureWarnings(capture=False)
        threading.excepthook, sys.unraisablehook = hooks
    talk.close()
    err = capsys.readouterr().err
    assert not debug or "debug: own detail [key]\ndebug: Task exception was never retrieved\n" in err
    assert debug or not err
    assert "headers" not in err


# Progress


def test_progress_off_a_terminal_is_a_line_every_ten_seconds(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """In a log file progress is one plain line every ten seconds."""
    seconds = [tenth / 4 for tenth in range(4 * 35)]
    talk = console(clock=iter(seconds).__next__)
    for second in seconds:
        talk.progress(progress_at(second, int(second * 100)))
        talk._settle()
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "1,000 of 30,000 rows (3 %), 100 rows/s, about 5 min left; 1,000.50 recorded",
        "2,000 of 30,000 rows (6 %), 100 rows/s, about 5 min left; 2,000.50 recorded",
        "3,000 of 30,000 rows (10 %), 100 rows/s, about 4 min left; 3,000.50 recorded",
    ]


def test_no_progress_shows_none(console: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """--no-progress leaves the notices."""
    talk = console(no_progress=True, clock=iter(range(0, 1000, 100)).__next__)
    for second in range(5):
        talk.progress(progress_at(second, second))
    talk.stage("Writing the results")
    talk.close()
    assert capsys.readouterr().err == "Writing the results\n"


def test_pace_is_that_of_the_last_seconds() -> None:
    """The pace forgets what was before its window, and is unknown at first."""
    pace = Speed(window_s=15)
    assert pace.rows_a_second is None
    for second in range(101):
        pace.note(progress_at(second, second * 10 if second <= 50 else 500 + (second - 50) * 2))
        assert second == 0 or pace.rows_a_second
    assert pace.rows_a_second == pytest.approx(2)


@pytest.mark.parametrize(
    ("settled", "to_post", "pace", "text"),
    [
        (0, 0, None, "0 of 0 rows (100 %)"),
        (0, 100, None, "0 of 100 rows (0 %)"),
        (199, 200, 1.25, "199 of 200 rows (99 %), 1.2 rows/s, about 1 s left"),
        (0, 10_000_000, 2000.0, "0 of 10,000,000 rows (0 %), 2,000 rows/s, about 83 min left"),
        (0, 10_000_000, 100.0, "0 of 10,000,000 rows (0 %), 100 rows/s, about 28 h left"),
        (50, 100, 0.0, "50 of 100 rows (50 %), 0.0 rows/s"),
    ],
)
def test_progress_text(settled: int, to_post: int, pace: float | None, text: str) -> None:
    """How far the run is: rows, share, pace, and the time that is left where it can be known."""
    assert progress_text(progress_at(1, settled, to_post=to_post), pace) == text


def test_fate_and_state() -> None:
    """What needs attention is in the progress, and nothing else."""
    assert outcomes_text(progress_at(1, 1)) == "1.50 recorded"
    assert outcomes_text(progress_at(1, 1, in_doubt=2, not_recorded=3)) == "1.50 recorded, 2 in doubt, 3 not recorded"
    assert state_text(progress_at(1, 1)) == ""
    assert state_text(progress_at(1, 1, state="The API cannot be reached.")) == "The API cannot be reached."


# Real streams

SCRIPT = """
import sys, time
from decimal import Decimal
from importer.cli.console import Console
from importer.cli.own_options import Style
from importer.model import Preview, Progress, Share, Status, Summary
from importer.cli.streams import secure_standard_streams

secure_standard_streams()
talk = Console(Style(yes="--yes" in sys.argv))
share = Share(5, Decimal("100.00"))
preview = Preview(total=share, by_status={Status.PENDING: share}, to_post=Share() if "--nothing" in sys.argv else share,
                  findings=(), target="api.example", results="r.csv", concurrency=32, rows_a_request=1)
summary = Summary(total=share, by_status={Status.RECORDED: share}, by_code={}, by_attribution_type={})
"""


def script(body: str) -> tuple[str, ...]:
    return (sys.executable, "-c", SCRIPT + textwrap.dedent(body))


ASK = script("sys.exit(10 if talk.confirm(preview) else 20)")
LIVE = script(
    """
    talk.stage("Posting to api.example")
    for second in range(8):
        talk.progress(Progress(settled=second, to_post=8, recorded=Share(second, Decimal(second)), in_doubt=0,
                               not_recorded=0, requests=second, elapsed_s=second, state=""))
        time.sleep(0.1)
        if second == 5:
            talk.notice("warning", "waiting", "The API asks to wait [x].")
    talk.finish(summary)
    talk.close()
    """
)


@pytest.mark.parametrize(
    ("typed", "status"),
    [("y\n", 10), ("yes\n", 10), (" Y \n", 10), ("n\n", 20), ("No\n", 20), ("\n", 20), ("\x04", 20)],
)
def test_question_on_a_terminal(typed: str, status: int, run_tty: Any) -> None:
    """On a terminal the question shows rows, total and host; only a yes posts, and the end of input is a no."""
    result = run_tty(program=ASK, dialog=[(r"Post 5 rows \(100\.00\) to api\.example\? \[y/N\]", typed)])
    assert result.exit == status
    assert "At most 32 rows can be left in doubt" in " ".join(result.stdout.split())


def test_question_is_repeated_until_it_is_answered(run_tty: Any) -> None:
    """An answer that is neither yes nor no is asked again."""
    assert run_tty(program=ASK, dialog=[(r"\[y/N\]", "maybe\n"), (r"\[y/N\]", "y\n")]).exit == 10


@pytest.mark.parametrize("option", ["--yes", "--nothing"])
def test_no_question_where_none_is_needed(option: str, run_tty: Any) -> None:
    """With --yes, or with nothing to post, nobody is asked."""
    result = run_tty(option, program=ASK)
    assert result.exit == 10
    assert "Post" not in result.stdout


def test_no_question_off_a_terminal(run_cold: Any) -> None:
    """Off a terminal nobody is asked."""
    result = run_cold(program=ASK, stdin=b"n\n")
    assert (result.exit, result.stdout, result.stderr) == (10, "", "")


def test_live_line_on_a_terminal(run_tty: Any) -> None:
    """On a terminal progress is a live line under the notices; it is gone at the end, and the cursor never is."""
    result = run_tty(program=LIVE, env={"NO_COLOR": None}, size=(24, 80))
    assert (
        "warning: \x1b[0mThe API asks to wait [x]." in result.raw.decode()
        or "The API asks to wait [x]." in result.stdout
    )
    assert re.search(r"[1-7] of 8 rows \(\d+ %\)", result.stdout)
    shown = result.raw.decode()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert shown.index("\x1b[?25h") - shown.index("\x1b[?25l") < 10
    assert "\x1b[2K" in shown


def test_no_color_is_honoured(run_tty: Any) -> None:
    """With NO_COLOR a terminal gets no colours."""
    assert re.search(rb"\x1b\[[0-9;]*3\d", run_tty(program=LIVE, env={"NO_COLOR": None}).raw)
    assert not re.search(rb"\x1b\[[0-9;]*[34]\d[;m]", run_tty(program=LIVE, env={"NO_COLOR": "1"}).raw)


def test_dumb_terminal_gets_plain_lines(run_tty: Any) -> None:
    """A terminal that cannot move its cursor gets lines without control codes."""
    assert b"\x1b" not in run_tty(program=LIVE, env={"NO_COLOR": None, "TERM": "dumb"}).raw


def test_forced_colours_do_not_fill_log_files(run_cold: Any) -> None:
    """Off a terminal no control code is written, whatever the environment wants to force."""
    forced = ("FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "PY_COLORS", "GITHUB_ACTIONS")
    result = run_cold(program=LIVE, env={**dict.fromkeys(forced, "1"), "NO_COLOR": None})
    assert "\x1b" not in result.stdout + result.stderr
    assert "warning: The API asks to wait [x].\n" in result.stderr


def test_reader_that_does_not_read_never_holds_up_the_run() -> None:
    """While standard error is stopped, as by Ctrl-S, notices wait, progress is dropped, and the run goes on."""
    body = script(
        """
        talk = Console(Style(), clock=iter(range(0, 10**9, 20)).__next__)
        for number in range(3000):
            talk.notice("info", "x", f"{number} " + "x" * 100)
            talk.progress(Progress(settled=1, to_post=8, recorded=share, in_doubt=0, not_recorded=0, requests=1,
                                   elapsed_s=1.0, state=""))
        sys.stdout.write("done\\n"); sys.stdout.flush()
        talk.close()
        """
    )
    with subprocess.Popen(body, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"done\n"
        lines = process.stderr.read().splitlines()
        assert process.wait(10) == 0
    assert sum(line.endswith(b"x") for line in lines) == 3000
    assert 1 <= sum(b" of 8 rows" in line for line in lines) < 1500


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&- <&-", "| head -c 1", ">/dev/full", "2>/dev/full"])
def test_streams_may_be_gone(redirection: str, tmp_path: Any) -> None:
    """A stream that is closed, full or no longer read changes neither the work nor the exit status."""
    body = SCRIPT + textwrap.dedent(
        """
        with open("work", "w") as work:
            talk.error("x" * 100_000)
            talk.finish(summary)
            talk.close()
            work.write("done")
        sys.exit(7)
        """
    )
    (tmp_path / "body.py").write_text(body)
    command = f"{{ {sys.executable} body.py; echo $? >status; }} {redirection}"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert (tmp_path / "status").read_text() == "7\n"
    assert (tmp_path / "work").read_text() == "done"
    assert b"Traceback" not in result.stderr
    assert b"Exception" not in result.stderr
    if redirection == ">/dev/full":
        assert b"could not be written to standard output: No space left on device." in result.stderr
