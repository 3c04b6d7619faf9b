"""Signals that ask to end are heard whenever they come."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")

ENDS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}

# Signals come as fast as they can, one process to the other, while the main thread waits again and again.
STORM = """
import os, signal, subprocess, sys
from importer.signals import asked_to_end

code = f"import os, signal\\nfor _ in range(200_000): os.kill({os.getpid()}, signal.SIGTERM)"
with asked_to_end() as wait:
    storm = subprocess.Popen([sys.executable, "-c", code])
    while storm.poll() is None:
        wait(0.0001)
    print(wait(5.0))
"""


def test_no_moment_is_a_bad_one_for_a_signal() -> None:
    """With a `threading.Event`, whose lock the handler may find taken by its own thread, this storm hangs."""
    done = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


def test_nobody_asked_and_the_wait_is_over() -> None:
    code = "from importer.signals import asked_to_end\nwith asked_to_end() as wait: print(wait(0.01))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("False\n", "", 0)


# The command, and the signals that come just as it imports a module.
IMPORTING = """
import os, sys
numbers, module, *sys.argv[1:] = sys.argv[1:]

def sent(event, args):
    if event == "import" and args[0] == module:
        for number in numbers.split(","):
            os.kill(os.getpid(), int(number))

sys.addaudithook(sent)
from importer.__main__ import main
main()
"""
JUNE = "message_id,revenue,attribution_type,timestamp\na1b2c3d4,24.90,sale,2026-06-02\n"
POSTED = "Interrupted. Nothing was posted."
VERDICTS = f"{POSTED} Verdicts are written all or none: status shows which rows are in doubt still."


@pytest.mark.parametrize(
    ("module", "command", "sentence"),
    [
        ("importer.api", ("import", "june.csv", "--sandbox"), POSTED),  # the first that takes long
        ("importer.cli.input_values", ("check", "june.csv"), POSTED),
        ("polars", ("import", "june.csv", "--sandbox"), POSTED),
        ("importer.cluster", ("import", "june.csv", "--scheduler", "local"), POSTED),
        ("importer.report", ("report", "june.results.csv"), POSTED),
        ("importer.run.verdicts", ("resolve", "june.results.csv", "--row", "1", "--recorded", "--yes"), VERDICTS),
        ("polars", ("reconcile", "june.results.csv", "--against", "june.csv"), VERDICTS),
        ("importer.web.server", ("serve", "--sandbox", "--quiet"), "Interrupted. The page is not served; runs that it"),
        ("importer.cli.streams", ("serve", "--sandbox"), "Interrupted. The page is not served; runs that it"),
        ("importer.sandbox", ("sandbox",), "Interrupted. The sandbox is not served."),
    ],
)
def test_a_signal_while_the_command_begins(
    module: str, command: tuple[str, ...], sentence: str, start_cold: Any, tmp_path: Path
) -> None:
    """Every signal that asks to end is heard, whatever is just imported: one sentence, and its exit status.

    Of two that come together, as a closing terminal or an impatient supervisor sends them, the first counts.
    """
    (tmp_path / "june.csv").write_text(JUNE)
    program = (sys.executable, "-c", IMPORTING)
    ends = {str(int(signal.Signals[name])): status for name, status in ENDS.items()} | {"2,15": 130, "1,15": 129}
    begun = {number: start_cold(number, module, *command, program=program) for number in ends}
    for number, running in begun.items():
        result = running.wait()
        assert result.exit == ends[number], result
        assert result.stderr.startswith(f"error: {sentence}"), result
        assert result.stderr.count("\n") == 1, result
        assert result.stdout == ""


def test_little_is_imported_before_signals_are_heard() -> None:
    """What Python does before cannot be helped; what the program adds is short."""
    code = """
import __future__, importlib, re, signal, sys, warnings
before = set(sys.modules)
signal.signal = lambda *_: (print(*sorted(set(sys.modules) - before)), sys.exit())
from importer.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    ours = {"importer", "importer.__main__", "importer.signals", "importer.cli", "importer.cli.interrupted"}
    assert set(done.stdout.split()) <= ours | {"contextlib", "gc"}


def test_a_signal_that_python_cannot_pass_on_comes_again() -> None:
    """In a finalizer an exception is lost, and Python prints a traceback: it is raised again where it is heard."""
    code = """
import os, signal, time
from importer.signals import Interrupted, raise_on_signals

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0)

raise_on_signals()
try:
    Finalized()
    time.sleep(20)
except Interrupted as interrupted:
    print(interrupted.exit_status)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=15, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("143\n", "", 0)


def test_under_nohup_the_closed_terminal_is_not_heard(start_cold: Any, tmp_path: Path) -> None:
    """SIGHUP that is ignored at the start stays ignored, while the input is checked, too."""
    (tmp_path / "june.csv").write_text(JUNE)
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    program = (sys.executable, "-c", IMPORTING)
    result = start_cold("1", "polars", "check", "june.csv", program=program, **ignored).wait()
    assert (result.exit, result.stderr.count("nterrupted")) == (0, 0), result
