"""The command line's listener: notices, progress and the question on standard error, the summary on standard output.

Everything passes one border here: the API key is taken out, control characters are shown instead of obeyed, and a
stream that is closed, full or stopped (Ctrl-S) holds up a thread of its own, never the run.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import shlex
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer.cli.progress import Speed, line_text
from importer.cli.renderers import renderer_for, write
from importer.cli.streams import is_interactive, require_written, wants_colour, write_failure
from importer.cli.summary import preview_lines, question, summary_fields, summary_lines
from importer.signals import EXIT_STATUSES
from importer.text import Screen, safe_text, shown_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.cli.own_options import Style
    from importer.model import Preview, Progress, Summary

_SHORTEST_SECRET = 8
_DEAF_S = 0.2
_LOST = 1


class Console:
    """A `Listener` whose methods return at once, except `confirm` on a terminal, which waits for a person."""

    def __init__(self, style: Style, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.style = style
        self.may_have_posted = False
        self.declined = False
        self._clock = clock
        self._secrets: tuple[str, ...] = ()
        self._renderer = renderer_for(sys.stderr, log_format=style.log_format)
        self._speed = Speed()
        self._stage = "Starting"
        self._progress: Progress | None = None
        self._due: float | None = None
        self._drawing = threading.Event()
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="console", daemon=True)

    def hide(self, secret: str) -> None:
        """Replace `secret` in everything printed from now on. Too short a text would hit ordinary words."""
        if len(secret) >= _SHORTEST_SECRET:
            self._secrets = (*self._secrets, secret)

    # What a run tells (model.Listener)

    def stage(self, text: str) -> None:
        """Say that a stage began."""
        self._stage, self._progress = text, None
        self.notice("info", "stage", text)

    def notice(self, level: str, event: str, text: str) -> None:
        """Say a sentence; `--quiet` leaves warnings and errors only."""
        if {"info": not self.style.quiet, "debug": self.style.debug}.get(level, True):
            self._later(partial(self._renderer.say, level, event, safe_text(self._redacted(text))))

    def progress(self, progress: Progress) -> None:
        """Show how far the run is, as often as it is of use."""
        self._speed.note(progress)
        self._progress = progress
        if self.style.quiet or self.style.no_progress:
            return
        now = self._clock()
        if self._due is None:
            self._due = now + self._renderer.every_s
        if now >= self._due and not self._drawing.is_set():
            self._due = now + self._renderer.every_s
            self._drawing.set()
            shown = replace(progress, state=safe_text(self._redacted(progress.state)))
            self._later(partial(self._draw, shown, self._speed.rows_a_second))

    def confirm(self, preview: Preview) -> bool:
        """Show what is about to be posted and ask: on a terminal, and without `--yes`."""
        if preview.to_post.rows and not self.style.yes and self.is_attended:
            self.declined = not self._ask(preview)
        self.may_have_posted = bool(preview.to_post.rows) and not self.declined
        return not self.declined

    # What the command line tells

    @property
    def is_attended(self) -> bool:
        """Whether somebody can be asked: standard input and standard error are terminals."""
        return is_interactive(sys.stdin, sys.stderr)

    def ask_secret(self, prompt: str) -> str:
        """Ask on the terminal without showing what is typed; the end of input is an empty answer."""
        import getpass  # noqa: PLC0415 - rarely needed

        self._settle()
        try:
            return getpass.getpass(prompt, stream=sys.stderr)
        except EOFError:
            return ""

    def tell_status(self) -> None:
        """Say on one line what goes on, whatever else is to be said: somebody asks."""
        progress = self._progress
        text = self._stage if progress is None else line_text(progress, self._speed.rows_a_second)
        self._later(partial(self._renderer.say, "info", "status", safe_text(self._redacted(text))))

    def error(self, text: str) -> None:
        """Say in a sentence why the command ends."""
        self.notice("error", "error", text)

    def debug(self, error: BaseException) -> None:
        """Show the traceback of `error`, without the values of variables, under `--debug`."""
        for line in "".join(traceback.format_exception(error)).splitlines():
            self.notice("debug", "traceback", line)

    def finish(self, summary: Summary, *, checked: bool = False) -> int:
        """Print the summary: text, or one JSON object as the last thing on standard output. Return the exit status.

        An import whose summary is lost does not end with 0: a script would take for success what it knows nothing of.

        Raises:
            ResultsError: the summary of a check, which is all that it is for, could not be written.
        """
        self._settle()
        stream = sys.stderr if self.style.as_json else sys.stdout
        with shown_on(Screen.of(stream, coloured=wants_colour(stream))):
            text = self._redacted("\n".join(summary_lines(summary, checked=checked)))
        fields = json.loads(self._redacted(json.dumps(summary_fields(summary, checked=checked))))
        structured = self.style.log_format == "json"
        if structured:
            self._later(partial(self._renderer.say, "info", "finished", "", fields))
            self._settle()
        if not self.style.as_json:
            # On one screen, set it apart from what was said before.
            write(sys.stdout, f"\n{text}" if is_interactive(sys.stdout, sys.stderr) else text)
        else:
            if not self.style.quiet and not structured:
                write(sys.stderr, text)
            write(sys.stdout, json.dumps(fields))
        if checked:
            require_written("The summary")
        if failure := write_failure(sys.stdout):
            self.error(f"The summary could not be written to standard output: {failure}.{_said_by_report(summary)}")
            return summary.exit_status or _LOST
        return summary.exit_status

    def close(self) -> None:
        """Wait until everything is said."""
        if self._thread.is_alive():
            self._later(self._renderer.pause)
            self._jobs.put(None)
            self._thread.join()

    # Inside

    def _ask(self, preview: Preview) -> bool:
        self._settle()
        write(sys.stderr, self._redacted("\n".join(["", *preview_lines(preview), ""])))
        while True:
            write(sys.stderr, question(preview), end="")
            answer = _typed_line().strip().lower()
            if answer in {"y", "yes"}:
                return True
            if answer in {"n", "no"} or not answer:
                return False

    def _redacted(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[key]")
        return text

    def _draw(self, progress: Progress, rows_a_second: float | None) -> None:
        try:
            self._renderer.progress(progress, rows_a_second)
        finally:
            self._drawing.clear()

    def _later(self, job: Callable[[], None]) -> None:
        if not self._thread.ident:
            self._thread.start()
        self._jobs.put(job)

    def _settle(self) -> None:
        if self._thread.is_alive():
            self._later(self._renderer.pause)
            self._jobs.join()

    def _work(self) -> None:
        if os.name == "posix":
            # A Ctrl-C that reached this thread would not wake the main one from a question.
            signal.pthread_sigmask(signal.SIG_BLOCK, EXIT_STATUSES)
        while (job := self._jobs.get()) is not None:
            # A display that fails must not end the one thread that talks.
            with contextlib.suppress(Exception):
                job()
            self._jobs.task_done()


def _said_by_report(summary: Summary) -> str:
    """Where to read what became of the rows: posting is over."""
    if summary.results is None:
        return ""
    command = f"revenue-importer report {shlex.quote(safe_text(summary.results))}"
    return f" The run itself is over: `{command}` says what became of every row."


def _typed_line() -> str:
    """Return the next line of standard input, `""` at its end, without ever being deaf to a signal."""
    # Once polars was used, a signal no longer wakes a read; its handler runs here when the read is over.
    while os.name == "posix" and not select.select([sys.stdin], [], [], _DEAF_S)[0]:
        pass
    try:
        return sys.stdin.readline()
    except (OSError, UnicodeError):
        return ""
