"""The command as a process: start-up, exit statuses, signals, streams, and the key that is shown nowhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from importer import __version__
from importer.cli.commands import COMMANDS
from importer.cli.commands import run as run_here
from tests.faultserver.plan import CANARY_KEY
from tests.support.command import PROGRAM, environment

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = (
    "polars",
    "httpx",
    "tenacity",
    "aiohttp",
    "msgspec",
    "rich",
    "jinja2",
    "asyncio",
    "logging",
    "importer.cli.console",
)
ONE_ROW = b"message_id,revenue,attribution_type\na1b2c3d4,24.99,sale\n"
TWO_ROWS = ONE_ROW + b"bad,5.00,click\n"
PROMISED = {
    *("rows", "revenue", "by_status", "by_code", "by_attribution_type", "results"),
    *("duration_s", "requests", "retries", "stopped", "exit"),
}


@pytest.mark.parametrize("args", [["--help"], ["import", "--help"], ["check", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    """Help comes at once: only click and what is as light is imported for it."""
    watched = f"""
import sys
from importer.cli.commands import run
status = run({args!r})
print("loaded:", *(name for name in {HEAVY!r} if name in sys.modules))
sys.exit(status)
"""
    result = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("loaded:\n")


def test_version(run_cold: Any) -> None:
    """--version is the version of the package."""
    result = run_cold("--version")
    assert (result.exit, result.stdout, result.stderr) == (0, f"revenue-importer {__version__}\n", "")


def test_help_into_a_pipe_that_closes(tmp_path: Path) -> None:
    """`--help | head -1` shows no traceback."""
    command = f"{' '.join(PROGRAM)} import --help | head -c 1"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=True)
    assert result.stderr == b""


# The key


@pytest.mark.parametrize(
    "args",
    [
        ("import", "june.csv", "--api-key", CANARY_KEY),
        ("import", "june.csv", f"--api-key={CANARY_KEY}"),
        ("import", "--api-key", CANARY_KEY, "june.csv"),
        ("check", "june.csv", "--api-key", CANARY_KEY),
        ("sandbox", "--api-key", CANARY_KEY),
        ("--api-key", CANARY_KEY, "import", "june.csv"),
        ("import", "june.csv", "--api-key"),
        ("import", CANARY_KEY),
        ("check", CANARY_KEY),
        ("report", CANARY_KEY),
        ("resolve", CANARY_KEY, "--row", "1", "--recorded", "--why", "x"),
        (CANARY_KEY,),
        ("import", f"./{CANARY_KEY}.csv"),
        ("import", "june.csv", f"-o{CANARY_KEY}.csv"),
        ("import", "june.csv", "--api-key-file", CANARY_KEY[:-1]),
        ("import", "june.csv", f"--api-key-file={CANARY_KEY}0"),
        ("import", "june.csv", "--map", f"message_id={CANARY_KEY}"),
        ("import", "june.csv", "--base-url", f"http://{CANARY_KEY}/"),
    ],
)
def test_key_as_an_argument_is_refused(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """The key is never an argument: the refusal says why and which ways there are, and does not repeat it."""
    # In this process, because the search for the key after each test would rightly find it in the arguments.
    assert run_here(list(args)) == 2
    out, err = capsys.readouterr()
    assert "never an argument" in err
    assert "TRACKLY_API_KEY" in err
    assert "--api-key-file" in err
    assert CANARY_KEY not in out + err


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (command.name, option.opts[-1])
        for command in COMMANDS
        for option in command.params
        if isinstance(option, click.Option) and not option.is_flag and option.name != "api_key"
    ],
)
def test_key_as_the_value_of_any_option(command: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever option it is given to, as a file name most of all: the key is refused and not repeated."""
    assert run_here([command, "june.csv", option, CANARY_KEY]) == 2
    assert run_here([command, "june.csv", f"{option}={CANARY_KEY}"]) == 2
    out, err = capsys.readouterr()
    assert err.count("never an argument") == 2
    assert CANARY_KEY not in out + err


