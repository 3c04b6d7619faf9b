"""A folder with an API, in which somebody follows what the command says."""

from __future__ import annotations

import csv
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.cli.program import run
from tests.cli.advice import told
from tests.faultserver.plan import CANARY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

FIELDS = ("message_id", "revenue", "attribution_type", "offer_id", "timestamp")


class World:
    """A folder with an API, in which steps are done one after the other."""

    def __init__(self, server: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._server, self._monkeypatch, self._capsys = server, monkeypatch, capsys
        self._before = len(server.ledger())
        self._plan = self._said = ""
        self._status = 0
        self.env("TRACKLY_API_KEY", CANARY_KEY)
        self.env("TRACKLY_BASE_URL", server.url)

    def do(self, steps: str) -> tuple[int, str]:
        """Do these steps; the exit status of the last command, and what was said in the last step."""
        asked, self._said = self._said, ""
        for step in re.split(r"; ?(?![^']*'(?:[^']*'[^']*')*[^']*$)", steps):
            filled = (
                step.replace("{url}", self._server.url).replace("{plan}", self._plan).replace("$PWD", str(Path.cwd()))
            )
            filled = re.sub(r"\{(--[a-z-]+)\}", lambda found: told(asked, found[1]), filled)
            self._one(shlex.split(filled))
        return self._status, self._said

    def stored(self) -> list[Any]:
        """What the API has stored since the beginning."""
        return list(self._server.ledger()[self._before :])

    def _one(self, words: list[str]) -> None:
        own: Callable[..., None] | None = getattr(self, words[0], None)
        if own is not None:
            own(*words[1:])
            return
        quiet = ["--no-progress"] if words[0] in ("check", "import") and "--help" not in words else []
        self._status = run([*words, *quiet])
        said = self._capsys.readouterr()
        self._said = " ".join((said.out + said.err).split())
        self._plan = next(iter(re.findall("Plan: (sha256:[0-9a-f]+)", self._said)), self._plan)

    def put(self, name: str, *rows: str) -> None:
        """Rows by number, some with other cells: `1-9`, `2:revenue=9.00,offer_id=x`."""
        with Path(name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS)
            writer.writeheader()
            writer.writerows(row for named in rows for row in _rows(named))

    def export(self, name: str, *cells: str) -> None:
        """What the server stored, as a vendor exports it."""
        names = (*FIELDS, "revenue_id", "source")
        more = dict(cell.split("=") for cell in cells)
        with Path(name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(
                file, [*names, *(set(more) - {*names})], extrasaction="ignore", quoting=csv.QUOTE_ALL
            )
            writer.writeheader()
            for n, record in enumerate(self.stored()):
                new = {key: f"{n:024x}" if value == "n" else value for key, value in more.items()}
                writer.writerow({**record, "source": "api", **new})

    def days(self, name: str) -> None:
        Path(name).write_text("date,revenue\n2026-06-01,1.50\n2026-06-02,2.50\n", "utf-8")

    def add(self, name: str, line: str) -> None:
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def join(self, name: str, other: str) -> None:
        lines = Path(other).read_text("utf-8").splitlines()[1:]
        self.add(name, "\n".join(lines).replace('"api"', '"other"'))

    def edit(self, name: str, old: str, new: str) -> None:
        text = Path(name).read_text("utf-8")
        assert old in text
        Path(name).write_text(text.replace(old, new), "utf-8")

    def cut(self, name: str) -> None:
        Path(name).write_text("".join(Path(name).read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")

    def fill(self, name: str, verdict: str) -> None:
        with Path(name).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        with Path(name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows({**row, "verdict": verdict, "why": "seen"} for row in rows)

    def env(self, name: str, value: str | None = None) -> None:
        if value is None:
            self._monkeypatch.delenv(name)
        else:
            self._monkeypatch.setenv(name, value)

    def mkdir(self, name: str) -> None:
        Path(name).mkdir()

    def fifo(self, name: str) -> None:
        os.mkfifo(name)

    def mv(self, old: str, new: str) -> None:
        shutil.move(old, new)

    def cp(self, old: str, new: str) -> None:
        shutil.copy(old, new)

    def rm(self, name: str) -> None:
        Path(name).unlink()


def _rows(named: str) -> Iterator[dict[str, str]]:
    numbers, _, cells = named.partition(":")
    first, _, last = numbers.partition("-")
    for n in range(int(first), int(last or first) + 1):
        when = f"2026-06-{n % 28 or 28:02}T10:00:05Z"
        usual = dict(zip(FIELDS, (f"tfb0ra{n:02}", f"{n}.50", "sale", "4521", when), strict=True))
        yield usual | dict(cell.split("=", 1) for cell in cells.split(",") if cell)
