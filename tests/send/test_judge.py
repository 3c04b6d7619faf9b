"""What an outcome means for the run: which lost answers are a reason to go slower."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from importer.api import Outcome, OutcomeKind
from importer.send import judge as judge_module
from importer.send.attempt import Attempt, Doubts
from importer.send.counts import Counts
from importer.send.judge import Judge
from importer.send.slots import Slots


@pytest.mark.parametrize(
    ("http_status", "is_tripped", "is_slower"),
    [(503, False, True), (500, False, True), (499, False, False), (None, False, False), (503, True, False)],
)
def test_a_server_error_in_doubt_is_a_reason_to_go_slower_until_the_breaker_trips(http_status, is_tripped, is_slower):
    """A gateway that sheds load speaks so; after a trip the breaker has lowered the pace itself."""
    heard, slower = [], []
    breaker = SimpleNamespace(
        is_tripped=is_tripped, answered=lambda *_args, **_options: None, slowed_down=slower.append
    )
    limiter = SimpleNamespace(lost=lambda started_at: heard.append(started_at) or True, answered=lambda: None)
    judge = Judge(Slots(), breaker, limiter, Counts(), Doubts(), resend=False, outage_wait_s=900)
    judge.hear(Outcome(OutcomeKind.IN_DOUBT, http_status=http_status), Attempt(1, 0, 7.5))
    assert (heard, len(slower)) == (([7.5], 1) if is_slower else ([], 0))


@pytest.mark.parametrize(("told_s", "ends"), [(None, False), (900.0, False), (900.1, True)])
def test_a_lost_answer_that_asks_for_too_long_a_wait_ends_the_run(told_s, ends):
    """As long as the person is willing to wait is not too long."""
    slots = Slots()
    breaker = SimpleNamespace(is_tripped=True, answered=lambda *_args, **_options: None)
    judge = Judge(slots, breaker, SimpleNamespace(), Counts(), Doubts(), resend=False, outage_wait_s=900)
    judge.hear(Outcome(OutcomeKind.IN_DOUBT, http_status=503, retry_after_s=told_s), Attempt(1, 0, 7.5))
    assert (slots.stop is not None) == ends


@pytest.mark.parametrize(
    ("told_s", "starved_s", "why"),
    [
        (None, 0.0, None),
        (900.0, 0.0, None),
        (900.1, 0.0, "told to wait"),
        (None, 900.0, None),
        (None, 900.1, "throttled"),
        (60.0, 900.1, "throttled"),
    ],
)
def test_a_throttled_attempt_ends_the_run_when_the_wait_is_too_long(told_s, starved_s, why, monkeypatch):
    """Told so, or throttled for so long that nothing came through; what waits is told how long in any case."""
    monkeypatch.setattr(judge_module.stop_reasons, "told_to_wait", lambda _seconds: "told to wait")
    monkeypatch.setattr(judge_module.stop_reasons, "starved", lambda _seconds: "throttled")
    slots, counts, told = Slots(), Counts(), []
    limiter = SimpleNamespace(starved_s=starved_s, throttled=lambda seconds, started_at: told.append(seconds) or 1.5)
    judge = Judge(slots, SimpleNamespace(), limiter, counts, Doubts(), resend=False, outage_wait_s=900)
    outcome = Outcome(OutcomeKind.THROTTLED, http_status=429, retry_after_s=told_s)
    assert judge.throttled(outcome, Attempt(1, 0, 7.5)) == 1.5
    assert (slots.stop, told, counts.throttled) == (why, [told_s], 1)


@pytest.mark.parametrize(
    ("status", "text", "code", "said"),
    [
        (503, "Service Unavailable", "http_503", "HTTP 503, Service Unavailable"),
        (503, None, "http_503", "HTTP 503"),
        (None, "the connection was closed", "connection_lost", "the connection was closed"),
        (None, None, "timeout", "timeout"),
        (None, None, None, "no answer"),
    ],
)
def test_a_lost_answer_in_a_few_words(status, text, code, said):
    assert judge_module._in_words(Outcome(OutcomeKind.IN_DOUBT, code, text, status)) == said
