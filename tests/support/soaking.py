"""What the long campaigns (`tests/soak`) say while they run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def run_all(campaigns: Iterable[Callable[[float], object]], scale: float) -> None:
    """Run each campaign and print its figures and its time; the first broken promise ends it."""
    for campaign in campaigns:
        began = time.monotonic()
        figures = campaign(scale)
        print(f"{campaign.__name__}: {figures} ({time.monotonic() - began:.0f} s)", flush=True)


def say(text: str) -> None:
    """Print how far a campaign is."""
    print(f"  {time.strftime('%H:%M:%S')} {text}", flush=True)
