"""Survivors that change nothing a test could see, or nothing that matters, each with its reason: `equivalent.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_suffix(".toml")


def reason(diff: str) -> str | None:
    """Why the change of this diff changes nothing; None: nobody has said so."""
    changed = change(diff)
    entries = (entry for entry in listed() if (entry["file"], entry["code"], entry["mistake"]) == changed)
    return next((entry["reason"] for entry in entries), None)


def change(diff: str) -> tuple[str, str, str]:
    """The file, the code that was there, and the mistake, without line numbers, which every commit moves."""
    lines = diff.splitlines()
    file = next(line.removeprefix("--- a/") for line in lines if line.startswith("--- a/"))
    return file, _joined(lines, "-"), _joined(lines, "+")


def _joined(lines: list[str], sign: str) -> str:
    said = (line[1:].strip() for line in lines if line.startswith(sign) and not line.startswith(3 * sign))
    return " ".join(filter(None, said))


@cache
def listed() -> list[dict[str, str]]:
    """The entries of the list."""
    return tomllib.loads(_LIST.read_text(encoding="utf-8")).get("equivalent", [])
