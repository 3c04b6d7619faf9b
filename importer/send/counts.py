"""What has happened so far in a run, for the progress display and the summary; the truth is the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from importer.model import EXACT
from importer.send.repeated_ids import RepeatedIds

if TYPE_CHECKING:
    from importer.api import Outcome
    from importer.send.attempt import Row

_MOST_WARNINGS = 100


@dataclass(slots=True)
class Counts:
    """Rows by what became of them, and requests that left, the repeated ones among them."""

    settled: int = 0
    recorded: int = 0
    recorded_revenue: Decimal = Decimal(0)
    in_doubt: int = 0
    not_recorded: int = 0
    requests: int = 0
    retries: int = 0
    throttled: int = 0
    sent_again: int = 0
    warnings: list[str] = field(default_factory=list)
    ids: RepeatedIds = field(default_factory=RepeatedIds)

    def add_recorded(self, row: Row, outcome: Outcome, *, sent_again: bool) -> None:
        """A row was recorded, perhaps after an answer to it had been lost."""
        self.recorded += 1
        self.recorded_revenue = EXACT.add(self.recorded_revenue, Decimal(row.revenue))
        self.sent_again += sent_again
        if outcome.revenue_id is not None:
            self.ids.add(outcome.revenue_id, row)
        if outcome.warning and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(f"{row.source} row {row.row}: {outcome.warning}")

    def all_warnings(self) -> tuple[str, ...]:
        """What a person must hear of the run."""
        again = f"Sent again after a lost answer (--in-doubt resend), and so perhaps stored twice: {self.sent_again:,}."
        return (*([again] if self.sent_again else []), *self.ids.warnings(), *self.warnings)
