"""Import revenue events from files into the Trackly SMS API: each row once, every cent accounted for.

    from importer import Settings, run_import

    summary = run_import(Settings(inputs=("june.csv",), api_key=key))
    print(summary.by_status, summary.exit_status)

Start reading in `run/pipeline.py`: it is the order of the stages. `model.py` has the words that all of them share,
`errors.py` what they raise, `settings/` what can be chosen.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.cluster import run_on_cluster as run_on_cluster
    from importer.errors import ImporterError as ImporterError
    from importer.model import Listener as Listener
    from importer.model import Summary as Summary
    from importer.run import run_check as run_check
    from importer.run import run_import as run_import
    from importer.settings import InputSettings as InputSettings
    from importer.settings import Settings as Settings

__version__ = "0.1.0"

_HOMES = {
    "ImporterError": "errors",
    "InputSettings": "settings",
    "Listener": "model",
    "Settings": "settings",
    "Summary": "model",
    "run_check": "run",
    "run_import": "run",
    "run_on_cluster": "cluster",
}
__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the names that `__getattr__` finds


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: polars and the like cost a third of a second."""
    if name not in _HOMES:
        raise AttributeError(f"module 'importer' has no attribute {name!r}")
    return getattr(import_module(f"importer.{_HOMES[name]}"), name)
