"""Every session of the documents reproduces. When what the program says has changed: `python -m tests.docs.rewrite`."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from importer import Settings
from importer.sandbox import Sandbox
from tests.docs.documents import DOCUMENTS, FINANCE, OPERATIONS, README, Document, Step, steps
from tests.docs.player import agrees, player
from tests.docs.rewrite import shortened
from tests.faultserver.plan import CANARY_KEY

if TYPE_CHECKING:
    from pathlib import Path

PLAYED = [document for document in DOCUMENTS if document.blocks("console")]


@pytest.mark.parametrize("document", PLAYED, ids=lambda document: document.name)
def test_sessions_reproduce(document: Document, tmp_path: Path, warm_program: Path) -> None:
    """All sessions of a document, run in order in a fresh folder, print what it shows."""
    with player(tmp_path / "session", warm_program) as shell:
        for step in document.steps():
            printed = shell.play(step)
            assert agrees(step.output, printed), f"$ {step.command}\n{printed}"


def test_the_machines_follow_the_readme(tmp_path: Path, warm_program: Path) -> None:
    """The sessions of operations print the same where those of the README were played before."""
    (block,) = (block for block in OPERATIONS.blocks("console") if "--shard 1/2" in block)
    with player(tmp_path / "session", warm_program) as shell:
        shell.play(Step(README.blocks("sh")[0].splitlines()[-1].removeprefix(".venv/bin/"), ""))
        for step in steps(block):
            assert agrees(step.output, shell.play(step)), step.command


def test_there_are_sessions() -> None:
    """The README, and what is read by people at a terminal, have some."""
    assert sum(len(document.steps()) for document in PLAYED) > 30
    assert {document.name for document in PLAYED} >= {"README.md", "docs/finance.md", "docs/operations.md"}


def test_a_session_that_differs_is_found() -> None:
    """Ids, times and durations may differ, and lines that `…` stands for; nothing else may."""
    printed = "Posted 2 rows (1.00) in 0.4 s.\na\nb\nid 0123456789abcdef01234567\n"
    assert agrees("Posted 2 rows (1.00) in 12.0 s.\n…\nid ffffffffffffffffffffffff\n", printed)
    assert agrees("…\nb\n…\n", printed)
    assert not agrees("Posted 2 rows (1.01) in 0.4 s.\n…\n", printed)
    assert not agrees("Posted 2 rows (1.00) in 0.4 s.\n", printed)


def test_what_was_left_out_stays_left_out() -> None:
    """A session that is written anew keeps its `…` where the lines around them are still there."""
    shown = "Checking a\n…\n  total  2\n…\nNext: b\n"
    printed = "Checking a\nx\ny\n  total  3\nz\nNext: b\n"
    assert shortened(printed, shown.replace("2", "3")) == shown.replace("2", "3")
    assert shortened("Checking a\nx\n  total  2\nz\nNext: c\n", shown) == shown.replace("b", "c")
    assert agrees(shortened(printed, shown), printed)
    assert shortened("error: no\n", shown) == "error: no\n"


def test_the_questions_on_a_terminal(healthy_server: Any, tmp_path: Path, run_tty: Any) -> None:
    """The key and the consent are asked for as the document for finance shows it, in these words."""
    (shown,) = (block for block in FINANCE.blocks("text") if "[y/N]" in block)
    (practice,) = (step.output for step in FINANCE.steps() if step.command == "cat practice.csv")
    (tmp_path / "july.csv").write_text(practice)
    command, *lines = shown.splitlines()
    words = [*shlex.split(command.removeprefix("$ revenue-importer ")), "--base-url", healthy_server.url]
    ended = run_tty(*words, key=None, dialog=[("not shown", f"{CANARY_KEY}\n"), (r"\[y/N\]", "y\n")])
    screen = ended.stdout.replace(urlsplit(healthy_server.url).netloc, "app.tracklysms.com").splitlines()
    seen = "".join(f"{line.rstrip()}\n" for line in screen if line.strip())
    expected = "".join(f"{line}\n" for line in lines if line)
    assert agrees(expected, seen)
    assert ended.exit == 1
    assert len(healthy_server.ledger()) == 1


def test_the_key_for_practice() -> None:
    """The sandbox takes the key that the document gives, and the client of the API, too."""
    (key,) = re.findall("`(trk_0+)`", FINANCE.prose)
    assert Settings(api_key=key).api_key == key
    with Sandbox() as sandbox:
        answer = httpx.post(f"{sandbox.url}/v2/revenue", headers={"X-Api-Key": key}, json={}, trust_env=False)
    assert answer.status_code == 400, "401 would be the key"