@pytest.mark.parametrize("option", ["--api-kye", "--key", "--token"])
def test_key_after_an_unknown_option_is_not_repeated(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown option's value, which may be the key, is not repeated."""
    assert run_here(["import", "june.csv", f"{option}={CANARY_KEY}"]) == 2
    assert run_here(["import", "june.csv", option, CANARY_KEY]) == 2
    out, err = capsys.readouterr()
    assert CANARY_KEY not in out + err


def test_no_key_off_a_terminal(run_cold: Any, tmp_path: Path) -> None:
    """Off a terminal, without a key, nothing starts, and the ways to give one are named."""
    (tmp_path / "june.csv").write_bytes(ONE_ROW)
    result = run_cold("import", "june.csv", key=None)
    assert result.exit == 2
    assert result.stderr.startswith("error: There is no API key.")
    assert "TRACKLY_API_KEY" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["june.csv"]


@pytest.mark.parametrize(
    "key", [f"{CANARY_KEY[:20]} {CANARY_KEY[20:]}", f"{CANARY_KEY}\n{CANARY_KEY}", f"{CANARY_KEY}é"]
)
def test_malformed_key_is_not_shown(key: str, run: Any) -> None:
    """A key that cannot be one is refused by the name of the variable, without a part of it."""
    result = run("import", "june.csv", "--debug", key=key)
    assert result.exit == 2
    assert "TRACKLY_API_KEY" in result.stderr
    assert CANARY_KEY[:20] not in result.stderr
    assert CANARY_KEY[20:] not in result.stderr


def test_hidden_question_for_the_key(run_tty: Any, tmp_path: Path) -> None:
    """On a terminal the key is asked for, and what is typed is not shown."""
    result = run_tty("import", "missing.csv", key=None, dialog=[("API key", CANARY_KEY + "\n")])
    assert result.exit == 2
    assert "missing.csv" in result.stdout
    assert CANARY_KEY not in result.stdout


def test_no_answer_to_the_question_for_the_key(run_tty: Any) -> None:
    """Ctrl-D at the question for the key is no key."""
    result = run_tty("import", "june.csv", key=None, dialog=[("API key", "\x04")])
    assert result.exit == 2
    assert "error: The API key from the answer is empty." in result.stdout


# Ends


@pytest.mark.parametrize("args", [("import", "missing.csv"), ("check", "missing.csv")])
def test_missing_input(args: tuple[str, ...], run: Any) -> None:
    """An input that is not there is one sentence with its name, and exit 2."""
    result = run(*args)
    assert result.exit == 2
    assert result.stderr.startswith("error: ")
    assert "missing.csv" in result.stderr
    assert "Traceback" not in result.stderr


def test_json_of_a_run_that_did_not_start(run: Any) -> None:
    """What did not start has no summary (its zeros would look like an empty month), but a reason on standard error."""
    result = run("import", "missing.csv", "--json", "--log-format", "json")
    assert (result.exit, result.stdout) == (2, "")
    last = json.loads(result.stderr.splitlines()[-1])
    assert (last["level"], "missing.csv" in last["text"]) == ("error", True)


def test_debug_shows_the_traceback_of_an_error(run_cold: Any) -> None:
    """--debug shows where an error came from."""
    assert "debug: Traceback" in run_cold("check", "missing.csv", "--debug").stderr


def test_ctrl_c_before_posting(run_tty: Any) -> None:
    """Ctrl-C before the first post ends with 130 and says that nothing was posted."""
    result = run_tty("import", "june.csv", key=None, dialog=[("API key", "\x03")])
    assert result.exit == 130
    assert "error: Interrupted. Nothing was posted." in result.stdout


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signal_before_posting(number: int, status: int, start_cold: Any, tmp_path: Path) -> None:
    """SIGINT and SIGTERM before the first post unwind: one sentence, and the exit status of the signal."""
    os.mkfifo(tmp_path / "key")
    running = start_cold("import", "june.csv", "--api-key-file", "key", key=None)
    # Opening blocks until the command has opened the other end: then it waits for the key.
    writer = os.open(tmp_path / "key", os.O_WRONLY)
    running.send_signal(number)
    result = running.wait()
    os.close(writer)
    assert (result.exit, result.stderr) == (status, "error: Interrupted. Nothing was posted.\n")


MISTAKE = """
import sys
import click
from importer.__main__ import main
from importer.cli.commands import group

@group.command()
@click.option("--posting", is_flag=True)
@click.option("--debug", is_flag=True)
@click.pass_obj
def err(session, posting, debug):
    secret = "trk_" + "x" * 32
    console = session.listen({"debug": debug})
    console.hide(secret)
    console.may_have_posted = posting
    raise KeyError("no such thing as \\x1b[31m" + secret)

main()
"""


@pytest.mark.parametrize(
    ("args", "status", "advice"),
    [((), 2, "Nothing was posted"), (("--posting",), 3, "Run the same command again to continue")],
)
def test_mistake_of_the_program(args: tuple[str, ...], status: int, advice: str, run_cold: Any) -> None:
    """An exception that nobody foresaw is a sentence that owns up to it; --debug shows the traceback, never the key."""
    program = (sys.executable, "-c", MISTAKE)
    result = run_cold("err", *args, program=program)
    assert result.exit == status
    assert re.match(
        r"error: This is a mistake in revenue-importer, not in your file \(KeyError: .*\[key\].*\)", result.stderr
    )
    assert advice in result.stderr
    assert result.stderr.count("\n") == 1
    debugged = run_cold("err", *args, "--debug", program=program)
    assert debugged.exit == status
    assert "debug: Traceback (most recent call last):\n" in debugged.stderr
    assert "\x1b" not in debugged.stderr
    assert "x" * 32 not in result.stderr + debugged.stderr


# Whole runs


@pytest.fixture
def june(tmp_path: Path) -> str:
    """A file with a row that is good and one that is not."""
    (tmp_path / "june.csv").write_bytes(TWO_ROWS)
    return "june.csv"


def test_json_of_an_import(june: str, run_cold: Any, healthy_server: Any) -> None:
    """With --json standard output is one object with the promised keys, whose money balances."""
    result = run_cold("import", june, "--base-url", healthy_server.url, "--json")
    assert result.exit == 1
    assert result.stdout.count("\n") == 1
    assert set(result.json) == PROMISED
    assert result.json["by_status"] == {
        "recorded": {"rows": 1, "revenue": "24.99"},
        "invalid": {"rows": 1, "revenue": "5.00"},
    }
    assert (result.json["rows"], result.json["revenue"], result.json["exit"]) == (2, "29.99", 1)
    assert result.json["by_code"] == {"invalid_message_id": 1}
    assert "invalid_message_id: 1 row (5.00)" in result.stderr
    assert len(healthy_server.ledger()) == 1


def test_json_of_a_check(june: str, run: Any) -> None:
    """A check needs no key and no network, and tells in the same words what an import would do."""
    result = run("check", june, "--json", key=None)
    assert result.exit == 1
    assert set(result.json) == PROMISED
    assert result.json["by_status"]["pending"] == {"rows": 1, "revenue": "24.99"}
    assert result.json["requests"] == 0


def test_no_on_a_terminal_posts_nothing(june: str, run_tty: Any, healthy_server: Any) -> None:
    """A no to the question ends with 2 before the first request."""
    result = run_tty("import", june, "--base-url", healthy_server.url, dialog=[("Post 1 row .*y/N", "n\n")])
    assert result.exit == 2
    assert result.stdout.splitlines()[-1] == "Nothing was posted."
    assert healthy_server.requests() == []


def test_ctrl_c_at_the_question_posts_nothing(june: str, run_tty: Any, healthy_server: Any) -> None:
    """Ctrl-C at the question ends with 130 before the first request."""
    result = run_tty("import", june, "--base-url", healthy_server.url, dialog=[("Post 1 row .*y/N", "\x03")])
    assert result.exit == 130
    assert "Nothing was posted." in result.stdout
    assert healthy_server.requests() == []


def test_yes_on_a_terminal_posts(june: str, run_tty: Any, healthy_server: Any) -> None:
    """A yes to the question posts the rows, and the host is in the question."""
    question = rf"Post 1 row \(24\.99\) to {healthy_server.target}\? \[y/N\]"
    result = run_tty("import", june, "--base-url", healthy_server.url, dialog=[(question, "y\n")])
    assert result.exit == 1
    assert len(healthy_server.ledger()) == 1


def test_key_and_input_on_their_streams(run: Any, healthy_server: Any, tmp_path: Path, key_file: Path) -> None:
    """The key can come from a file and the rows from standard input, or the other way round."""
    (tmp_path / "june.csv").write_bytes(ONE_ROW)
    where = ("--base-url", healthy_server.url)
    one = run("import", "-", "--results", "a.csv", "--api-key-file", key_file, *where, key=None, stdin=ONE_ROW)
    assert (one.exit, len(healthy_server.ledger())) == (0, 1)
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv.journal").unlink()
    other = run("import", "june.csv", "--api-key-file", "-", *where, key=None, stdin=key_file.read_bytes())
    assert (other.exit, len(healthy_server.ledger())) == (0, 2)


def test_unusual_key_is_a_warning(june: str, run: Any, healthy_server: Any) -> None:
    """A key of another form than the documented one is used, with a warning that does not show it."""
    result = run("import", june, "--base-url", healthy_server.url, key="unusual-key")
    assert "warning: The API key does not look like one" in result.stderr
    assert "unusual-key" not in result.stdout + result.stderr
    assert [request["status"] for request in healthy_server.requests()] == [401]


def test_import_into_its_own_sandbox(june: str, run_cold: Any, tmp_path: Path) -> None:
    """--sandbox needs no key and no server, and its results cannot be taken for real ones."""
    result = run_cold("import", june, "--sandbox", "--json", key=None)
    assert result.exit == 1
    assert result.json["by_status"]["recorded"] == {"rows": 1, "revenue": "24.99"}
    assert result.json["results"].endswith("june.sandbox.results.csv")
    assert ",sandbox\r\n" in (tmp_path / "june.sandbox.results.csv").read_bytes().decode()


@pytest.mark.parametrize("redirection", [">&- 2>&- <&-", ">/dev/full 2>/dev/full"])
def test_import_does_not_need_its_streams(redirection: str, june: str, tmp_path: Path) -> None:
    """An import whose streams are closed, full or not read does its work and ends with its own status."""
    command = f"{{ {' '.join(PROGRAM)} import {june} --sandbox; echo $? >status; }} {redirection}"
    subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(["--sandbox"], key=None), check=False)
    assert (tmp_path / "status").read_text() == "1\n"
    assert ",recorded," in (tmp_path / "june.sandbox.results.csv").read_text()
    assert (tmp_path / "june.sandbox.results.csv.journal").read_bytes().count(b"Checking") == 0


