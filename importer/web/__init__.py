"""The page for finance: it starts the installed command as a child process, and reads the journal and RESULTS.

It is a face of the same engine and never a second way to send: what it knows of an import comes from the command's
JSON, from the journal, and from a log of who did what when. State is derived from these and stored nowhere.

    server       opens what it needs, and serves; settings: what `serve` was told
    routes       every route and who may take it; guard: hosts, origins, headers
    entrance     login, token, logout; users: their file; sessions: who is at the page
    site         what requests are answered with
    actions, receiving, files, views, progress  what answers: steps, uploads, data, pages, live events
    preparing, approving, running, doubts, comparing  the steps; desk: what they share; verdicts: how they are noted
    forms        the fields of forms
    view         an import as it is now; history: what its events say; statuses: what its journal says
    folder       the data folder; events: the audit trail; uploads: files that come
    chosen       options from forms, and as the command takes them
    children     the command as a child process; reports: the report that it makes
    problems     the rows that a check refused; questions: what it asks; unusual: what to look at before approving
    preview      what stands in a file
    rendering    templates to pages; wording: words of states and events
    phrases      verdicts with figures, and what comes next; words: what the command says, in the words of the page
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.web.settings import ServeSettings as ServeSettings  # noqa: TC001 - a name of this face
from importer.web.settings import data_folder as data_folder
from importer.web.settings import users_file as users_file
from importer.web.users import Role as Role
from importer.web.users import UserFile as UserFile

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(settings: ServeSettings, on_ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP, as `server.serve` does, which says the rest."""
    from importer.web.server import serve as serve_here  # noqa: PLC0415 - neither users nor previews need it

    serve_here(settings, on_ready)
