"""Where the log records of all libraries go: nowhere, or under `--debug` to the console, which takes the key out."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING

from importer import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger("importer")


def route_logs(say: Callable[[str, str, str], None], *, debug: bool) -> None:
    """Send records to `say(level, event, text)`, or drop them, so that no library writes to standard error by itself.

    This package's own records count from DEBUG, those of others from WARNING: some print headers at DEBUG.
    """
    root = logging.getLogger()
    root.handlers = [_ToConsole(say) if debug else logging.NullHandler()]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(logging.DEBUG if debug else logging.WARNING)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_unraisable
    _LOGGER.debug("revenue-importer %s, Python %s, %s", __version__, sys.version.split()[0], sys.platform)


class _ToConsole(logging.Handler):
    def __init__(self, say: Callable[[str, str, str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        for line in self.format(record).splitlines():
            self._say("debug", record.name, line)


def _log_thread(failure: threading.ExceptHookArgs) -> None:
    error = failure.exc_value
    _LOGGER.error("thread %s ended", getattr(failure.thread, "name", None), exc_info=error)


def _log_unraisable(failure: sys.UnraisableHookArgs) -> None:
    _LOGGER.error("%s", failure.err_msg or "an exception was ignored", exc_info=failure.exc_value)
