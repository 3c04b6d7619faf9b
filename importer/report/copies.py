"""Results files that are copies of each other: both tell of the same rows, which would count twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from importer.errors import ResultsError
from importer.journal import with_a_run_in_common

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.results import ImportRecord


@dataclass(frozen=True, slots=True)
class Origin:
    """What copies of a results file have in common with it.

    `runs` are those that its journal names; `digests` those of RESULTS as they were written, or where there is no
    journal (`is_alone`) that of the file itself.
    """

    path: str = ""
    runs: frozenset[str] = frozenset()
    digests: frozenset[str | None] = frozenset()
    is_alone: bool = False

    @classmethod
    def of(cls, record: ImportRecord) -> Self:
        """That of one RESULTS.

        Raises:
            ResultsError: it cannot be read.
        """
        events, is_alone = record.history.events, not record.has_journal
        digests = {record.sha256} if is_alone else events.digests
        return cls(str(record.path), frozenset(events.began), frozenset(digests), is_alone)


def refuse_copies(origins: Sequence[Origin]) -> None:
    """Name two files that are copies.

    Raises:
        ResultsError: two are.
    """
    for one, other in _copies(origins):
        raise ResultsError(
            f"{one} is a copy of {other}, or an older state of it: both tell of the same rows, which would count "
            "twice. Name one of them, the one that imports go on with."
        )


def _copies(origins: Sequence[Origin]) -> Iterator[tuple[str, str]]:
    """Which is a copy of which: one without a journal of what another one wrote."""
    yield from with_a_run_in_common({one.path: one.runs for one in origins})
    for one in (origin for origin in origins if origin.is_alone):
        yield from ((one.path, other.path) for other in origins if other is not one and one.digests & other.digests)
