"""A value of each kind of option, for tests that go through the whole table."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from importer.settings import ByField, Choices, File, Flag, Number, OneOf, Text, Texts, Whole
from importer.settings.conditions import Conditions
from importer.settings.kinds import Names
from importer.settings.notations import Amount, Delimiter, Part, Period, PlanDigest, Size

if TYPE_CHECKING:
    from importer.settings import Option

_OF_KIND = {
    Amount: Decimal("1.50"),
    ByField: {"revenue": "a"},
    Choices: {"revenue": ("a", "b")},
    Conditions: ("a=b",),
    Delimiter: "\t",
    File: Path("a.html"),
    Flag: True,
    Names: ("a", "b,c"),
    Number: 1.5,
    Part: (1, 2),
    Period: "2026-06",
    PlanDigest: "0" * 64,
    Size: 3,
    Text: "Europe/Berlin",
    Texts: ("a",),
    Whole: 2,
}


def other_value(one: Option) -> object:
    """Some value of an option that is not its default."""
    if isinstance(one.kind, OneOf):
        return next(word for word in reversed(one.kind.words) if word != one.default)
    return _OF_KIND[type(one.kind)]
