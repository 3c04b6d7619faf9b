"""The pages, as people see them."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from importer.model import FIELDS, Status
from importer.web import files
from importer.web.children import summary_in
from importer.web.chosen import changed, posts_again
from importer.web.preview import preview
from importer.web.problems import read_problems
from importer.web.questions import question_of
from importer.web.wording import STEPS
from importer.web.words import title

if TYPE_CHECKING:
    from importer.web.site import Call, Site
    from importer.web.users import User
    from importer.web.view import View

_ROWS_A_PAGE = 100
_LISTED = 200
_DOUBTFUL = (Status.IN_DOUBT,)
_MOST_PAGES = 10**9


def imports(call: Call) -> Response:
    """All imports, the newest first."""
    ids = call.desk.log.imports()[::-1][:_LISTED]
    return _page(call, "imports.html.j2", views=[call.desk.look(one) for one in ids])


def one_import(call: Call) -> Response:
    """One import: where it stands, and what comes next."""
    view = call.desk.look(call.id)
    return _page(
        call, "import.html.j2", **_about(call, view), posts_again=posts_again(view.history.options),
        doubtful=view.share(*_DOUBTFUL), question=question_of(view, files.refused(call)), before=_before(call, view),
    )  # fmt: skip


def columns(call: Call) -> Response:
    """Which columns are what: asked with the file's own cells as the example."""
    view = call.desk.look(call.id)
    return _page(
        call,
        "columns.html.j2",
        **_about(call, view),
        seen=_preview(call, view, 0, 5),
        chosen=view.history.options,
        fields=FIELDS,
        others=_others(call),
        hidden_totals=not view.history.totals_seen,
    )


def rows(call: Call) -> Response:
    """Every row of the file, page by page."""
    view, page = call.desk.look(call.id), _number(call, "page")
    seen = _preview(call, view, (page - 1) * _ROWS_A_PAGE, _ROWS_A_PAGE)
    return _page(call, "rows.html.j2", **_about(call, view), seen=seen, page=page, first=(page - 1) * _ROWS_A_PAGE + 1)


def problems(call: Call) -> Response:
    """The rows that the check refused, by reason."""
    view = call.desk.look(call.id)
    found = read_problems(files.refused(call), call.request.query_params.get("code", ""), _number(call, "page"))
    return _page(call, "problems.html.j2", **_about(call, view), found=found)


def doubts(call: Call) -> Response:
    """The rows in doubt, each with what is to be looked up."""
    view = call.desk.look(call.id)
    found = [] if view.state == "running" else call.site.doubts.rows(call.id)
    return _page(call, "doubts.html.j2", **_about(call, view), rows=found, doubtful=view.share(*_DOUBTFUL))


def audit(call: Call) -> Response:
    """Who did what when."""
    view = call.desk.look(call.id)
    return _page(call, "audit.html.j2", **_about(call, view), events=call.desk.log.of(call.id)[::-1])


def error(site: Site, user: User | None, status: int, text: str, back: str) -> Response:
    """A sentence about what was not done; of an import that is further than its page said, what was done last."""
    events = site.desk.log.of(back.rpartition("/")[2]) if status == HTTPStatus.CONFLICT else []
    done = [event for event in events if event.what != "refused"]
    last = done[-1] if done else None
    return HTMLResponse(
        site.pages.render("error.html.j2", user, status=status, text=text, back=back, last=last), status
    )


def _about(call: Call, view: View) -> dict[str, Any]:
    return {"view": view, "history": view.history, "steps": STEPS, "may": call.user.role, "here": call.request.url.path}


def _before(call: Call, view: View) -> dict[str, Any] | None:
    """What the check of the version, or of the options, before said: who approves sees what has changed."""
    previous = view.history.previous
    if previous is None or view.summary is None:
        return None
    summary = summary_in(call.desk.folder.output(call.id, f"check-{previous['number']}", ""))
    return None if summary is None else {"version": previous["version"], "summary": summary, **_changes(view)}


def _changes(view: View) -> dict[str, list[str]]:
    """The options that were taken in and out since then."""
    return changed(view.history.previous_options, view.history.options)


def _others(call: Call) -> list[tuple[str, str]]:
    """The other imports that have run, the newest first, with their names: rows may be compared with theirs."""
    log = call.desk.log
    found = ((one, log.of(one)) for one in log.imports()[::-1] if one != call.id)
    ran = (events for _, events in found if any(event.what == "started" for event in events))
    return [(events[0].about, title(events[0]["name"], events[0].about)) for events in islice(ran, _LISTED)]


def _preview(call: Call, view: View, first: int, count: int) -> dict[str, Any]:
    history = view.history
    if history.file is None:
        return {"titles": [], "rows": [], "more": False}
    path = call.desk.folder.named(history.id, history.version, history.file["name"])
    return preview(path, history.options, first, count)


def _number(call: Call, name: str) -> int:
    text = call.request.query_params.get(name, "1")
    return min(max(1, int(text)), _MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _page(call: Call, template: str, **values: Any) -> Response:
    return HTMLResponse(call.site.pages.render(template, call.user, **values))
