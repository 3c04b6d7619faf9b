"""Which shards of an import are there, when not all are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def some_shards(parts: Iterable[str | None]) -> str:
    """`shard 2 of 4`, `shards 1, 2, 4 of 4` where others are missing; empty where all are there, or there are none."""
    pairs = sorted({(int(of), int(part)) for name in parts if name for part, of in [name.split("/")]})
    counts = {of for of, _ in pairs}
    if len(counts) == 1 and len(pairs) == max(counts):
        return ""
    named = []
    for count in sorted(counts):
        here = [str(part) for of, part in pairs if of == count]
        named.append(f"shard{'s' if len(here) > 1 else ''} {', '.join(here)} of {count}")
    return " and ".join(named)
