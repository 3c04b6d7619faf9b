"""The shell completes commands, options, choices and names of files, as the document for operations sets it up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.documents import OPERATIONS
from tests.support.process import environment

if TYPE_CHECKING:
    from pathlib import Path

LINES = {
    shell.split()[0]: cells[-1].strip("`").replace("\\|", "|") for shell, cells in OPERATIONS.table("shell").items()
}
FILE = "june_2026.csv"
CASES = [
    (["imp"], ["import"]),
    (["import", "--dupl"], ["--duplicates"]),
    (["import", "--duplicates", ""], ["hold", "post", "skip"]),
]
FILES = [
    ["import", "ju"],
    ["check", FILE, "ju"],
    ["import", FILE, "--profile", "ju"],
    ["import", FILE, "--already", "ju"],
    ["import", FILE, "--results", "ju"],
    ["import", FILE, "--api-key-file", "ju"],
    ["report", "ju"],
    ["resolve", FILE, "--from", "ju"],
]


def completed(words: list[str]) -> list[str]:
    """What fish is told for the last word: it gets kind and text of each completion."""
    env = {
        "_REVENUE_IMPORTER_COMPLETE": "fish_complete",
        "COMP_WORDS": " ".join(["x", *words]),
        "COMP_CWORD": words[-1],
    }
    command = [sys.executable, "-m", "importer"]
    ended = subprocess.run(command, env=environment(key=None) | env, capture_output=True, text=True, check=True)
    return [line.partition("\t")[0] for line in ended.stdout.splitlines()]


@pytest.mark.parametrize(("words", "expected"), CASES, ids=" ".join)
def test_words_are_completed(words: list[str], expected: list[str]) -> None:
    """Commands, options, and the words that an option takes."""
    assert completed(words) == [f"plain,{word}" for word in expected]


@pytest.mark.parametrize("words", FILES, ids=" ".join)
def test_names_of_files_are_completed(words: list[str]) -> None:
    """Wherever a file is meant, the shell is told to complete its name."""
    assert completed(words) == ["file,ju"]


def test_the_document_names_the_shells() -> None:
    """There is one line for each."""
    assert set(LINES) == {"bash", "zsh", "fish"}


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes(tmp_path: Path) -> None:
    """The line of the document, in a bash that then completes a command."""
    program = tmp_path / "revenue-importer"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m importer "$@"\n')
    program.chmod(0o755)
    script = f"""{LINES["bash"]}
        complete -p revenue-importer
        COMP_WORDS=(revenue-importer import --duplicates p) COMP_CWORD=3
        _revenue_importer_completion revenue-importer
        echo "${{COMPREPLY[@]}}" """
    given = environment(key=None)
    env = given | {"PATH": f"{tmp_path}:{given['PATH']}"}
    ended = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines() == [
        "complete -o nosort -F _revenue_importer_completion revenue-importer",
        "post",
    ], ended
