"""All options of a run: their defaults, their limits, and the frozen objects that hold them."""

from importer.settings.limits import (
    MAX_SHARDS,
    WHOLE,
    Ambiguous,
    DecimalMark,
    Duplicates,
    InDoubt,
    Overlap,
    amount,
    is_shard,
)
from importer.settings.values import InputSettings, Settings

__all__ = [
    "MAX_SHARDS",
    "WHOLE",
    "Ambiguous",
    "DecimalMark",
    "Duplicates",
    "InDoubt",
    "InputSettings",
    "Overlap",
    "Settings",
    "amount",
    "is_shard",
]
