"""What holds for every document: its links, the options that it names, the commands that a reader may copy."""

from __future__ import annotations

import re
import shlex

import pytest

from importer.cli.base import Session
from importer.cli.program import group
from tests.docs.documents import DOCUMENTS, README, ROOT, SAMPLES, Document
from tests.support.commands import COMMANDS, LOADED

ALL = pytest.mark.parametrize("document", [*DOCUMENTS, SAMPLES], ids=lambda document: document.name)
KINDS = {"sh", "console", "text", "toml", "cron", "ini", "python"}
OTHERS = {  # options of other programs, which the documents name
    "--help", "--version", "--reinstall", "--force", "--pip-args", "--install", "--quick", "--only", "--write",
    "--again",
    "--whole",
}  # fmt: skip


@ALL
def test_links_lead_somewhere(document: Document) -> None:
    """Every link is a file of the repository, and a heading of it where it names one."""
    for target in document.links:
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        path = (document.path.parent / name).resolve() if name else document.path
        assert path.is_file(), target
        assert not anchor or anchor in Document(str(path.relative_to(ROOT))).anchors, target


@ALL
def test_options_in_the_text_exist(document: Document) -> None:
    """Every option that the text names is one of some command; the key is never one."""
    known = {name for command in COMMANDS for option in command.params for name in option.opts} | OTHERS
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*[a-z]", document.prose)) <= known
    assert "--api-key " not in document.prose


@ALL
def test_blocks_are_of_kinds_that_are_tested(document: Document) -> None:
    """Every block says what it is."""
    assert set(document.kinds) <= KINDS
    assert document.text.count("```") == 2 * len(document.kinds)


def command_lines() -> list[str]:
    """Every whole command line in the documents and in `--help`."""
    helped = [f"{command.help}\n{command.epilog}" for command in [group, *COMMANDS]]
    lines = [line.strip() for text in helped for line in text.splitlines()]
    lines = [line for line in lines if line.startswith("revenue-importer ")]
    return [*lines, *(line for document in (*DOCUMENTS, SAMPLES) for line in document.command_lines())]


def test_there_are_command_lines() -> None:
    """They are found."""
    assert len(set(command_lines())) > 40
    assert len(README.command_lines()) > 5


@pytest.mark.parametrize("line", sorted(set(command_lines())))
def test_command_lines_parse(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command line that a reader may copy is one that the program understands."""
    monkeypatch.chdir(ROOT)
    _, name, *args = shlex.split(line.removesuffix("&"))
    if "--profile" in args and not (ROOT / args[args.index("--profile") + 1]).exists():
        return  # of a session, which makes the file
    if name in LOADED:
        LOADED[name].make_context(name, args, obj=Session())
    else:
        assert name in {"COMMAND", "--version"}
