"""The documents as tests read them: their blocks, sessions, tables, links and command lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    """One typed command of a console block, and what stands below it."""

    command: str
    output: str


@dataclass(frozen=True)
class Document:
    """A Markdown file of the repository, by its path from the root."""

    name: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return ROOT / self.name

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """Everything but the fenced blocks."""
        return re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    @property
    def kinds(self) -> list[str]:
        """The info strings of its fenced blocks, in order."""
        return re.findall(r"^```(\w*)\n.*?^```$", self.text, re.MULTILINE | re.DOTALL)

    @property
    def anchors(self) -> set[str]:
        """What a link may name after `#`: its headings."""
        titles = re.findall(r"^#+ (.*)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    @property
    def links(self) -> list[str]:
        """The targets of its links and pictures."""
        return re.findall(r"\]\(([^)]+)\)", self.prose)

    def blocks(self, kind: str) -> list[str]:
        """The fenced blocks with that info string."""
        found = re.findall(r"^```(\w*)\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        return [body for info, body in found if info == kind]

    def block(self, kind: str, holding: str) -> str:
        """The one block of that kind that holds a text."""
        (found,) = (body for body in self.blocks(kind) if holding in body)
        return found

    def steps(self) -> list[Step]:
        """The commands of all its sessions, in order."""
        return [step for block in self.blocks("console") for step in steps(block)]

    def table(self, first: str) -> dict[str, list[str]]:
        """The rows of the table whose first heading is `first`: first cell to the others."""
        match = re.search(rf"^\| {first} \|.*\n\|[-|]+\n((?:\|.*\n)+)", self.text, re.MULTILINE)
        assert match, f"{self.name} has no table of {first}"
        rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in match[1].splitlines()]
        return {row[0]: row[1:] for row in rows}

    def command_lines(self) -> list[str]:
        """Every whole command line of the program that a reader may copy."""
        written = re.findall(r"`(revenue-importer [a-z]+ [^`]*)`", self.prose)
        typed = [step.command for step in self.steps()]
        lines = [line.strip() for kind in ("sh", "text") for block in self.blocks(kind) for line in block.splitlines()]
        shown = [line.removeprefix("$ ") for line in lines if re.match(r"(\$ )?(\S*/)?revenue-importer ", line)]
        return [*written, *(line for line in typed if "revenue-importer " in line), *shown]


def steps(block: str) -> list[Step]:
    """The commands of a console block in order."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    assert parts[0] == "", "a console block begins with a command"
    return [Step(command, output) for command, output in zip(parts[1::2], parts[2::2], strict=True)]


README = Document("README.md")
CONTRIBUTING = Document("CONTRIBUTING.md")
FINANCE, REFERENCE, OPERATIONS, RELIABILITY, BENCHMARKS = (
    Document(f"docs/{name}.md") for name in ("finance", "reference", "operations", "reliability", "benchmarks")
)
SAMPLES = Document("sample_data/README.md")
DOCUMENTS = (README, FINANCE, REFERENCE, OPERATIONS, RELIABILITY, BENCHMARKS, CONTRIBUTING)
