"""A few months of the model of a user (`support.person`), always the same ones, and that they find a wrong identity."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.user import by_row_number
from tests.support.person import machine

FEW = settings(
    max_examples=3, stateful_step_count=5, derandomize=True, database=None, deadline=None,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate],
)  # fmt: skip


def test_a_few_months(warm, server_forker):
    """No row too often, none missing, no dead end."""
    run_state_machine_as_test(machine(warm, server_forker), settings=FEW)


def test_the_model_finds_rows_that_are_known_by_their_numbers(warm, server_forker):
    """The negative control."""
    with by_row_number(), pytest.raises(AssertionError):
        run_state_machine_as_test(machine(warm, server_forker), settings=settings(FEW, max_examples=20))
