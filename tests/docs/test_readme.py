"""The README is true: its commands parse, its sessions reproduce, its tables are those of the program.

After a change of what the program says, `python -m tests.docs.test_readme` writes the sessions that no longer hold, the
options and the codes anew.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from importer.cli.base import Session
from importer.cli.commands import COMMANDS, group, import_
from importer.codes import CODES, OTHER_CODES
from importer.model import FIELDS, Status
from tests.support.command import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
SAMPLES = ("june_2026.csv", "june_2026_de.csv", "june_2026.xlsx", "june_2026.parquet", "german_export.toml")
PORT = "40404"
MAX_LINES = 640
FIRST_COMMANDS = (
    """\
python3 -m venv .venv
.venv/bin/pip install --quiet -c requirements.lock ".[sandbox]"
.venv/bin/revenue-importer import sample_data/june_2026.csv --sandbox --yes
""",
    """\
python3 -m venv .venv
.venv/bin/pip install --quiet -c requirements.lock -e ".[dev]"
.venv/bin/python -m pytest
""",
)
VARYING = (  # ids and times differ from run to run, but never in length, so that lines break at the same places
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ to \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<span>"),
    (r"\bin \d+\.\d s\b", "in <duration>"),
    (r"\b[0-9a-f]{24}\b", "<id>"),
)


# What the README holds


@dataclass(frozen=True)
class Step:
    """One typed command of a console block, and what stands below it."""

    command: str
    output: str


def blocks(kind: str, text: str | None = None) -> list[str]:
    """The fenced blocks with that info string."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text or README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [body for info, body in found if info == kind]


