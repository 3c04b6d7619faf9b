"""What is loaded, and what not before it is used."""

from __future__ import annotations

import subprocess
import sys

HTTP = ("aiohappyeyeballs", "httptools", "httpx", "tenacity", "uvloop", "truststore", "importer.send.loop")


def test_a_check_loads_nothing_that_speaks_http(tmp_path):
    """What loads long and is of no use to a check stays away: it posts nothing."""
    file = tmp_path / "june.csv"
    file.write_text("message_id,revenue,attribution_type\na1b2c3d4,24.99,sale\n")
    watched = f"""
import sys
from importer.cli.program import run
status = run(["check", {str(file)!r}])
print("loaded:", *(name for name in {HTTP!r} if name in sys.modules))
sys.exit(status)
"""
    result = subprocess.run([sys.executable, "-c", watched], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("loaded:\n")
