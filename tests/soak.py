"""The long campaigns: `python -m tests.soak [KILLS]` kills imports that often (1,000 by default) and prints figures."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.support.campaign import Figures, busy, killed
from tests.support.faultserver import FaultServerProcess
from tests.support.inputs import rows
from tests.support.warm import Warm

KILLS = 1000
KILLS_A_CAMPAIGN = 10
ROWS = 250


def kills(wanted: int, seed: int = 1) -> Figures:
    """Kill imports at random moments, in campaigns of a few kills each; raises `OracleError` at the first fault."""
    random, figures = Random(seed), Figures()
    with Warm() as warm:
        for campaign in range(-(-wanted // KILLS_A_CAMPAIGN)):
            with tempfile.TemporaryDirectory() as folder:
                server = FaultServerProcess(busy(), Path(folder) / "server" / "ledger")
                (Path(folder) / "server").mkdir()
                with server:
                    month = rows(ROWS, start=campaign * ROWS % 100_000)
                    bulk = random.choice([None, None, 4])
                    figures += killed(warm, server, Path(folder), month, random, kills=KILLS_A_CAMPAIGN, bulk=bulk)
            print(f"{time.strftime('%H:%M:%S')} {figures}", flush=True)
    return figures


def main() -> None:
    """Run every campaign and print what was seen."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else KILLS
    figures = kills(wanted)
    print(f"stored twice 0, lost 0, falsely recorded or rejected 0: {figures}")


if __name__ == "__main__":
    main()
