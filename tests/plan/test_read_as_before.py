"""Rows that earlier runs sent are recognised by the options of those runs, also as older journals have them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from importer.journal import Events
from importer.plan.rereading import Rereader
from importer.run.job import started
from importer.schema import Normaliser, Rules
from importer.settings import Settings
from tests.support.normalised import COLUMNS, NOW, batch

if TYPE_CHECKING:
    from importer.journal import RunStart


def start(**options: Any) -> RunStart:
    """The event of a run with these options, as a journal keeps it."""
    event = started(Settings(), "target", [], {})
    return replace(event, options={**event.options, **options})


CELLS = {
    "one format, as older versions wrote it": ({"timestamp_format": "%d/%m/%Y"}, {"timestamp": "08/02/2026"}),
    "no format": ({"timestamp_format": None}, {"timestamp": "1999-06-05T12:00:00Z"}),
    "several formats": ({"timestamp_format": ["%d/%m/%Y", "%d.%m.%Y"]}, {"timestamp": "08.02.2026"}),
    "names of values": ({"value": ["attribution_type:Verkauf=sale"]}, {"attribution_type": "verkauf"}),
    "a word that is no offer": ({}, {"offer_id": "NULL"}),
    "a year before 2000": ({}, {"timestamp": "1970-01-01T00:00:00Z"}),
}


@pytest.mark.parametrize(("options", "cells"), CELLS.values(), ids=CELLS)
def test_what_an_earlier_run_sent_is_known_again(options: dict[str, Any], cells: dict[str, str]) -> None:
    """Now it breaks a rule; its keys are those that it had then."""
    rows = batch([cells])
    now = Normaliser(Rules(now=NOW))(rows, COLUMNS)
    assert now["error_code"].null_count() == 0
    known = Rereader(Settings(), Events((start(**options),)))(now, rows, COLUMNS)
    assert known.select(pl.col("key_a", "key_b").is_not_null()).row(0) == (True, True)


def test_a_refund_was_never_sent() -> None:
    """No version could send a negative amount."""
    rows = batch([{"revenue": "-5"}])
    now = Normaliser(Rules(now=NOW))(rows, COLUMNS)
    known = Rereader(Settings(), Events((start(),)))(now, rows, COLUMNS)
    assert known["key_a"].to_list() == [None]
