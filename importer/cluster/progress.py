"""What the workers tell while they import, as the progress of one import."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from importer.model import Progress, Share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.model import Listener, Summary


class ShardProgress:
    """Hears all workers, and tells the listener of them as of one import.

    `checks` are the summaries of the shards before anything was posted.
    """

    def __init__(self, listener: Listener, checks: Sequence[Summary]) -> None:
        self._listener = listener
        self._to_post = sum(check.posted.rows for check in checks)
        self._shards = len(checks)
        # A shard whose worker died has several lives; each counts what it did itself.
        self._lives: dict[tuple[int, str], dict[str, Any]] = {}

    @property
    def requests(self) -> int:
        """All requests that were told of."""
        return sum(int(look["requests"]) for look in self._lives.values())

    def hear(self, event: tuple[float, dict[str, Any]]) -> None:
        """Take one message of a worker."""
        said = event[1]
        if "notice" in said:
            level, word, text = said["notice"]
            self._listener.notice(level, word, f"Shard {said['shard']}/{self._shards}: {text}")
            return
        self._lives[said["shard"], said["life"]] = said["progress"]
        looks = list(self._lives.values())
        recorded = sum((Share(rows, Decimal(text)) for rows, text in (look["recorded"] for look in looks)), Share())
        sums = {
            name: sum(int(look[name]) for look in looks) for name in ("settled", "in_doubt", "not_recorded", "requests")
        }
        self._listener.progress(
            Progress(
                to_post=self._to_post,
                recorded=recorded,
                elapsed_s=max(look["elapsed_s"] for look in looks),
                state=next((look["state"] for look in looks if look["state"]), ""),
                **sums,
            )
        )
