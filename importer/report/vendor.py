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
class VendorSection:
    """An export of the vendor's records beside the results.

    `parts` add up to `total`, what the export has; `ours` are told of rows of the results. `rows` are the first of each
    kind that needs a person: kind, place, message id, amount, and what there is to say.
    """

    export: str
    sha256: str
    parts: tuple[VendorPart, ...]
    total: Share
    ours: tuple[VendorPart, ...]
    rows: tuple[tuple[str, str, str, str, str], ...]
    notes: tuple[str, ...]