@pytest.mark.parametrize("args", [(), ("--json",)])
def test_report_that_cannot_be_written(args: tuple[str, ...], june: str, run: Any, start_cold: Any) -> None:
    """A report is all that the command is for: when it cannot be written, that is said, and it has failed."""
    run("import", june, "--sandbox", key=None)
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - no path of a file
        result = start_cold("report", "june.sandbox.results.csv", *args, stdout=full).wait()
    assert result.exit == 2
    assert result.stderr.startswith("error: The report could not be written to standard output: No space left")
    assert "mistake" not in result.stderr


def test_report_into_a_pipe_that_closes(june: str, run: Any, tmp_path: Path) -> None:
    """A reader that has seen enough is no failure."""
    run("import", june, "--sandbox", key=None)
    command = f"{{ {' '.join(PROGRAM)} report june.sandbox.results.csv; echo $? >status; }} | true"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert (result.stderr, (tmp_path / "status").read_text()) == (b"", "0\n")


def test_log_of_an_import_is_json(june: str, run: Any) -> None:
    """With --log-format json nothing else than objects is on standard error, from the first line to the last."""
    result = run("import", june, "--sandbox", "--json", "--log-format", "json", "--debug", key=None)
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    assert all({"ts", "level", "event", "run"} <= line.keys() for line in lines)
    assert lines[-1]["event"] == "finished"
    assert lines[-1]["exit"] == result.exit == 1


