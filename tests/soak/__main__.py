"""All long campaigns: `python -m tests.soak [SCALE]`, 1 being the whole of them (hours), 0.01 a try (minutes)."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path


def main(scale: float = 1.0) -> None:
    """Run every campaign of this folder; the first broken promise ends it."""
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        began = time.monotonic()
        print(f"{path.stem} at scale {scale:g}", flush=True)
        importlib.import_module(f"tests.soak.{path.stem}").main(scale)
        print(f"{path.stem}: all promises kept, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
