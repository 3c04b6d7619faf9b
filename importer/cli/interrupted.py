"""What is said of a command that a signal ended. Nothing is imported here: it has to be known before anything else."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `importer`
if TYPE_CHECKING:
    from collections.abc import Sequence

_VERDICTS = "Nothing was posted. Verdicts are written all or none: status shows which rows are in doubt still."
_OF_OTHERS = {
    "resolve": _VERDICTS,
    "reconcile": _VERDICTS,
    "serve": "The page is not served; runs that it started go on.",
    "sandbox": "The sandbox is not served.",
}


def interrupted_text(arguments: Sequence[str], *, may_have_posted: bool = False) -> str:
    """Return the sentence for the command line `arguments`; it is true whether the command had begun or was done."""
    posted = "Run the same command again to continue." if may_have_posted else "Nothing was posted."
    return f"Interrupted. {_OF_OTHERS.get(arguments[0], posted) if arguments else posted}"