def test_quiet_says_only_the_summary(june: str, run: Any) -> None:
    """--quiet leaves standard error empty when there is nothing to warn of, and --json keeps the object."""
    result = run("check", june, "--json", "--quiet", key=None)
    assert result.stderr == ""
    assert result.json["exit"] == 1


# The sandbox


def test_sandbox_serves_until_it_is_told_to_stop(start_cold: Any) -> None:
    """`sandbox` prints its base URL on standard output, serves there, and ends with 0 on SIGTERM."""
    running = start_cold("sandbox", key=None)
    url = running.wait_for(r"http://127\.0\.0\.1:\d+/api\n").strip()
    answer = subprocess.run(
        [sys.executable, "-c", f"import urllib.request as r; r.urlopen('{url}/v2/revenue', b'{{}}')"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "401" in answer.stderr
    running.send_signal(signal.SIGTERM)
    result = running.wait()
    assert (result.exit, result.stdout, result.stderr) == (0, f"{url}\n", "The sandbox has stopped.\n")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--port", "70000"), "port must be between 0 and 65535"),
        (("--slow-rate", "2"), "slow_rate"),
        (("--host", "0.0.0.0"), "loopback"),
        (("--known-ids", "missing.txt"), "missing.txt"),
        (("--api-key-file", "missing.key"), "missing.key"),
    ],
)
def test_sandbox_that_cannot_start(args: tuple[str, ...], sentence: str, run: Any) -> None:
    """A sandbox that cannot be as it is asked for ends with 2 and says why."""
    result = run("sandbox", *args)
    assert result.exit == 2
    assert sentence in result.stderr
    assert result.stderr.startswith("error: ")
