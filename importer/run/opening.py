"""The beginning of an import: every file that it reads or writes is usable, and what its earlier runs did is known."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.api import normalise_base_url, target_name
from importer.disk import check_writable
from importer.errors import ApiKeyError, SettingsError
from importer.hosts import is_loopback
from importer.journal import Journal, journal_path
from importer.plan import load_earlier
from importer.run.files import check_files, inputs, other_files, results_path

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from importer.journal import Header
    from importer.plan import Earlier
    from importer.settings import Settings
    from importer.sources import Source

_KEY = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Opened:
    """The files of one import, with its journal held, and what its earlier runs did. `target` names the API."""

    settings: Settings
    target: str
    sources: list[Source]
    results: Path
    journal: Journal
    earlier: Earlier

    @property
    def header(self) -> Header:
        """The first line of the journal, as it is to be written."""
        return {"target": self.target, "shard": self.settings.shard_name, **self.earlier.header}


def open_import(settings: Settings, at_end: ExitStack) -> Opened:
    """Open the inputs, hold the journal until `at_end`, and read what earlier runs did.

    Raises:
        ImporterError: a setting, a file or the earlier results cannot be used, or another run holds the journal.
    """
    settings = usable(settings)
    sources = inputs(settings)
    target = target_name(settings.base_url, sandbox=settings.sandbox)
    results = results_path(settings, required=True)
    assert results is not None
    check_files(settings, sources, results)
    journal = Journal(journal_path(results))
    at_end.callback(journal.close)
    check_writable(results, "--results")
    for option, path in other_files(settings):
        check_writable(path, option)
    earlier = at_end.enter_context(closing(load_earlier(results, target=target, shard=settings.shard_name)))
    if settings.resume_only and not earlier.exists:
        raise SettingsError(f"There is nothing to resume: neither {results} nor its journal exists.")
    _check_already(earlier, settings)
    return Opened(settings, target, sources, results, journal, earlier)


def usable(settings: Settings) -> Settings:
    """The settings of who speaks to the API, with the base URL in its one form.

    The command line has checked that and the key, other callers have not.

    Raises:
        ApiKeyError: there is no usable key.
        SettingsError: the base URL, or the way to it that the environment names, cannot be used.
    """
    if not _KEY.fullmatch(settings.api_key):
        raise ApiKeyError(
            "The API key is missing, or holds white space, control or non-ASCII characters: give it as `api_key`."
        )
    base_url = normalise_base_url(settings.base_url, allow_http=settings.allow_http)
    if settings.sandbox and not is_loopback(urlsplit(base_url).hostname or ""):
        raise SettingsError(
            f"sandbox is set, and the base URL is {base_url}: nothing was posted. Start a sandbox on this computer "
            "(`with importer.sandbox.Sandbox() as sandbox`) and give its `url`."
        )
    from importer.api import check_environment  # noqa: PLC0415 - loads what speaks TLS; a check needs none

    check_environment(base_url)
    return replace(settings, base_url=base_url)


def _check_already(earlier: Earlier, settings: Settings) -> None:
    """A run writes at its end which rows it held for other results; one that was killed did not."""
    start = earlier.events.unended
    patterns = (start.options.get("already") or ()) if start else ()
    if patterns and not settings.already:
        again = " ".join(f"--already {shlex.quote(pattern)}" for pattern in patterns)
        raise SettingsError(
            f"The run that was interrupted left rows out because of other results. Nothing was posted. Run the same "
            f"command again, with {again}."
        )
