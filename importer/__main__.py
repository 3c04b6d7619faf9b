"""`python -m importer`, and the entry point of the command `revenue-importer`."""

from __future__ import annotations

import gc
import sys

from importer.cli.interrupted import interrupted_text
from importer.signals import Interrupted, end_on_signals, ignore_signals, raise_on_signals, tell

TYPE_CHECKING = False  # as in `importer`
if TYPE_CHECKING:
    from typing import NoReturn

# Nearly all memory is freed as it falls out of use. To look for circles every 700 objects, also through all that was
# imported, costs a tenth of the time of a run.
_OBJECTS_A_COLLECTION = 150_000
# The thread that writes the journal waits for the interpreter for so long at most, while others handle answers.
_SWITCH_S = 0.0001


def main() -> NoReturn:
    """Run the command line on this process's arguments, streams and signals, and end with its exit status."""
    end_on_signals(interrupted_text(sys.argv[1:]))
    # Here and not above: a signal meets that even while these are imported, which takes most of the start.
    from importer.api import forbid_core_dumps  # noqa: PLC0415
    from importer.cli.program import run  # noqa: PLC0415
    from importer.cli.streams import secure_standard_streams  # noqa: PLC0415

    forbid_core_dumps()
    secure_standard_streams()
    gc.set_threshold(_OBJECTS_A_COLLECTION, 20, 20)
    sys.setswitchinterval(_SWITCH_S)
    try:
        raise_on_signals()
        status = run(sys.argv[1:])
    except Interrupted as interrupted:  # just before `run` could say so, or again while it did
        tell(interrupted_text(sys.argv[1:], may_have_posted=True))
        status = interrupted.exit_status
    ignore_signals()
    gc.freeze()  # else the interpreter looks through all that was imported again, for a tenth of a second, as it ends
    sys.exit(status)


if __name__ == "__main__":
    main()
