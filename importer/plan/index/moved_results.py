"""Where results may have gone that are not where an import wrote them."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from importer.disk import real_path
from importer.journal import is_empty, journal_path
from importer.results import begins_like_results, results_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_FOLDERS = 500


def moved_to(gone: Path) -> set[Path]:
    """Results that may be those that are `gone`.

    Those are all in their folder and in the folders in that (an archive), and those of the same name in the neighbours
    of their folder, which may have been renamed, and in the folders of an archive.
    """
    inside, beside = list(_folders_in(gone.parent)), list(_folders_in(gone.parent.parent))
    deeper = [folder for one in inside for folder in islice(_folders_in(one), _MOST_FOLDERS)]
    namesakes = (folder / gone.name for folder in (*beside, *deeper))
    return results_in([gone.parent, *inside]) | {real_path(path) for path in namesakes if _is_there(path)} - {gone}


def _folders_in(folder: Path) -> Iterator[Path]:
    with suppress(OSError, ValueError):
        yield from islice((path for path in folder.iterdir() if path.is_dir()), _MOST_FOLDERS)


def _is_there(results: Path) -> bool:
    """Whether a file of that name is what an import wrote: in the folders of others anything may be called so."""
    with suppress(OSError, ValueError):
        return begins_like_results(results) or not is_empty(journal_path(results))
    return False
