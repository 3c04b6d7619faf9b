"""Import revenue events from files into the Trackly SMS API: each row once, every cent accounted for.

    from importer import Settings, run_import

    summary = run_import(Settings(inputs=("june.csv",), api_key=key))
    print(summary.by_status, summary.exit_status)

Start reading in `run/pipeline.py`: it is the order of the stages. `model.py` has the words that all of them share,
`errors.py` what they raise, `settings/` what can be chosen.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # that of `typing` takes most of the time in which `__main__` does not yet hear a signal
if TYPE_CHECKING:
    from importer.cluster import run_on_cluster as run_on_cluster
    from importer.errors import ImporterError as ImporterError
    from importer.errors import PlanChangedError as PlanChangedError
    from importer.model import Listener as Listener
    from importer.model import Share as Share
    from importer.model import SilentListener as SilentListener
    from importer.model import Status as Status
    from importer.model import Summary as Summary
    from importer.reconciling import Reconciliation as Reconciliation
    from importer.reconciling import reconcile as reconcile
    from importer.report import Report as Report
    from importer.report import RunStatus as RunStatus
    from importer.report import make_report as make_report
    from importer.report import read_status as read_status
    from importer.report import write_report as write_report
    from importer.results import load_results as load_results
    from importer.run import Case as Case
    from importer.run import Verdict as Verdict
    from importer.run import resolve as resolve
    from importer.run import run_check as run_check
    from importer.run import run_import as run_import
    from importer.settings import InputSettings as InputSettings
    from importer.settings import ReconcileSettings as ReconcileSettings
    from importer.settings import Settings as Settings

__version__ = "0.1.0"

_HOMES = {
    "Case": "run",
    "ImporterError": "errors",
    "InputSettings": "settings",
    "Listener": "model",
    "PlanChangedError": "errors",
    "Report": "report",
    "RunStatus": "report",
    "ReconcileSettings": "settings",
    "Reconciliation": "reconciling",
    "Settings": "settings",
    "Share": "model",
    "SilentListener": "model",
    "Status": "model",
    "Summary": "model",
    "Verdict": "run",
    "load_results": "results",
    "make_report": "report",
    "read_status": "report",
    "resolve": "run",
    "reconcile": "reconciling",
    "run_check": "run",
    "run_import": "run",
    "run_on_cluster": "cluster",
    "write_report": "report",
}
__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the names that `__getattr__` finds


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: polars and the like cost a third of a second."""
    if name not in _HOMES:
        raise AttributeError(f"module 'importer' has no attribute {name!r}")
    return getattr(import_module(f"importer.{_HOMES[name]}"), name)
