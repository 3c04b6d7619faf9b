"""What is loaded, and what not before it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.faultserver.plan import CANARY_KEY
from tests.support.inputs import rows, write_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

HTTP = ("aiohappyeyeballs", "httptools", "httpx", "tenacity", "uvloop", "truststore", "importer.send.loop")
OTHER_FORMATS = ("importer.sources.excel.reader", "importer.sources.parquet.reader")


def loaded(arguments: Sequence[object], names: Sequence[str]) -> str:
    """Which of these modules a command that ends well has loaded."""
    watched = f"""
import sys
from importer.cli.program import run
status = run({[*map(str, arguments)]!r})
print("loaded:", *(name for name in {names!r} if sys.modules.get(name)))
sys.exit(status)
"""
    env = {**os.environ, "TRACKLY_API_KEY": CANARY_KEY}
    result = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True, env=env)
    return result.stdout.rpartition("loaded:")[2].strip()


def test_a_check_loads_nothing_that_speaks_http(tmp_path):
    """What loads long and is of no use to a check stays away: it posts nothing, and this file is CSV."""
    assert loaded(["check", write_csv(tmp_path / "june.csv", rows(1))], (*HTTP, *OTHER_FORMATS)) == ""


def test_an_import_does_not_load_the_command_line_of_httpx(tmp_path, healthy_server):
    """It would come with all of rich and Pygments, which are installed here, and take longer than the rest of httpx."""
    file = write_csv(tmp_path / "june.csv", rows(1))
    names = ("httpx", "rich", "pygments", *OTHER_FORMATS)
    assert loaded(["import", file, "--base-url", healthy_server.url], names) == "httpx"
    assert len(healthy_server.ledger()) == 1
