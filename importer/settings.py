"""All options of a run in one frozen object; the only place that knows their defaults and what is allowed."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_BASE_URL = "https://app.tracklysms.com/api"
MAX_SHARDS = 10_000

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
# Whole numbers, least and most, None for no end; `None` as the value itself is "not given".
WHOLE: dict[str, tuple[int, int | None]] = {
    "concurrency": (1, 1024),
    "attempts": (1, None),
    "stop_after": (1, None),
    "limit": (0, None),
    "bulk": (1, 100),
    "expect_rows": (0, None),
}
_FINITE = ("rate", "timeout_s", "outage_wait_s")
_PATHS = ("results", "rejects", "report")
_LISTS = ("inputs", "keep", "already")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How the input is to be read and judged: shared by `check` and `import`.

    Paths may be given as texts, one input or column instead of a list, an amount as text.

    Raises:
        SettingsError: a value that cannot be used; the command line knows the same limits.
    """

    inputs: tuple[str, ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)
    set: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    timezone: str = "UTC"
    timestamp_format: str | None = None
    ambiguous: Ambiguous = "reject"
    decimal: DecimalMark | None = None
    delimiter: str | None = None
    sheet: str | None = None
    any_message_id: bool = False
    duplicates: Duplicates = "hold"
    already: tuple[str, ...] = ()
    overlap: Overlap = "stop"
    strict: bool = False
    expect_rows: int | None = None
    expect_total: Decimal | None = None
    shard: tuple[int, int] | None = None
    results: Path | None = None
    rejects: Path | None = None
    base_url: str = DEFAULT_BASE_URL
    sandbox: bool = False

    def __post_init__(self) -> None:
        for name, value in self._given():
            object.__setattr__(self, name, _usable(name, value))

    def _given(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__dataclass_fields__]

    @property
    def shard_name(self) -> str | None:
        """The shard as a header and an event name it: `2/4`."""
        return None if self.shard is None else f"{self.shard[0]}/{self.shard[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(InputSettings):
    """Everything an import needs. Times are in seconds; `rate` is requests a second, 0 for no limit."""

    api_key: str = field(default="", repr=False)
    allow_http: bool = False
    rate: float = 100.0
    concurrency: int = 32
    timeout_s: float = 30.0
    attempts: int = 5
    outage_wait_s: float = 900.0
    stop_after: int = 20
    in_doubt: InDoubt = "hold"
    limit: int | None = None
    bulk: int | None = None
    retry_rejected: bool = False
    allow_missing: bool = False
    resume_only: bool = False
    report: Path | None = None


def _usable(name: str, value: Any) -> Any:
    """The value in its one form."""
    if name in _LISTS:
        return tuple(map(os.fspath, [value] if isinstance(value, str | os.PathLike) else value))
    if value is None:
        return None
    if name in _PATHS:
        return Path(value)
    if name == "expect_total":
        return _amount(value)
    if name in _CHOICES and value not in get_args(_CHOICES[name]):
        raise SettingsError(f"{name} is {value!r}; it must be one of {', '.join(get_args(_CHOICES[name]))}.")
    if name in WHOLE and not _is_within(value, *WHOLE[name]):
        least, most = WHOLE[name]
        upper = "" if most is None else f" to {most}"
        raise SettingsError(f"{name} is {value!r}; it must be a whole number from {least}{upper}.")
    if name in _FINITE and not _is_number(value):
        raise SettingsError(f"{name} is {value!r}; it must be a finite number, not below 0.")
    if name == "timeout_s" and value == 0:
        raise SettingsError("timeout_s is 0; an attempt needs some time.")
    if name == "shard" and not _is_shard(value):
        raise SettingsError(f"shard is {value!r}; it must be (i, n) with 1 <= i <= n <= {MAX_SHARDS:,}.")
    return value


def _amount(value: Any) -> Decimal:
    if isinstance(value, float):
        raise SettingsError(f"expect_total is {value!r}, which is not exact; give a Decimal or a text.")
    try:
        amount = Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        amount = Decimal("nan")
    if not amount.is_finite():
        raise SettingsError(f"expect_total is {value!r}; it must be a plain amount such as 1234.50.")
    return amount


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value >= 0


def _is_within(value: Any, least: int, most: int | None) -> bool:
    return isinstance(value, int) and least <= value and (most is None or value <= most)


def _is_shard(value: Any) -> bool:
    match value:
        case (int() as part, int() as parts):
            return 1 <= part <= parts <= MAX_SHARDS
    return False