def steps(block: str) -> list[Step]:
    """The commands of a console block in order."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    assert parts[0] == "", "a console block begins with a command"
    return [Step(command, output) for command, output in zip(parts[1::2], parts[2::2], strict=True)]


def table(first: str) -> dict[str, list[str]]:
    """The rows of the table whose first heading is `first`: first cell (without backticks) to the others."""
    match = re.search(rf"^\| {first} \|.*\n\|[-|]+\n((?:\|.*\n)+)", README.read_text("utf-8"), re.MULTILINE)
    assert match, first
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in match[1].splitlines()]
    return {row[0]: row[1:] for row in rows}


def prose() -> str:
    """The README without its blocks."""
    return re.sub(r"^```.*?^```$", "", README.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


# What the program is


def options_table() -> str:
    """The options of `import` as a Markdown table, from their declarations."""
    lines, section = ["| option | meaning | default |", "|---|---|---|"], ""
    context = click.Context(import_, info_name="import", max_content_width=10_000)
    for option in import_.params:
        record = option.get_help_record(context)
        if not isinstance(option, click.Option) or record is None:
            continue
        if option.section != section:
            section = option.section
            lines.append(f"| **{section}** | | |")
        notes = re.search(r"  \[([^\]]*)\]$", record[1])
        default = re.search(r"default: ([^;]*)", notes[1]) if notes else None
        shown = "off" if option.is_flag else default[1] if default else ""
        cells = [f"`{record[0]}`", option.help or "", shown]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells).rstrip() + " |")
    return "\n".join(lines) + "\n"


def codes_table() -> str:
    """The codes of the package with their meanings and remedies, as a Markdown table."""
    lines = ["| code | when | what to do |", "|---|---|---|"]
    lines += [f"| `{code.word}`{code.others} | {code.meaning} | {code.remedy} |" for code in (*CODES, *OTHER_CODES)]
    return "\n".join(lines) + "\n"


# Sessions


class Player:
    """A shell in a folder of its own with the sample data, in which `revenue-importer` is the code under test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "sample_data").mkdir(parents=True)
        for name in SAMPLES:
            shutil.copy(ROOT / "sample_data" / name, folder / "sample_data")
        program = folder / ".bin" / "revenue-importer"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m importer "$@"\n')
        program.chmod(0o755)
        given = environment()
        self._environment = {**given, "PATH": f"{program.parent}{os.pathsep}{given['PATH']}"}
        self._port = _free_port()
        self._servers: list[subprocess.Popen[str]] = []

    def play(self, step: Step) -> str:
        """What the command prints. `cat` of a file that is not there makes it of what the README shows."""
        words = shlex.split(step.command)
        if words[0] == "cat" and not (self._folder / words[1]).exists():
            (self._folder / words[1]).write_text(step.output, "utf-8")
        command = step.command.replace(PORT, self._port)
        printed = self._serve(command) if command.endswith(" &") else self._run(command)
        return printed.replace(self._port, PORT)

    def close(self) -> None:
        """Stop the servers."""
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=20)

    def _run(self, command: str) -> str:
        return subprocess.run(
            ["sh", "-c", command], cwd=self._folder, env=self._environment, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        ).stdout  # fmt: skip

    def _serve(self, command: str) -> str:
        server = subprocess.Popen(
            shlex.split(command.removesuffix(" &")), cwd=self._folder, env=self._environment, text=True,
            executable=self._folder / ".bin" / "revenue-importer",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._servers.append(server)
        assert server.stdout
        return server.stdout.readline()


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextlib.contextmanager
def player(folder: Path) -> Iterator[Player]:
    """A player whose servers are stopped at the end."""
    shell = Player(folder)
    try:
        yield shell
    finally:
        shell.close()


def normal(text: str) -> str:
    """The text with everything that differs from run to run replaced."""
    for pattern, word in VARYING:
        text = re.sub(pattern, word, text)
    return text


def agrees(shown: str, printed: str) -> bool:
    """Whether the README shows what was printed; `…` alone on a line stands for any lines."""
    parts = re.split(r"^…\n", normal(shown), flags=re.MULTILINE)
    return re.fullmatch("(?:.*\n)*?".join(re.escape(part) for part in parts), normal(printed)) is not None


# The tests


def test_the_first_two_commands_install_and_try() -> None:
    """The only `sh` blocks are the two commands that a fresh clone runs, before any other block."""
    kinds = re.findall(r"^```(\w+)$", README.read_text("utf-8"), re.MULTILINE)
    assert tuple(blocks("sh")) == FIRST_COMMANDS
    assert kinds[:2] == ["sh", "sh"]
    assert set(kinds[2:]) == {"console", "cron", "ini", "python", "text", "toml"}


def test_the_readme_is_short() -> None:
    """A README that is too long is not read."""
    assert len(README.read_text("utf-8").splitlines()) <= MAX_LINES


def test_sessions_reproduce(tmp_path: Path) -> None:
    """Every session of the README, run in a fresh folder, prints what the README shows."""
    played = [step for block in blocks("console") for step in steps(block)]
    assert len(played) > 5
    with player(tmp_path / "session") as shell:
        for step in played:
            printed = shell.play(step)
            assert agrees(step.output, printed), f"$ {step.command}\n{printed}"


def test_a_session_that_differs_is_found() -> None:
    """Ids, times and durations may differ, and lines that `…` stands for; nothing else may."""
    printed = "Posted 2 rows (1.00) in 0.4 s.\na\nb\nid 0123456789abcdef01234567\n"
    assert agrees("Posted 2 rows (1.00) in 12.0 s.\n…\nid ffffffffffffffffffffffff\n", printed)
    assert agrees("…\nb\n…\n", printed)
    assert not agrees("Posted 2 rows (1.01) in 0.4 s.\n…\n", printed)
    assert not agrees("Posted 2 rows (1.00) in 0.4 s.\n", printed)


def test_options_are_those_of_import() -> None:
    """The table has every option of `import` with its meaning and default, and none besides."""
    assert options_table() in README.read_text("utf-8")


def test_options_in_the_text_exist() -> None:
    """Every option that the text names is one of some command."""
    known = {name for command in COMMANDS for option in command.params for name in option.opts} | {"--help"}
    text = prose()
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", text)) <= known
    assert "--api-key " not in text


def test_codes_are_those_of_the_package() -> None:
    """The table has every code of the package, with the remedy that the summary prints."""
    assert codes_table() in README.read_text("utf-8")


def test_statuses_are_the_seven() -> None:
    """The table has every status, in the order of the program."""
    assert [cell.strip("`") for cell in table("status")] == [str(status) for status in Status]


def test_fields_are_the_five() -> None:
    """The table of columns has every field, in the order of the program."""
    assert [cell.strip("`") for cell in table("field")] == list(FIELDS)


def test_exit_statuses_are_complete() -> None:
    """The table has all exit statuses, none twice."""
    assert [int(number) for cell in table("exit") for number in cell.split(",")] == [0, 1, 2, 3, 129, 130, 143]


def test_the_profile_can_be_read(tmp_path: Path) -> None:
    """The profile in the README is one that the program takes."""
    from importer.cli.profile import read_profile

    (block,) = blocks("toml")
    (tmp_path / "p.toml").write_text(block, "utf-8")
    assert {"map", "keep", "decimal", "timezone", "timestamp_format"} == read_profile(str(tmp_path / "p.toml")).keys()


def test_links_lead_somewhere() -> None:
    """Every link is a heading of this file or a file of the repository."""
    text = prose()
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target[1:] in anchors if target.startswith("#") else (ROOT / target).is_file(), target


def command_lines() -> list[str]:
    """Every whole command line in the READMEs and in `--help`."""
    texts = [README.read_text("utf-8"), (ROOT / "sample_data" / "README.md").read_text("utf-8")]
    written = [line for text in texts for line in re.findall(r"`(revenue-importer [a-z]+ [^`]*)`", text)]
    typed = [step.command for block in blocks("console") for step in steps(block)]
    helped = [f"{command.help}\n{command.epilog}" for command in [group, *COMMANDS]]
    lines = [line.strip() for text in [*blocks("text"), *blocks("sh"), *helped] for line in text.splitlines()]
    return [line for line in [*written, *typed, *lines] if "revenue-importer " in line]


@pytest.mark.parametrize("line", sorted(set(command_lines())))
def test_command_lines_parse(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command line that a reader may copy is one that the program understands."""
    monkeypatch.chdir(ROOT)
    _, name, *args = shlex.split(line.removesuffix("&"))
    if name in group.commands:
        group.commands[name].make_context(name, args, obj=Session())
    else:
        assert name == "COMMAND"


# Writing it anew


def rewritten(text: str, folder: Path) -> str:
    """The README with its sessions, options and codes as they are now."""
    played = []
    with player(folder) as shell:
        for block in blocks("console", text):
            fresh = ""
            for step in steps(block):
                printed = shell.play(step)
                fresh += f"$ {step.command}\n{step.output if agrees(step.output, printed) else printed}"
            played.append(fresh)
    fresh_blocks = iter(played)
    text = re.sub(r"(?<=^```console\n).*?(?=^```$)", lambda _: next(fresh_blocks), text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(?<=<!-- options -->\n).*?(?=<!-- /options -->)", lambda _: options_table(), text, flags=re.DOTALL)
    return re.sub(r"^\| code \|.*\n(?:\|.*\n)+", lambda _: codes_table(), text, flags=re.MULTILINE)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        README.write_text(rewritten(README.read_text("utf-8"), Path(temporary) / "session"), "utf-8")
