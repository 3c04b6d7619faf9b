"""Why a run ends early: what the sentences say of the row, and the exit status."""

from __future__ import annotations

import pytest

from importer.api import Outcome, OutcomeKind
from importer.send import stop_reasons


@pytest.mark.parametrize(
    ("kind", "status", "word", "said"),
    [
        (OutcomeKind.STOP, 401, "key_refused", "Check the key"),
        (OutcomeKind.STOP, 402, "account_refused", "Settle that"),
        (OutcomeKind.STOP, 403, "account_refused", "Settle that"),
        (OutcomeKind.IN_DOUBT, 403, "account_refused", "so that row is in doubt"),
        (OutcomeKind.IN_DOUBT, 303, "wrong_url", "may have been stored before that"),
        (OutcomeKind.STOP, 302, "wrong_url", "a redirect (302), which is not followed. Check"),
        (OutcomeKind.STOP, 407, "proxy_refused", "HTTPS_PROXY"),
        (OutcomeKind.STOP, 404, "wrong_url", "not found at this address (404)"),
    ],
)
def test_a_refusal_says_whether_its_row_may_be_stored(kind: OutcomeKind, status: int, word: str, said: str) -> None:
    """A page that forbids, and 303, may come after the API stored the row; what the API itself refuses does not."""
    stop = stop_reasons.refusal(Outcome(kind, f"http_{status}", None, status))
    assert (stop.word, said in stop.sentence, stop.exit_status) == (word, True, 3), stop.sentence
    may_be_stored = "in doubt" in stop.sentence or "may have been stored" in stop.sentence
    assert may_be_stored == (kind is OutcomeKind.IN_DOUBT)


@pytest.mark.parametrize(
    ("code", "text", "word", "said"),
    [
        (
            "certificate",
            "certificate has expired",
            "certificate",
            "(certificate has expired). Nothing was sent. Check the",
        ),
        ("certificate", "tlsv13 alert certificate required", "certificate", "asks for a client certificate"),
        ("certificate", "Hostname mismatch", "certificate", "check the host name in --base-url"),
        (
            "certificate",
            "unable to get local issuer",
            "certificate",
            "(unable to get local issuer). Nothing was sent. ",
        ),
        ("certificate", None, "certificate", "is not trusted here (). Nothing was sent."),
        ("proxy_refused", "the proxy said 407", "proxy_refused", "Nothing was sent: the proxy said 407."),
    ],
)
def test_what_kept_everything_from_being_sent_is_said(code: str, text: str | None, word: str, said: str) -> None:
    stop = stop_reasons.no_way(Outcome(OutcomeKind.STOP, code, text))
    assert (stop.word, said in stop.sentence) == (word, True), stop.sentence
