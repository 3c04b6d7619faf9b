"""The pages, as people see them."""

from __future__ import annotations

from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response

from importer.errors import ImporterError
from importer.model import FIELDS, Status
from importer.report import read_lines
from importer.settings import EXTRA_FIELDS
from importer.web import files
from importer.web.children import summary_in
from importer.web.chosen import changed, posts_again
from importer.web.doubts import NO_ROWS, SHOWN, Filter, pick
from importer.web.preview import preview
from importer.web.problems import read_problems
from importer.web.questions import question_of
from importer.web.unusual import Before, unusual
from importer.web.wording import KINDS, STEPS
from importer.web.words import title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.web.site import Call, Site
    from importer.web.users import User
    from importer.web.view import View

_ROWS_A_PAGE = 100
_LISTED = 200
_DOUBTFUL = (Status.IN_DOUBT,)
_TO_APPROVE = ("checked", "submitted")
_HELD_CODES = {"duplicate_row", "already_recorded", "already_in_doubt", "looks_recorded"}  # not among the refused rows
_MOST_PAGES = 10**9
_MOST_CHARACTERS = 200


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
        unusual=_unusual(call, view), rows_a_page=_ROWS_A_PAGE, held_codes=_HELD_CODES,
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


def outcome(call: Call) -> Response:
    """What became of each row, as RESULTS and the journal say: of all, of a status, or of a reason."""
    view, page, asked = call.desk.look(call.id), _number(call, "page"), call.request.query_params
    status = asked.get("status", "") if asked.get("status") in set(map(str, Status)) else ""
    code = "" if status else asked.get("code", "")[:_MOST_CHARACTERS]
    lines, problem = _lines(call, view, page, status, code)
    query = f"status={status}&" if status else f"code={quote(code)}&" if code else ""
    return _page(
        call, "outcome.html.j2", **_about(call, view), status=status, code=code, page=page, query=query, error=problem,
        lines=lines[:_ROWS_A_PAGE], more=len(lines) > _ROWS_A_PAGE, several=len({one["source"] for one in lines}) > 1,
    )  # fmt: skip


def _lines(call: Call, view: View, page: int, status: str, code: str) -> tuple[list[dict[str, str | None]], str]:
    """A page of RESULTS, and one line more; or why it cannot be read."""
    results = call.desk.folder.results(call.id)
    if view.state == "running" or not view.history.runs or view.status is None:
        return [], ""
    try:
        return read_lines(results, (page - 1) * _ROWS_A_PAGE, _ROWS_A_PAGE + 1, status=status, code=code), ""
    except ImporterError as error:
        return [], str(error)


def doubts(call: Call) -> Response:
    """The rows in doubt, each with what is to be looked up."""
    view = call.desk.look(call.id)
    every = NO_ROWS if view.state == "running" else call.site.doubts.rows(call.id)
    asked = call.request.query_params
    which = Filter(asked.get("code", "")[:100], asked.get("text", "")[:_MOST_CHARACTERS].strip())
    found = every.filter(which.takes())
    codes = dict(every["error_code"].fill_null("").value_counts(sort=True).iter_rows())
    return _page(
        call, "doubts.html.j2", **_about(call, view), every=len(every), found=len(found),
        rows=[row | {"pick": pick(row)} for row in found.head(SHOWN).to_dicts()],
        which=which, codes=codes,
    )  # fmt: skip


def compare(call: Call) -> Response:
    """The results against an export of the vendor's records, and what that proves."""
    view, comparing, page = call.desk.look(call.id), call.site.comparing, _number(call, "page")
    history, compared = view.history, view.history.compared
    chosen = compared["options"] if compared is not None else {}
    outcome = comparing.outcome(history) if compared is not None and not compared["failure"] else None
    first = (page - 1) * _ROWS_A_PAGE
    return _page(
        call, "compare.html.j2", **_about(call, view), seen=_export_preview(call, view, chosen), chosen=chosen,
        compared=compared, outcome=outcome, fields=(*FIELDS, *EXTRA_FIELDS), page=page, kinds=KINDS,
        proven=comparing.page(history, first, _ROWS_A_PAGE + 1) if outcome else [], rows_a_page=_ROWS_A_PAGE,
        current=comparing.is_current(history),
    )  # fmt: skip


def _export_preview(call: Call, view: View, chosen: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    history = view.history
    if history.export is None:
        return {"titles": [], "rows": []}
    return preview(call.desk.folder.export(history.id, history.exports, history.export["name"]), chosen, 0, 5)


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


def _unusual(call: Call, view: View) -> list[str]:
    """What to look at before this is approved."""
    if view.state not in _TO_APPROVE or view.summary is None:
        return []
    return unusual(view.summary, _ran_before(call))


def _ran_before(call: Call) -> Before | None:
    """The newest other import that has run, with what its last check said."""
    for other, name in _others(call):
        check = call.desk.look(other).history.check
        found = check and summary_in(call.desk.folder.output(other, f"check-{check['number']}", ""))
        if found:
            return Before(name, found)
    return None


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
