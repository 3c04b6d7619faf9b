"""Every route, with who may take it. What is not here is not there; what is here wants a login, unless it is public."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from importer.errors import ImporterError
from importer.web import actions, entrance, files, progress, receiving, views
from importer.web.desk import StepError
from importer.web.forms import form_of, refuse_unfit
from importer.web.guard import Guard
from importer.web.site import Call, Site
from importer.web.uploads import NoRoomError, TooLargeError
from importer.web.users import Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp

    from importer.web.users import User

_NO_PAGE = "There is no page of that address."
_MISTAKE = (
    "Something unforeseen happened. It may have been done or not: look at the import again. Who runs this page sees "
    "why when it is started with the option debug."
)
_OF_DOUBTS = {"doubts": "/doubts", "verdicts": "/doubts"}
_FORMS = {
    "options": "/columns",
    "columns": "/columns",
    "compare": "/compare",
    "apply": "/compare",
    "export": "/compare",
    **_OF_DOUBTS,
}
_GONE = "You are not logged in any more. Nothing was changed: log in, and take the step again."
_EVERYBODY = frozenset(Role)
_PREPARES = frozenset({Role.PREPARER, Role.ADMIN})
_APPROVES = frozenset({Role.APPROVER, Role.ADMIN})
_RUNS = _PREPARES | _APPROVES
_REFUSED = (StepError, ImporterError, TooLargeError, NoRoomError, ClientDisconnect)


@dataclass(frozen=True, slots=True)
class Way:
    """One route: who may take it, and what answers. `is_page`: a person looks at it, and is led to the login.

    A `stream` reads the body itself.
    """

    method: str
    path: str
    answer: Callable[[Call], Response] | None
    roles: frozenset[Role] = _EVERYBODY
    is_page: bool = False
    stream: Callable[[Call], Awaitable[Response]] | None = None


WAYS = (
    Way("GET", "/", views.imports, is_page=True),
    Way("GET", "/imports", views.imports, is_page=True),
    Way("POST", "/imports", actions.create, _PREPARES),
    Way("GET", "/imports/{id}.json", files.state),
    Way("GET", "/imports/{id}", views.one_import, is_page=True),
    Way("GET", "/imports/{id}/columns", views.columns, is_page=True),
    Way("GET", "/imports/{id}/rows", views.rows, is_page=True),
    Way("GET", "/imports/{id}/problems", views.problems, is_page=True),
    Way("GET", "/imports/{id}/outcome", views.outcome, is_page=True),
    Way("GET", "/imports/{id}/doubts", views.doubts, is_page=True),
    Way("GET", "/imports/{id}/compare", views.compare, is_page=True),
    Way("GET", "/imports/{id}/audit", views.audit, is_page=True),
    Way("GET", "/imports/{id}/problems.csv", files.problems),
    Way("GET", "/imports/{id}/results", files.results),
    Way("GET", "/imports/{id}/rejects", files.rejects),
    Way("GET", "/imports/{id}/original", files.original),
    Way("GET", "/imports/{id}/profile.toml", files.profile),
    Way("GET", "/imports/{id}/report.html", files.report_page),
    Way("GET", "/imports/{id}/report.xlsx", files.report_workbook),
    Way("GET", "/imports/{id}/events", None, stream=progress.events),
    Way("PUT", "/imports/{id}/file", None, _PREPARES, stream=receiving.put_file),
    Way("POST", "/imports/{id}/file", None, _PREPARES, stream=receiving.post_file),
    Way("POST", "/imports/{id}/options", actions.choose, _PREPARES),
    Way("POST", "/imports/{id}/columns", actions.choose_and_check, _PREPARES),
    Way("POST", "/imports/{id}/check", actions.check, _PREPARES),
    Way("POST", "/imports/{id}/submit", actions.submit, _PREPARES),
    Way("POST", "/imports/{id}/approve", actions.approve, _APPROVES),
    Way("POST", "/imports/{id}/return", actions.give_back, _APPROVES),
    Way("POST", "/imports/{id}/run", actions.run, _RUNS),
    Way("POST", "/imports/{id}/stop", actions.stop, _RUNS),
    Way("POST", "/imports/{id}/doubts", actions.settle, _RUNS),
    Way("POST", "/imports/{id}/verdicts", actions.settle_many, _RUNS),
    Way("PUT", "/imports/{id}/export", None, _RUNS, stream=receiving.put_export),
    Way("POST", "/imports/{id}/export", None, _RUNS, stream=receiving.post_export),
    Way("POST", "/imports/{id}/compare", actions.compare, _RUNS),
    Way("POST", "/imports/{id}/apply", actions.apply, _RUNS),
)
PUBLIC = ("/login", "/logout", "/static/{name}")


def application(site: Site) -> ASGIApp:
    """The page as an ASGI application."""
    routes = [Route(way.path, _endpoint(site, way), methods=[way.method]) for way in WAYS]
    return Guard(
        Starlette(routes=[*routes, *_public(site)], exception_handlers={404: _nowhere(site), 500: _unforeseen(site)}),
        site.hosts,
    )


def _nowhere(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer where there is no route."""

    async def answer(request: Request, _error: Exception) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"error": _NO_PAGE}, HTTPStatus.NOT_FOUND)
        return views.error(site, site.sessions.user(site.secret(request), touch=False), 404, _NO_PAGE, "/")

    return answer


