"""Names of files: on Unix a name is any bytes, and may lead elsewhere or nowhere; others hold text only."""

from __future__ import annotations

import os
import re
from pathlib import Path

# What Python reads a byte as that belongs to no character.
_NO_TEXT = re.compile("[\ud800-\udfff]")


def as_text(name: str | os.PathLike[str]) -> str:
    r"""The name, with `\xe9` for each byte that belongs to no character."""
    return _NO_TEXT.sub(escape, os.fspath(name))


def is_text(name: str | os.PathLike[str]) -> bool:
    """Whether every byte of the name belongs to a character."""
    return _NO_TEXT.search(os.fspath(name)) is None


def real_path(path: Path) -> Path:
    """Where links lead; a loop of them leads into it. `Path.resolve` raises there, in some versions of Python."""
    return Path(os.path.realpath(path))


def escape(match: re.Match[str]) -> str:
    r"""A character in a form that can be written anywhere: `\n`, `\x1b`, `\u202e`, a byte that is no text as `\xe9`."""
    return match[0].encode("unicode_escape").decode("ascii").replace("\\udc", "\\x")
