"""All options of a run in one frozen object; the only place that knows their defaults. Limits are in `limits`."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING

from importer.settings.limits import MAX_UNPACKED, validated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from importer.settings.limits import Ambiguous, DecimalMark, Duplicates, InDoubt, Overlap

DEFAULT_BASE_URL = "https://app.tracklysms.com/api"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How the input is to be read and judged: shared by `check` and `import`.

    Each field is the command line's option of that name, with `_` for `-`; the README's table says what it does.
    Paths may be given as texts, one input or column instead of a list, an amount as text.

    Raises:
        SettingsError: a value that cannot be used.
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
    max_unpacked: int = MAX_UNPACKED
    any_message_id: bool = False
    duplicates: Duplicates = "hold"
    already: tuple[str, ...] = ()
    overlap: Overlap = "stop"
    allow_missing: bool = False
    strict: bool = False
    expect_rows: int | None = None
    expect_total: Decimal | None = None
    shard: tuple[int, int] | None = None
    results: Path | None = None
    rejects: Path | None = None
    base_url: str = DEFAULT_BASE_URL
    sandbox: bool = False

    def __post_init__(self) -> None:
        for one in fields(self):
            default = one.default if one.default is not MISSING else {}
            object.__setattr__(self, one.name, validated(one.name, getattr(self, one.name), default))

    @property
    def shard_name(self) -> str | None:
        """The shard as a header and an event name it: `2/4`."""
        return None if self.shard is None else f"{self.shard[0]}/{self.shard[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(InputSettings):
    """Everything an import needs. Times (`_s`) are in seconds; `rate` is requests a second, 0 for no limit."""

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
    resume_only: bool = False
    no_index: bool = False
    report: Path | None = None
