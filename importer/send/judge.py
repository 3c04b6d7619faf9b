"""What an outcome means for the run: for the breaker, the rate, and the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.api import OutcomeKind
from importer.send import stop_reasons

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.api import Outcome
    from importer.send.attempt import Attempt, Doubts, Row
    from importer.send.breaker import CircuitBreaker
    from importer.send.counts import Counts
    from importer.send.rate_limiter import RateLimiter
    from importer.send.slots import Slots


@dataclass(slots=True)
class Judge:
    """Tells all who have to know how attempts and rows ended.

    Args:
        slots: ended when nothing more may be sent.
        resend: post rows again whose answer was lost.
        outage_wait_s: the longest wait that the API may ask for, or throttle everything for.
    """

    slots: Slots
    breaker: CircuitBreaker
    limiter: RateLimiter
    counts: Counts
    doubts: Doubts
    resend: bool
    outage_wait_s: float

    # -- attempts ----------------------------------------------------------------------------------------------

    def hear(self, outcome: Outcome, attempt: Attempt) -> None:
        """What an outcome says of the API, whatever it means for its rows."""
        if outcome.kind is OutcomeKind.RECORDED:
            self.breaker.answered(attempt.epoch)
            self.limiter.answered()
            return
        if outcome.http_status is not None:
            believable = outcome.kind not in (OutcomeKind.IN_DOUBT, OutcomeKind.TURNED_AWAY)
            self.breaker.answered(attempt.epoch, believable=believable)
        if outcome.kind is OutcomeKind.IN_DOUBT:
            self._hear_doubt(outcome, attempt)
        elif outcome.http_status is not None and outcome.kind is not OutcomeKind.THROTTLED:
            self.limiter.answered()

    def _hear_doubt(self, outcome: Outcome, attempt: Attempt) -> None:
        sheds_load = (outcome.http_status or 0) >= 500 and not self.breaker.is_tripped
        if sheds_load and self.limiter.lost(started_at=attempt.started_at):
            self.breaker.slowed_down(
                f"Something on the way to the API may be overloaded: rows end in doubt ({_in_words(outcome)}). The "
                "run goes on slower, and stops if that does not help."
            )
        told_s = outcome.retry_after_s
        if told_s is not None and told_s > self.outage_wait_s:
            self.slots.end(stop_reasons.told_to_wait(told_s))

    def throttled(self, outcome: Outcome, attempt: Attempt) -> float:
        """An attempt was throttled; returns the seconds that its rows should wait."""
        self.counts.throttled += 1
        told_s = outcome.retry_after_s
        if told_s is not None and told_s > self.outage_wait_s:
            self.slots.end(stop_reasons.told_to_wait(told_s))
        elif (starved_s := self.limiter.starved_s) > self.outage_wait_s:
            self.slots.end(stop_reasons.starved(starved_s))
        return self.limiter.throttled(told_s, started_at=attempt.started_at)

    def ends_the_run(self, outcome: Outcome) -> bool:
        """Whether nothing more may be sent, and the rows of this request were not: a doubt is settled as one."""
        if outcome.kind is OutcomeKind.STOP or outcome.stops:
            self.slots.end(stop_reasons.refusal(outcome))
        elif outcome.kind is OutcomeKind.TURNED_AWAY and not self.breaker.recorded_once:
            self.slots.end(stop_reasons.turned_away(outcome))
        else:
            return False
        return outcome.kind is not OutcomeKind.IN_DOUBT

    def is_tried_again(self, outcome: Outcome, epoch: int) -> bool:
        """Whether a row with this outcome is sent again; a lost answer counts as one all the same."""
        if outcome.kind is OutcomeKind.IN_DOUBT and self.resend and outcome.code != "echo_mismatch":
            self.breaker.attempt_in_doubt(epoch, why=_in_words(outcome), told_s=outcome.retry_after_s)
            return True
        return outcome.kind in (OutcomeKind.TRANSIENT, OutcomeKind.TURNED_AWAY)

    # -- rows --------------------------------------------------------------------------------------------------

    def settle(self, rows: Sequence[tuple[Row, Outcome]], epoch: int) -> None:
        """Count the rows of one request. The recorded ones first: with them nothing is wrong with the request."""
        recorded = refused = 0
        lost: list[Outcome] = []
        for row, outcome in rows:
            self.counts.settled += 1
            doubt = self.doubts.end(row)
            if outcome.kind is OutcomeKind.RECORDED:
                self.counts.add_recorded(row, outcome, sent_again=doubt is not None)
                recorded += 1
            elif outcome.kind is OutcomeKind.IN_DOUBT:
                self.counts.in_doubt += 1
                lost.append(outcome)
            elif doubt is not None:
                self.counts.in_doubt += 1
                self.breaker.row_spent_in_doubt()
            else:
                self.counts.not_recorded += 1
                refused += 1
        if recorded:
            self.breaker.rows_recorded(epoch)
        if refused:
            self.breaker.rows_rejected(refused)
        if lost:
            self.breaker.rows_in_doubt(epoch, len(lost), why=_in_words(lost[0]), told_s=lost[0].retry_after_s)

    def spend(self, row: Row) -> bool:
        """A row has no attempts left; returns whether it failed: when one of its answers was lost it is in doubt."""
        self.counts.settled += 1
        if self.doubts.end(row) is not None:
            self.counts.in_doubt += 1
            self.breaker.row_spent_in_doubt()
            return False
        self.counts.not_recorded += 1
        self.breaker.row_failed()
        return True


def _in_words(outcome: Outcome) -> str:
    """An outcome in a few words, for a sentence about the run."""
    status = f"HTTP {outcome.http_status}" if outcome.http_status is not None else None
    return ", ".join(filter(None, (status, outcome.text))) or outcome.code or "no answer"
