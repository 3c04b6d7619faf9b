"""The command under strace, which can kill it within a system call, or let the call fail."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tests.support.process import PROGRAM

STRACE = shutil.which("strace") or ""
CALLS = ("pwrite64", "fdatasync", "fsync", "rename,renameat,renameat2", "ftruncate", "fallocate")
"""The system calls by which the command changes what it must not lose."""


def works() -> bool:
    """Whether there is an strace that may trace here."""
    probe = [STRACE, "-qq", "-o", "/dev/null", sys.executable, "-c", ""]
    return bool(STRACE) and subprocess.run(probe, check=False, capture_output=True).returncode == 0


def tampering(calls: str, what: str) -> tuple[str, ...]:
    """The program with some of its calls tampered with: `tampering("fsync", "signal=KILL:when=3")`.

    Each thread's calls are counted apart, and a start without cached bytecode renames files of its own.
    """
    return (STRACE, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:{what}", *PROGRAM)
