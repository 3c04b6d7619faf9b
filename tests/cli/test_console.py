"""The console: what goes to which stream, in which form, and without the key."""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from typing import Any

import pytest

from importer.cli.logs import route_logs
from importer.model import Status
from importer.text import safe_text
from tests.cli.samples import HOSTILE, progress_at, share, summary_of

KEY = "trk_" + "S3cretKey" * 3


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
