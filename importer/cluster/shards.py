"""One import as shards: how many, the settings of each, and the names of what each writes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer import __version__
from importer.api import normalise_base_url
from importer.errors import SettingsError
from importer.journal import journal_path
from importer.run import results_path
from importer.sources import is_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.settings import Settings

LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One shard as it is sent to a worker: everything but the API key. `number` counts from one."""

    number: int
    shards: int
    settings: Settings
    api_key_file: str | None
    run_id: str
    version: str = __version__

    @property
    def name(self) -> str:
        """`Shard 2/4`."""
        return f"Shard {self.number}/{self.shards}"

    @property
    def results(self) -> Path:
        """The results file of this shard."""
        assert self.settings.results is not None
        return self.settings.results


def make_tasks(
    settings: Settings, shards: int | None, *, slots: int, api_key_file: str | None, run_id: str
) -> list[Task]:
    """Divide an import that can have `slots` shards at work at once.

    Raises:
        SettingsError: an option has no meaning in shards, or there is nothing to resume.
    """
    _refuse(settings)
    whole = _absolute(settings)
    assert whole.results is not None
    count = shards or _earlier_count(whole.results) or slots
    results = [_numbered(whole.results, number, count) for number in range(1, count + 1)]
    if settings.resume_only and not any(path.exists() or journal_path(path).exists() for path in results):
        raise SettingsError(f"There is nothing to resume: neither {pattern_of(results)} nor a journal of it exists.")
    return [
        Task(
            number=number,
            shards=count,
            api_key_file=os.path.abspath(api_key_file) if api_key_file else None,  # noqa: PTH100 - not resolved
            run_id=run_id,
            settings=replace(
                whole,
                shard=(number, count),
                results=path,
                rejects=_numbered(whole.rejects, number, count) if whole.rejects else None,
                report=None,
                expect_plan=None,
                resume_only=False,
                rate=whole.rate / min(slots, count),
                api_key="",
            ),
        )
        for number, path in enumerate(results, 1)
    ]


def pattern_of(results: Sequence[Path]) -> str:
    """The pattern that names the results of all shards: `june.*-of-4.results.csv`."""
    return re.sub(r"\.1-of-([0-9]+)(?=\.[^/]*$)", r".*-of-\1", str(results[0]))


def _refuse(settings: Settings) -> None:
    if settings.shard is not None:
        raise SettingsError("--shard and --scheduler exclude each other: a cluster imports all shards (--shards N).")
    if "-" in settings.inputs:
        raise SettingsError("A cluster cannot read standard input (-): name a file that all workers can read.")
    if settings.limit is not None:
        raise SettingsError(
            "--limit cannot be kept on a cluster, which may start a shard twice. For a canary post a few rows of one "
            "shard without --scheduler: --shard 1/N --limit 10, then go on with --scheduler … --shards N."
        )


def _absolute(settings: Settings) -> Settings:
    """The settings with paths that mean the same in every folder; links are not followed, nor patterns expanded."""

    def there(text: str) -> str:
        return text if is_url(text) else os.path.abspath(text)  # noqa: PTH100 - not resolved

    results = results_path(settings, required=True)
    return replace(
        settings,
        base_url=normalise_base_url(settings.base_url, allow_http=settings.allow_http),
        inputs=tuple(map(there, settings.inputs)),
        already=tuple(map(there, settings.already)),
        results=Path(there(str(results))),
        rejects=Path(there(str(settings.rejects))) if settings.rejects else None,
    )


def _numbered(path: Path, number: int, count: int) -> Path:
    """`june.results.csv` → `june.1-of-4.results.csv`; a `.sandbox` stays beside the end, too."""
    stem, suffix = path.stem, path.suffix
    for ending in (".results", ".sandbox"):
        if stem.endswith(ending):
            stem, suffix = stem.removesuffix(ending), ending + suffix
    return path.with_name(f"{stem}.{number}-of-{count}{suffix}")


def _earlier_count(results: Path) -> int | None:
    """How many shards an earlier run had: another number would be other shards, whose results cannot be continued."""
    before, after = _numbered(results, 1, 0).name.split(".1-of-0", 1)
    wanted = re.compile(re.escape(before) + r"\.[0-9]+-of-([0-9]+)" + re.escape(after) + r"(\.journal)?")
    folder = results.parent
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    counts = {int(match[1]) for name in names if (match := wanted.fullmatch(name))}
    if len(counts) > 1:
        raise SettingsError(
            f"{folder} holds results of {' and of '.join(map(str, sorted(counts)))} shards of this import: say which "
            "to continue with --shards N."
        )
    return counts.pop() if counts else None
