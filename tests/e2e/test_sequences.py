"""A few of the random months of `tests.soak.sequences`, and that they would notice."""

from __future__ import annotations

import pytest

from tests.soak.sequences import control, live

MONTHS = [range(100, 104)]


@pytest.mark.parametrize("numbers", MONTHS, ids=["100"])
def test_a_few_months(warm, server_forker, numbers):
    """No row too often, none missing, no dead end."""
    figures, broken = live(warm, server_forker, numbers)
    assert not broken, "\n".join(broken)
    assert figures["runs"] > 20


def test_the_months_find_a_product_that_forgets(warm, server_forker):
    """The negative control."""
    assert control(warm, server_forker) >= 0
