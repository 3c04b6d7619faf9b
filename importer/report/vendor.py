"""What a comparison with the vendor's records adds to a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.model import Share


@dataclass(frozen=True, slots=True)
class VendorPart:
    """Rows and money of one kind, and what the kind means."""

    name: str
    share: Share
    meaning: str


@dataclass(frozen=True, slots=True)
class VendorRows:
    """Rows or lines of one kind that need a person, or totals that differ.

    `rows` are the largest: place, message id, amount, and what there is to say. `rest` says how many more there are,
    and how much where that is known; it is empty where there are none.
    """

    part: VendorPart
    rows: tuple[tuple[str, str, str, str], ...]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class VendorStep:
    """One thing to do: in words, and the commands for it; `options` are what to add to the same comparison."""

    text: str
    options: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSection:
    """An export of the vendor's records beside the results.

    `verdict` says in a sentence what it came to, and `agrees` whether all is well. `parts` add up to `total`, what the
    export has; `ours` are told of rows of the results.
    """

    export: str
    sha256: str
    agrees: bool
    verdict: str
    parts: tuple[VendorPart, ...]
    total: Share
    ours: tuple[VendorPart, ...]
    rows: tuple[VendorRows, ...]
    steps: tuple[VendorStep, ...]
    notes: tuple[str, ...]
