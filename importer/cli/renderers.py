"""Three ways to write notices and progress: plain lines, a terminal with a live line, and JSON lines."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from importer.cli.progress import line_text, outcomes_text, percent, progress_text, seconds_left, state_text
from importer.cli.streams import is_interactive, wants_colour
from importer.text import plain, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType
    from rich.live import Live

    from importer.model import Progress

_LABELS = {"error": "error: ", "warning": "warning: ", "debug": "debug: "}
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[33m", "debug": "\x1b[2m"}
_RESET = "\x1b[0m"


def renderer_for(stream: TextIO, *, log_format: str) -> _PlainLines | _Terminal | _JsonLines:
    """Return how to write on `stream`, which may be a terminal.

    All of them can `say` a sentence, show `progress` (`every_s` is the time between two looks at a run), and `pause`:
    take away the live line, so that others can write, at the end, too. What they are given is already safe to print.
    """
    if log_format == "json":
        return _JsonLines(stream)
    if is_interactive(stream) and os.environ.get("TERM") != "dumb":
        return _Terminal(stream)
    return _PlainLines(stream)


def write(stream: TextIO, text: str, end: str = "\n") -> None:
    """Write `text` now."""
    stream.write(text + end)
    stream.flush()


class _PlainLines:
    """For files and pipes: one line each, never a control code, progress every ten seconds."""

    every_s = 10.0

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, level: str, event: str, text: str, fields: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        write(self._stream, f"{_LABELS.get(level, '')}{text}")

    def progress(self, progress: Progress, rows_a_second: float | None) -> None:
        write(self._stream, line_text(progress, rows_a_second))

    def pause(self) -> None:
        """Nothing moves."""


class _Terminal:
    """For people: what is said scrolls by above a live line at the bottom, which is gone when the run is."""

    every_s = 0.25

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colour = wants_colour(stream)
        self._live: Live | None = None

    def say(self, level: str, event: str, text: str, fields: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002
        label = _LABELS.get(level, "")
        width = shutil.get_terminal_size().columns
        line = "\n".join(wrapped(label + text, hanging="  ", width=width))
        if label and self._colour:
            line = f"{_COLOURS[level]}{label}{_RESET}{line.removeprefix(label)}"
        if self._live is None:
            write(self._stream, line)
        else:
            from rich.text import Text  # noqa: PLC0415

            # A Text, because rich would take [x] in a plain string for markup.
            self._live.console.print(Text.from_ansi(line), soft_wrap=True)

    def progress(self, progress: Progress, rows_a_second: float | None) -> None:
        if self._live is None:
            self._live = self._started()
        self._live.update(_picture(progress, rows_a_second), refresh=True)

    def pause(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _started(self) -> Live:
        # rich costs a tenth of a second to import, and is only for people.
        from rich.console import Console  # noqa: PLC0415
        from rich.live import Live  # noqa: PLC0415

        console = Console(file=self._stream, force_terminal=True, no_color=not self._colour)
        live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False)
        live.start()
        # A kill -9 would leave the terminal without its cursor.
        console.show_cursor(show=True)
        return live


class _JsonLines:
    """For log collectors: one object a line, with the run that it belongs to; no values of rows in its fields."""

    every_s = 10.0

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._run = os.urandom(4).hex()

    def say(self, level: str, event: str, text: str, fields: Mapping[str, Any] | None = None) -> None:
        said = {"text": text} if text else {}
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"ts": now, "level": level, "event": event, "run": self._run}
        # In ASCII, so that no stream and no terminal can trip over it.
        write(self._stream, json.dumps({**head, **said, **(fields or {}), "run": self._run}))

    def progress(self, progress: Progress, rows_a_second: float | None) -> None:
        left_s = seconds_left(progress, rows_a_second)
        facts = {
            "settled": progress.settled,
            "to_post": progress.to_post,
            "percent": percent(progress),
            "eta_s": None if left_s is None else round(left_s, 1),
            "recorded": progress.recorded.rows,
            "recorded_revenue": plain(progress.recorded.revenue),
            "in_doubt": progress.in_doubt,
            "not_recorded": progress.not_recorded,
            "requests": progress.requests,
            "elapsed_s": round(progress.elapsed_s, 3),
            "rows_a_second": None if rows_a_second is None else round(rows_a_second, 1),
            "state": progress.state,
        }
        self.say("info", "progress", "", facts)

    def pause(self) -> None:
        """Nothing moves."""


def _picture(progress: Progress, rows_a_second: float | None) -> RenderableType:
    from rich.console import Group  # noqa: PLC0415
    from rich.progress_bar import ProgressBar  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    bar = ProgressBar(total=max(progress.to_post, 1), completed=progress.settled, complete_style="cyan")
    line = Table.grid(expand=True, padding=(0, 1))
    line.add_column(no_wrap=True)
    line.add_column(ratio=1)
    line.add_row(Text(progress_text(progress, rows_a_second)), bar)
    state = state_text(progress)
    return Group(line, Text(outcomes_text(progress)), *([Text(state)] if state else []))
