"""`python -m tests.docs.rewrite`: the documents with their sessions and generated parts as the program is now.

Where what is printed has changed, the whole of it is put there: take lines out again and put `…` in their place.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.docs.documents import DOCUMENTS, Document, Step, steps
from tests.docs.generated import regenerated
from tests.docs.player import agrees, player

if TYPE_CHECKING:
    from collections.abc import Callable


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
        fresh += f"$ {step.command}\n{step.output if agrees(step.output, printed) else printed}"
    return fresh


def main() -> None:
    """Write all documents anew."""
    for document in DOCUMENTS:
        with tempfile.TemporaryDirectory() as temporary:
            document.path.write_text(rewritten(document, Path(temporary) / "session"), "utf-8")


if __name__ == "__main__":
    main()
