"""What a run of the command begins with, and what it ends with."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.faultserver.plan import CANARY_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM = (sys.executable, "-m", "importer")
SEEN: list[bytes] = []
"""Everything that the runs of this test printed, and what `ps` could see of them."""

_ROOT = Path(__file__).resolve().parents[2]
_NOBODY = "http://127.0.0.1:9/api"


@dataclass(frozen=True)
class Result:
    """How a run ended.

    Of a run on a terminal `stdout` is all that the screen showed, without colours and cursor moves; `raw` has them.
    """

    args: tuple[str, ...]
    exit: int
    stdout: str
    stderr: str
    duration_s: float
    raw: bytes = b""

    @cached_property
    def json(self) -> Any:
        """The JSON object that stdout ends with (numbers with a point as Decimal); None if there is none."""
        for match in re.finditer(r"^\{", self.stdout, re.MULTILINE):
            with contextlib.suppress(ValueError):
                return json.loads(self.stdout[match.start() :], parse_float=Decimal)
        return None

    @property
    def results(self) -> Path:
        """The results file that the summary names."""
        return Path(self.json["results"])

    def __str__(self) -> str:
        return f"{' '.join(self.args)}: exit {self.exit}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


def environment(
    args: Sequence[object] = (), key: str | None = CANARY_KEY, extra: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    """A user's environment with nothing of ours in it but where the package is, the key, and no colours.

    Without `--base-url` and `--sandbox` the base URL is a closed port of loopback: no test can reach the vendor.
    """
    chosen: dict[str, str | None] = {name: os.environ.get(name) for name in ("PATH", "TMPDIR", "SYSTEMROOT")}
    chosen |= {"LANG": "C.UTF-8", "NO_COLOR": "1", "HOME": tempfile.gettempdir(), "TRACKLY_API_KEY": key}
    chosen["PYTHONPATH"] = _package_folder()
    chosen["XDG_STATE_HOME"] = os.environ.get("XDG_STATE_HOME") or state_home()
    if not any(str(arg).startswith(("--base-url", "--sandbox")) for arg in args):
        chosen["TRACKLY_BASE_URL"] = _NOBODY
    return {name: value for name, value in {**chosen, **(extra or {})}.items() if value is not None}


@cache
def state_home() -> str:
    """A state folder for this process and those that it starts: no test writes to that of the user."""
    folder = tempfile.mkdtemp(prefix="revenue-importer-state-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _package_folder() -> str:
    """Where this process would import the product from, so that the command is the same code."""
    spec = importlib.util.find_spec("importer")
    return str(Path(spec.origin).parents[1]) if spec and spec.origin else str(_ROOT)
