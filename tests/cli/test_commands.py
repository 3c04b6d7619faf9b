"""The commands: help, keys, and what is said of a run that does not start."""

from __future__ import annotations

import errno
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
from importer.cli.program import _ending, group
from importer.cli.program import run as run_here
from tests.faultserver.plan import CANARY_KEY
from tests.support.command import PROGRAM, environment

if TYPE_CHECKING:
    from pathlib import Path
from tests.cli.samples import ONE_ROW
from tests.support.commands import COMMANDS, LOADED

HEAVY = (
    "polars",
    "httpx",
    "tenacity",
    "aiohappyeyeballs",
    "httptools",
    "msgspec",
    "rich",
    "jinja2",
    "asyncio",
    "logging",
    "importer.cli.console",
    "importer.model",
)


@pytest.mark.parametrize("args", [["--help"], ["import", "--help"], ["check", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    """Help comes at once: only click and what is as light is imported for it."""
    watched = f"""
import sys
from importer.cli.program import run
status = run({args!r})
print("loaded:", *(name for name in {HEAVY!r} if name in sys.modules))
sys.exit(status)
"""
    result = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("loaded:\n")


def test_the_list_of_commands_loads_none_of_them() -> None:
    """`--help` costs little more than click: neither a command nor the table of options is loaded for it."""
    watched = """
import sys
from importer.cli.program import run
run(["--help"])
print("loaded:", *(name for name in sys.modules if name.startswith(("importer.settings", "importer.cli.options"))))
"""
    result = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("loaded:\n")


@pytest.mark.parametrize("name", group.commands)
def test_the_list_of_commands_says_what_their_help_says(name: str) -> None:
    """Its line of a command is whole, and how the command's own help begins."""
    line = group.commands[name].get_short_help_str()
    assert str(LOADED[name].help).startswith(line.removesuffix("."))
    assert LOADED[name].name == name
    assert len(line) <= 65


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


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_before_posting(number: int, status: int, start_cold: Any, tmp_path: Path) -> None:
    """A signal before the first post unwinds: one sentence, and the exit status of the signal."""
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
from importer.cli.program import group

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


@pytest.mark.parametrize(
    ("posting", "status", "advice"), [(False, 2, "Nothing was posted."), (True, 3, "Run the same")]
)
def test_no_file_can_be_opened_any_more(posting: bool, status: int, advice: str) -> None:
    """That is this computer's limit, wherever it is met, and no mistake of the program."""
    text, exit_status = _ending(OSError(errno.EMFILE, "Too many open files"), may_have_posted=posting)
    assert "ulimit -n" in text
    assert (exit_status, advice in text) == (status, True)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize("name", ["SIGUSR1", "SIGINT", "SIGTERM"])
def test_no_signal_changes_an_end_that_is_told(name):
    """What was printed says how it ended; a signal that comes after that must not say otherwise."""
    late = f"import atexit, os, signal; atexit.register(os.kill, os.getpid(), signal.{name})"
    program = f"import sys; sys.argv[1:] = ['--version']; {late}; from importer.__main__ import main; main()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
