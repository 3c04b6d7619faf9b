"""The console on a terminal, and on streams that are closed, full or read by nobody."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from tests.support.command import environment

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