def _unforeseen(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer to a mistake of the page; who has it say more sees the mistake itself on standard error."""

    async def answer(request: Request, _error: Exception) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"error": _MISTAKE}, HTTPStatus.INTERNAL_SERVER_ERROR)
        return views.error(site, None, 500, _MISTAKE, "/")

    return answer


def _public(site: Site) -> list[Route]:
    """What can be had without a login."""

    async def login_page(request: Request) -> Response:
        return entrance.login_page(site, request)

    async def log_in(request: Request) -> Response:
        form = await form_of(request)
        try:
            return _too_large() if form is None else await entrance.log_in(site, request, dict(form))
        except ImporterError as error:
            return views.error(site, None, 500, str(error), "/login")

    async def log_out(request: Request) -> Response:
        return await entrance.log_out(site, request)

    async def static(request: Request) -> Response:
        return files.static(str(request.path_params["name"])) or Response(status_code=404)

    return [
        Route("/login", login_page, methods=["GET"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
        Route("/static/{name}", static, methods=["GET"]),
    ]


def _endpoint(site: Site, way: Way) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if way.path == "/" and "token" in request.query_params and (entered := entrance.by_token(site, request)):
            return entered
        try:
            user = site.sessions.user(site.secret(request))
        except ImporterError as error:
            return _refusal(site, request, None, StepError(500, str(error)), way)
        if user is None:
            return RedirectResponse("/login", 303) if way.is_page else _refusal(site, request, None, _unknown(), way)
        if way.path == "/" and "token" in request.query_params:
            return RedirectResponse("/", 303)
        if user.role not in way.roles:
            refused = StepError(403, f"That is not for the role {user.role}. Nothing was changed.")
            await run_in_threadpool(_note_refusal, site, request, user, refused)
            return _refusal(site, request, user, refused, way)
        return await _answered(site, way, request, user)

    return endpoint


def _unknown() -> StepError:
    return StepError(401, "Log in first.")


async def _answered(site: Site, way: Way, request: Request, user: User) -> Response:
    try:
        if way.stream is not None:
            return await way.stream(Call(site, request, user))
        form = await form_of(request) if way.method == "POST" else ()
        if form is None:
            return _too_large()
        refuse_unfit(form)
        assert way.answer is not None
        return await run_in_threadpool(way.answer, Call(site, request, user, tuple(form)))
    except _REFUSED as error:
        if way.stream is not None and not isinstance(error, ClientDisconnect):
            await receiving.let_come(request)
        step = error if isinstance(error, StepError) else receiving.failure(error) or StepError(500, str(error))
        if step.status == HTTPStatus.FORBIDDEN:
            await run_in_threadpool(_note_refusal, site, request, user, step)
        return _refusal(site, request, user, step, way)


def _note_refusal(site: Site, request: Request, user: User, error: StepError) -> None:
    """Keep that somebody wanted what they may not do; of an import that there is, in its own trail."""
    log, about = site.desk.log, str(request.path_params.get("id", ""))
    step = request.url.path.rpartition("/")[2][:64]
    log.append(user.name, "refused", about if log.of(about) else "", step=step, why=str(error))


def _refusal(site: Site, request: Request, user: User | None, error: StepError, way: Way) -> Response:
    """The sentence: as a page for a browser that goes somewhere, and as JSON for all others."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": site.desk.words(str(error))}, error.status)
    if user is None:
        return views.error(site, None, error.status, _GONE, "/login")
    return views.error(site, user, error.status, str(error), _back(request.path_params, error.status, way))


def _back(known: dict[str, Any], status: int, way: Way) -> str:
    """Where a person goes on who was refused: to the form that it came from, or to where it stands."""
    if "id" not in known or status == HTTPStatus.NOT_FOUND or way.path == "/imports/{id}":
        return "/"
    step = way.path.rpartition("/")[2]
    form = _FORMS.get(step, "") if status != HTTPStatus.CONFLICT or step in _OF_DOUBTS else ""
    return f"/imports/{known['id']}{form}"


def _too_large() -> Response:
    return JSONResponse({"error": "The form is too large. Nothing was changed."}, 413)
