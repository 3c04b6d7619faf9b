"""The delimiter of a file that has none of the usual ones, so that its header looks like one cell: advice only."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAY_BE = re.compile(r"[^\w\s\"'().-]|[\x01-\x08\x0e-\x1f]", re.ASCII)
_QUOTED = re.compile(r'"(?:[^"]|"")*[,;\t|](?:[^"]|"")*"')
_LOOK = 10


def delimiter_advice(lines: Sequence[str]) -> str:
    """The option for a character that stands in each of the first lines as often as in the header; or nothing."""
    few = [line for line in lines[:_LOOK] if line.strip()]
    if few and all(_QUOTED.fullmatch(line.strip()) for line in few):
        return (
            "Each of its lines stands in quotes as a whole, and is one cell so. Export the file again without them, or "
            "take away the quotes at both ends of each line, and write two quotes within a line as one."
        )
    counts = [Counter(filter(str.isascii, _MAY_BE.findall(line))) for line in few]
    alike = (
        {mark: count for mark, count in counts[0].items() if all(c[mark] == count for c in counts)} if counts else {}
    )
    if not alike:
        return ""
    mark = max(alike, key=lambda mark: alike[mark])
    written = mark if mark.isprintable() else f"\\x{ord(mark):02x}"
    return f"If its cells are separated by '{written}', say --delimiter {shlex.quote(written)}."
