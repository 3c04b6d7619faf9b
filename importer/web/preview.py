"""What stands in a file: run as a program of its own, so that a file can do no harm to the server.

    python -m importer.web.preview FILE OPTIONS FIRST ROWS

OPTIONS is a JSON object of the page's options. It prints `{"titles": [...], "rows": [[...], ...], "places": [...],
"more": bool, "own": {...}, "likely": {...}}`: the rows from FIRST (0 is the first) with their numbers, of several
sheets one after the other, the columns that have the name of a field, and those that likely hold one which has none.
What it cannot read is `{"error": sentence}`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.sources import Source

_TIMEOUT_S = 60.0
_OF_THE_FORM = ("delimiter", "sheet", "skip-rows", "columns", "escape")
_MOST_CHARACTERS = 300
_AT_ONCE = threading.BoundedSemaphore(2)  # each reads a file: many at once would take the processor from a run
_KEY = "TRACKLY_API_KEY"


def preview(path: Path, options: Mapping[str, Sequence[str]], first: int = 0, rows: int = 5) -> dict[str, Any]:
    """Ask the program; a file that it cannot read has an `error`."""
    said = json.dumps({name: options[name] for name in _OF_THE_FORM if name in options})
    nothing: dict[str, Any] = {"titles": [], "rows": [], "places": [], "more": False}
    try:
        return nothing | _asked(path, said, first, rows)
    except (subprocess.TimeoutExpired, ValueError):
        return nothing | {"error": "The file could not be looked into."}


@lru_cache(maxsize=64)
def _asked(path: Path, said: str, first: int, rows: int) -> dict[str, Any]:
    """What the program prints; it is asked once, as a version of a file never changes."""
    command = [sys.executable, "-m", "importer.web.preview", str(path), said, str(first), str(rows)]
    environment = {name: value for name, value in os.environ.items() if name != _KEY}
    with _AT_ONCE:
        done = subprocess.run(  # noqa: S603 - our own program
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_TIMEOUT_S, env=environment
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def look(path: str, said: Mapping[str, Sequence[str]], first: int, rows: int) -> dict[str, Any]:
    """Open the file and read some rows of it.

    Raises:
        InputError: it cannot be read.
        SettingsError: an option cannot be used.
    """
    from importer.settings import InputSettings  # noqa: PLC0415 - of the program alone
    from importer.sources import dialect_of, open_inputs  # noqa: PLC0415 - as above

    values: dict[str, Any] = {name.replace("-", "_"): list(texts) for name, texts in said.items()}
    for name in ("delimiter", "escape", "columns"):
        if name in values:
            values[name] = values[name][0]
    if "skip_rows" in values:
        values["skip_rows"] = int(values["skip_rows"][0])
    sources = open_inputs([path], dialect_of(InputSettings(inputs=(path,), **values)))
    titles = max((source.header for source in sources), key=len)
    found = list(islice(_rows(sources, first, len(titles)), rows + 1))
    return {
        "titles": list(titles), "rows": [cells for _, cells in found[:rows]], "more": len(found) > rows,
        "places": [place for place, _ in found[:rows]], **_columns(sources[0]),
    }  # fmt: skip


def _rows(sources: Sequence[Source], first: int, width: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the rows from the one with the number `first`, of all sheets that are read, with their places."""
    seen = 0
    for source in sources:
        own = [str(at) for at in range(len(source.header))]
        sheet, row = f"{source.name.rpartition('!')[2]}, " if len(sources) > 1 else "", 0
        for batch in source.batches():
            skipped = min(max(0, first - seen), batch.height)
            cells = batch.slice(skipped).select(own).fill_null("")
            for at, texts in enumerate(cells.iter_rows(), row + skipped + 1):
                yield f"{sheet}{at:,}", [text[:_MOST_CHARACTERS] for text in texts] + [""] * (width - len(own))
            seen, row = seen + batch.height, row + batch.height


def _columns(source: Source) -> dict[str, dict[str, str]]:
    """The column that each field is read from if nobody says another, and the `likely` one where none has its name."""
    from importer.model import FIELDS  # noqa: PLC0415 - of the program alone
    from importer.schema import ColumnNames, Contents, likely_columns  # noqa: PLC0415 - as above

    names = ColumnNames(source.header, source.name)
    found = {field: names.named(field, ()) for field in FIELDS}
    taken = {at for places in found.values() for at in places}
    absent = [field for field, places in found.items() if not places]
    likely = likely_columns(names, absent, taken, Contents(source.first_rows(decode=True))) if absent else {}
    own = {field: source.header[places[0]] for field, places in found.items() if len(places) == 1}
    return {"own": own, "likely": likely}


def _main(arguments: Sequence[str]) -> None:
    from importer.errors import ImporterError  # noqa: PLC0415 - of the program alone

    path, said, first, rows = arguments
    try:
        found = look(path, json.loads(said), int(first), int(rows))
    except ImporterError as error:
        found = {"error": str(error)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    _main(sys.argv[1:])
