"""`python -m tests.docs.rewrite`: the documents with their sessions and generated parts as the program is now.

Lines that a session left out (`…`) stay left out, as far as the lines around them can be found again. Read the diff.
"""

from __future__ import annotations

import difflib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.documents import DOCUMENTS, Document, Step, steps
from tests.docs.generated import regenerated
from tests.docs.player import agrees, normal, player

if TYPE_CHECKING:
    from collections.abc import Callable

GAP = "…\n"


def rewritten(document: Document, folder: Path) -> str:
    """The document with its sessions and generated parts as they are now."""
    with player(folder) as shell:
        text = re.sub(
            r"(?<=^```console\n).*?(?=^```$)",
            lambda block: _played(block[0], shell.play),
            document.text,
            flags=re.MULTILINE | re.DOTALL,
        )
    return regenerated(text)


def _played(block: str, play: Callable[[Step], str]) -> str:
    fresh = ""
    for step in steps(block):
        printed = play(step)
        fresh += f"$ {step.command}\n{step.output if agrees(step.output, printed) else shortened(printed, step.output)}"
    return fresh


def shortened(printed: str, shown: str) -> str:
    """What is printed now, without what was left out of what was shown before; all of it where that is not clear."""
    before, now = shown.splitlines(keepends=True), printed.splitlines(keepends=True)
    pairs = difflib.SequenceMatcher(
        None, *([normal(line) for line in lines] for lines in (before, now)), autojunk=False
    )
    lines: list[str] = []
    for _, start, end, first, last in pairs.get_opcodes():
        old, new = before[start:end], now[first:last]
        if old.count(GAP) == 1:
            above, below = old.index(GAP), len(old) - old.index(GAP) - 1
            new = [*new[:above], GAP, *new[len(new) - below :]]
        lines += new
    text = "".join(lines)
    return text if agrees(text, printed) else printed


def main() -> None:
    """Write all documents anew."""
    for document in DOCUMENTS:
        with tempfile.TemporaryDirectory() as temporary:
            document.path.write_text(rewritten(document, Path(temporary) / "session"), "utf-8")


if __name__ == "__main__":
    main()
