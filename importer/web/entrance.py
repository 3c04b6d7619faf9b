"""How one gets in and out: by name and password, or with the token that was printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from importer.web.sessions import too_many_tries

if TYPE_CHECKING:
    from starlette.requests import Request

    from importer.web.site import Site

SEE_OTHER = 303
_WRONG = "Name or password is wrong."


def login_page(site: Site, request: Request, problem: str = "", status: int = 200) -> Response:
    """The page with the form; for one person without users it says where the link is."""
    user = site.sessions.user(site.secret(request), touch=False)
    return HTMLResponse(site.pages.render("login.html.j2", None, problem=problem, inside=user is not None), status)


async def log_in(site: Site, request: Request, form: dict[str, str]) -> Response:
    """A new session for who knows the password."""
    if not site.sessions.has_users:
        return login_page(site, request, "There are no users here: open the link that `serve` printed.", 401)
    name, password = form.get("name", ""), form.get("password", "")
    user, wait_s = await run_in_threadpool(site.log_in, name, password, site.address(request))
    if user is None:
        problem = too_many_tries(wait_s) if wait_s else _WRONG
        response = login_page(site, request, problem, 429 if wait_s else 401)
        if wait_s:
            response.headers["Retry-After"] = str(int(wait_s) + 1)
        else:
            _note_failure(site, name)
        return response
    site.sessions.end(site.secret(request))
    return _enter(site, request, site.sessions.begin(user), user.name)


def _note_failure(site: Site, name: str) -> None:
    """Keep the name only of a user, as people type passwords there, too. Tries that are not taken are not noted."""
    known = site.users is not None and name in site.users.users()
    site.desk.log.append(name if known else "somebody unknown", "login_failed")


async def log_out(site: Site, request: Request) -> Response:
    """End the session."""
    user = site.sessions.user(site.secret(request), touch=False)
    site.sessions.end(site.secret(request))
    if user is not None:
        site.desk.log.append(user.name, "logout")
    response = RedirectResponse("/login", SEE_OTHER)
    response.delete_cookie(
        site.cookie(request), path="/", httponly=True, samesite="strict", secure=site.is_secure(request)
    )
    return response


def by_token(site: Site, request: Request) -> Response | None:
    """A session for the token in the address, which is then gone from there; None where it is not the one."""
    secret = site.sessions.exchange(request.query_params.get("token", ""))
    if secret is None:
        return None
    user = site.sessions.user(secret)
    return _enter(site, request, secret, user.name if user else "")


def _enter(site: Site, request: Request, secret: str, name: str) -> Response:
    site.desk.log.append(name, "login")
    response = RedirectResponse("/", SEE_OTHER)
    site.give_cookie(request, response, secret)
    return response
