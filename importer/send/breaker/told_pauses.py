"""Pauses that an answer in doubt asks for, as with the `Retry-After` of a 503.

Some gateways ask for a pause with each answer that they lose. Where rows get through all the same, a pause that was
kept is not kept again for so long.
"""

from __future__ import annotations

import math

_KEPT_FOR_S = 60.0


class ToldPauses:
    """Remembers the last pause that was kept, and whether anything got through since."""

    def __init__(self) -> None:
        self._is_kept_until = -math.inf
        self._has_got_through = False

    def got_through(self) -> None:
        """A row was recorded."""
        self._has_got_through = True

    def is_to_keep(self, now: float, told_s: float) -> bool:
        """Whether to pause for `told_s` seconds from `now` on; if so, that is noted as kept."""
        if self._has_got_through and now < self._is_kept_until:
            return False
        self._is_kept_until = now + told_s + _KEPT_FOR_S
        self._has_got_through = False
        return True
