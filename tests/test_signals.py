"""Signals that ask to end are heard whenever they come."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_no_moment_is_a_bad_one_for_a_signal() -> None:
    """With a `threading.Event`, whose lock the handler may find taken by its own thread, this storm hangs."""
    done = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_nobody_asked_and_the_wait_is_over() -> None:
    code = "from importer.signals import asked_to_end\nwith asked_to_end() as wait: print(wait(0.01))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("False\n", "", 0)
