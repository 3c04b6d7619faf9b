"""What a seed chooses, one number after the other; 0 is always the choice in which nothing goes wrong."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")


class Choices:
    """Chooses at random by a seed, or as it is told; beyond what it is told, 0. `made` are the choices so far."""

    def __init__(self, seed: int | None = None, told: Sequence[int] = ()) -> None:
        self.made: list[int] = []
        self._told = told
        self._random = None if seed is None else Random(seed)

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        if self._random is not None:
            number = self._random.randrange(limit)
        else:
            number = min(self._told[len(self.made)], limit - 1) if len(self.made) < len(self._told) else 0
        self.made.append(number)
        return number

    def chance(self, per_cent: int) -> bool:
        """Whether it happens: with a number of 0 it does not."""
        return self.below(100) >= 100 - per_cent

    def one_of(self, options: Sequence[T]) -> T:
        """One of these, the most harmless first."""
        return options[self.below(len(options))]


def shortest(made: Sequence[int], fails: Callable[[Sequence[int]], bool], limit_s: float = 60.0) -> list[int]:
    """Fewer and smaller choices with which it still fails, found within `limit_s` seconds."""
    best, deadline = list(made), time.monotonic() + limit_s
    progress = True
    while progress:
        progress = False
        for candidate in _simpler(best):
            if time.monotonic() > deadline:
                return best
            if candidate != best and fails(candidate):
                best, progress = candidate, True
                break
    return best


def _simpler(made: list[int]) -> Iterator[list[int]]:
    """The same with a part left out, or made harmless: large parts first."""
    size = len(made)
    while size:
        for at in range(0, len(made), size):
            yield made[:at] + made[at + size :]
            if any(made[at : at + size]):
                yield made[:at] + [0] * len(made[at : at + size]) + made[at + size :]
        size //= 2
    for at, number in enumerate(made):
        for smaller in {number // 2, number - 1} if number > 1 else ():
            yield [*made[:at], smaller, *made[at + 1 :]]
