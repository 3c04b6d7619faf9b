"""The option that leaves out a line that is no row, by what stands where an id should be."""

from __future__ import annotations

import shlex

from importer.settings import condition_text


def way_to_leave_out(cell: str, title: str | None) -> str:
    """What to say of it behind what the line is; nothing, where no column has the ids.

    Args:
        cell: what stands there, without space around.
        title: the name of the column of ids.
    """
    if title is None:
        return ""
    option = f"--where {shlex.quote(condition_text(title, [cell], is_not=True))}"
    return f"; {option} leaves it out" + ("" if cell else ", as it does all rows without an id")
