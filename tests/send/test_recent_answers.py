"""What throttled answers say of the rate: strays are told from a limit by the share that stays when it was lowered."""

from __future__ import annotations

import pytest

from importer.send.recent_answers import RecentAnswers


def take(answers: RecentAnswers, second: int, throttled: int, through: int, *, lowered: bool = True) -> None:
    """So many answers of each kind in this second, and one more that ends it."""
    for _ in range(throttled):
        answers.add_throttled(second * 1.01 + 0.5, None, lowered=lowered)
    for _ in range(through):
        answers.add_through(second * 1.01 + 0.5, lowered=lowered)
    answers.add_through(second * 1.01 + 1.01, lowered=lowered)


@pytest.mark.parametrize(
    ("throttled", "through", "share"),
    [
        (1, 3, 1 / 55),  # one is a stray in a second of however few answers
        (2, 3, 0.0),  # two of six are more than strays can be
        (2, 13, 0.0),
        (2, 14, 2 / 67),  # 12 % of the second's answers, the one that ends it included
        (12, 87, 0.06),  # no larger share is believed
        (0, 100, 0.0),
    ],
)
def test_a_second_of_few_throttled_answers_tells_of_strays(throttled: int, through: int, share: float) -> None:
    answers = RecentAnswers(0.0)
    take(answers, 0, throttled, through)
    assert answers.stray_share == pytest.approx(share, abs=1e-9)


def test_without_a_lower_rate_nothing_tells_strays_from_a_limit() -> None:
    answers = RecentAnswers(0.0)
    take(answers, 0, 1, 3, lowered=False)
    assert answers.stray_share == 0.0


def test_what_is_known_of_strays_is_forgotten_by_and_by() -> None:
    """A twentieth each second, so that thirty seconds without a stray leave little of ten with them."""
    answers = RecentAnswers(0.0)
    for second in range(10):
        take(answers, second, 2, 97)
    before = answers.stray_share
    for second in range(10, 40):
        take(answers, second, 0, 99)
    assert before == pytest.approx(0.0188, abs=0.0002)
    assert answers.stray_share == pytest.approx(0.0019, abs=0.0002)
