"""What each setting may be. The command line and callers from Python are held to the same limits."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

from importer.errors import SettingsError
from importer.text import is_text

MAX_SHARDS = 10_000
MAX_UNPACKED = 64 << 30

Ambiguous = Literal["earliest", "latest", "reject"]
DecimalMark = Literal["point", "comma"]
Duplicates = Literal["hold", "post", "skip"]
Overlap = Literal["stop", "allow"]
InDoubt = Literal["hold", "resend"]

_CHOICES = {
    "ambiguous": Ambiguous,
    "decimal": DecimalMark,
    "duplicates": Duplicates,
    "overlap": Overlap,
    "in_doubt": InDoubt,
}
WHOLE: dict[str, tuple[int, int | None]] = {
    "concurrency": (1, 1024),
    "attempts": (1, None),
    "stop_after": (1, None),
    "limit": (0, None),
    "bulk": (1, 100),
    "expect_rows": (0, None),
    "max_unpacked": (1, None),
}
"""Whole numbers: the least and the most; None for no end."""
_FINITE = ("rate", "timeout_s", "outage_wait_s")
_PATHS = ("results", "rejects", "report")
_LISTS = ("inputs", "keep", "already")


def validated(name: str, value: Any, default: Any) -> Any:
    """The value of a setting in its one form.

    Raises:
        SettingsError: it cannot be used.
    """
    if value is None and default is None:
        return None
    if name in _LISTS:
        return _texts(name, value)
    if name == "expect_total":
        return amount(value)
    is_met, wanted = _demand(name, value, default)
    if not is_met:
        # A text is not repeated: it could be the key.
        shown = f"of type {type(value).__name__}" if isinstance(default, str) else repr(value)
        raise SettingsError(f"{name} is {shown}; it must be {wanted}.")
    if name in _PATHS:
        return Path(value)
    return tuple(value) if name == "shard" else value


def _demand(name: str, value: Any, default: Any) -> tuple[bool, str]:
    """Whether the value is what it must be, and what that is."""
    if name in _PATHS:
        return isinstance(value, str | os.PathLike) and str(value) != "", "a path"
    if name in _CHOICES:
        choices = get_args(_CHOICES[name])
        return value in choices, f"one of {', '.join(choices)}"
    if name in WHOLE:
        least, most = WHOLE[name]
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        upper = "" if most is None else f" to {most}"
        return is_whole and least <= value <= (value if most is None else most), f"a whole number from {least}{upper}"
    if name in _FINITE:
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if name == "timeout_s":
            return is_number and value > 0, "a finite number above 0"
        return is_number and value >= 0, "a finite number, not below 0"
    if name == "shard":
        return is_shard(value), f"(i, n) with 1 <= i <= n <= {MAX_SHARDS:,}"
    if isinstance(default, bool):
        return isinstance(value, bool), "True or False"
    if isinstance(default, Mapping):
        texts = [*value, *value.values()] if isinstance(value, Mapping) else [value, None]
        return all(isinstance(text, str) and is_text(text) for text in texts), "a mapping of fields to texts in UTF-8"
    return isinstance(value, str), "a text"


def amount(value: object) -> Decimal:
    """A control total: a plain amount, exact.

    Raises:
        SettingsError: it is a float, negative, or written in another way.
    """
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, float | bool) or not re.fullmatch(r"[0-9]{1,30}(\.[0-9]{1,18})?", text):
        raise SettingsError(
            f"expect_total is {value!r}; it must be a plain amount such as '1234.50', without thousands separators."
        )
    return Decimal(text)


def is_shard(value: object) -> bool:
    """Whether it is a pair (i, n): part i of n."""
    match value:
        case (int() as part, int() as parts):
            return not isinstance(value[0], bool) and 1 <= part <= parts <= MAX_SHARDS
    return False


def _texts(name: str, value: Any) -> tuple[str, ...]:
    try:
        texts = [os.fspath(text) for text in ([value] if isinstance(value, str | os.PathLike) else value)]
    except TypeError:
        texts = [b""]
    if not all(isinstance(text, str) for text in texts):
        raise SettingsError(f"{name} is {value!r}; it must be a list of texts.")
    return tuple(texts)
