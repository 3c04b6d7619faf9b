"""What a column is by its name: moments, amounts and reasons of what was taken back, or of what made a row revenue."""

from __future__ import annotations

import pytest

from importer.schema.guards.status.names import Kind, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Return reason", Kind.BAD_IF_FILLED),
        ("return_number", Kind.BAD_IF_FILLED),
        ("Refund date", Kind.BAD_IF_FILLED),
        ("Cancelled at", Kind.BAD_IF_FILLED),
        ("Refund", Kind.BAD_IF_YES),
        ("Returned", Kind.BAD_IF_YES),
        ("Return", Kind.ANY),
        ("Return date", Kind.ANY),
        ("Return date reason", Kind.ANY),
        ("Approved at", Kind.BAD_IF_EMPTY),
        ("Paid at", Kind.BAD_IF_EMPTY),
        ("Order", Kind.ANY),
    ],
)
def test_a_moment_or_a_reason_says_that_something_happened(name, kind):
    """Of a return, which may be the way back of a journey, only a reason, an amount or a number says so."""
    assert kind_of(name) is kind
