"""Who gets in, from where, and what they may do: every route, each way of not being allowed."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from importer.errors import SettingsError
from importer.web import Role, ServeSettings, UserFile, routes
from importer.web.guard import POLICY
from importer.web.routes import PUBLIC, WAYS
from importer.web.sessions import Sessions
from tests.web.conftest import BASE, ROLES
from tests.web.person import PASSWORD

STATES = ("POST", "PUT")
NOT_ALLOWED = [(way, name) for way in WAYS for name, role in ROLES.items() if role not in way.roles and name != "paul"]


def path_of(way) -> str:
    return way.path.replace("{id}", "abcd1234")


def ask(person, way, **more):
    return person.client.request(way.method, path_of(way), follow_redirects=False, **more)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.method} {way.path}")
def test_no_route_answers_who_is_not_logged_in(visit, site, way):
    answer = ask(visit(site), way, headers={"Origin": BASE})
    assert (answer.status_code, answer.headers.get("location")) == ((303, "/login") if way.is_page else (401, None))
    assert site.desk.log.imports() == []


@pytest.mark.parametrize(("way", "name"), NOT_ALLOWED, ids=lambda one: getattr(one, "path", one))
def test_a_route_is_for_its_roles(enter, site, way, name):
    answer = ask(enter(name), way, headers={"Origin": BASE})
    assert answer.status_code == 403
    assert site.desk.log.imports() == []


def test_an_auditor_may_change_nothing_and_see_all():
    assert {way.path for way in WAYS if Role.AUDITOR in way.roles} == {way.path for way in WAYS if way.method == "GET"}


def test_nothing_else_is_served(site):
    from importer.web.routes import application

    there = {route.path for route in application(site)._app.routes}
    assert there == {way.path for way in WAYS} | set(PUBLIC)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8485"},
        {"Origin": "https://127.0.0.1:8484"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": BASE},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/imports", "/login", "/logout"])
def test_a_change_must_come_from_this_page(pia, site, path, headers):
    assert pia.post(path, headers=headers, name="x").status_code == 403
    assert site.desk.log.imports() == []
    assert pia.get("/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": BASE},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},  # of a form, where no referrer is sent
    ],
    ids=str,
)
def test_what_comes_from_this_page_is_taken(pia, headers):
    assert pia.post("/imports", headers=headers, name="x").status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8484", "127.0.0.1", "127.0.0.1:8485", "127.0.0.1:8484@evil", "", "[::1"]
)
def test_another_host_is_not_answered(pia, host):
    for path in ("/", "/login", "/static/page.js"):
        assert pia.get(path, headers={"Host": host}).status_code == 403


def test_the_names_of_this_computer_are_answered(pia):
    for host in ("127.0.0.1:8484", "localhost:8484", "LOCALHOST:8484", "[::1]:8484"):
        assert pia.get("/login", headers={"Host": host}).status_code == 200


def test_every_answer_tells_the_browser_what_it_may_do(pia):
    for path in ("/", "/login", "/nowhere", "/imports/zzzz.json", "/static/page.css", "/static/base.css"):
        headers = pia.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["../routes.py", "..%2froutes.py", "%2e%2e/routes.py", "page.py", ""])
def test_no_other_file_is_served_as_static(pia, name):
    assert pia.get(f"/static/{name}").status_code in {403, 404}


def test_login_gives_a_new_session_and_logout_ends_it(visit, site):
    person = visit(site)
    person.client.cookies.set("revenue-importer-8484", "chosen-by-somebody-else", "127.0.0.1", "/")
    answer = person.log_in("pia")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", "revenue-importer-8484="))
    assert "chosen-by-somebody-else" not in cookie
    assert "pia" in person.get("/").text
    old = dict(person.client.cookies)
    assert person.post("/logout").status_code == 303
    person.client.cookies.update(old)
    assert person.get("/").status_code == 303


def test_a_wrong_password_and_an_unknown_name_are_told_alike_and_limited(visit, site):
    person = visit(site)
    answers = [person.log_in("pia", "wrong password") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 60
    assert person.log_in("pia").status_code == 429  # not even the right one
    assert person.log_in("nobody", "x").text == answers[0].text
    assert person.log_in("anna").status_code == 303


def test_a_stranger_does_not_lock_a_user_out(site):
    """Tries are counted by name and address; many computers together have more, and all names of one address, too."""
    tries = [site.log_in("pia", "wrong password", "10.0.0.9") for _ in range(6)]
    assert [wait_s > 0 for _, wait_s in tries] == [False] * 5 + [True]
    assert site.log_in("pia", PASSWORD, "10.0.0.1")[0].name == "pia"
    assert site.log_in("pia", PASSWORD, "10.0.0.9")[0] is None
    for n in range(45):
        site.log_in(f"name {n}", "wrong password", "10.0.0.9")
    assert site.log_in("anna", PASSWORD, "10.0.0.9")[1] > 0


def test_all_computers_together_have_a_limit_too(site, monkeypatch):
    monkeypatch.setattr(site.users, "verify", lambda *_: None)
    waits = [site.log_in("pia", "wrong password", f"10.0.1.{n}")[1] for n in range(101)]
    assert [wait_s > 0 for wait_s in waits] == [False] * 100 + [True]


def test_who_is_disabled_or_changed_is_out_at_once(site, enter, users):
    pia, anna = enter("pia"), enter("anna")
    UserFile(users).disable("pia")
    assert pia.get("/").status_code == 303
    assert pia.log_in("pia").status_code == 401
    UserFile(users).add("anna", Role.AUDITOR, "another password")
    assert anna.get("/").status_code == 303


def test_sessions_end_when_idle_and_at_the_latest_in_the_evening(users):
    now = [0.0]
    sessions = Sessions(UserFile(users), "me", lambda: now[0])
    user = UserFile(users).users()["pia"]
    idle, busy = sessions.begin(user), sessions.begin(user)
    for _ in range(25):
        now[0] += timedelta(minutes=20).total_seconds()
        assert (sessions.user(busy) is not None) == (now[0] <= timedelta(hours=10).total_seconds())
    assert sessions.user(idle) is None
    seen = sessions.begin(user)
    now[0] += timedelta(minutes=29).total_seconds()
    assert sessions.user(seen, touch=False) is not None  # what the browser does by itself does not count
    now[0] += timedelta(minutes=2).total_seconds()
    assert sessions.user(seen) is None


def test_the_token_opens_the_page_once(make_site, visit):
    site = make_site()
    token = site.sessions.token
    first, second = visit(site), visit(site)
    assert first.get("/?token=wrong").headers["location"] == "/login"
    assert "serve" in first.get("/login").text
    answer = first.get(f"/?token={token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert first.get("/").status_code == 200
    assert second.get(f"/?token={token}").headers["location"] == "/login"
    assert second.log_in("ada").status_code == 401


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"host": "0.0.0.0"}, "--users"),
        ({"host": "192.0.2.7"}, "--users"),
        ({"socket": "s"}, "--users"),
        ({"host": "0.0.0.0", "users": "u"}, "--tls-cert"),
        ({"tls_cert": "c"}, "--tls-key"),
        ({"socket": "s", "users": "u", "tls_cert": "c", "tls_key": "k"}, "--socket"),
    ],
    ids=str,
)
def test_beyond_this_computer_it_wants_users_and_encryption(tmp_path, settings, told):
    with pytest.raises(SettingsError, match=told):
        ServeSettings(data=tmp_path, **settings)


def test_with_users_and_encryption_it_goes_beyond(tmp_path):
    ServeSettings(data=tmp_path, host="0.0.0.0", users=tmp_path, tls_cert=tmp_path, tls_key=tmp_path)
    ServeSettings(data=tmp_path, socket=tmp_path, users=tmp_path)


def test_pages_bring_no_script_and_no_style_of_their_own(site, pia):
    path = pia.begin("<script>alert(1)</script>")
    pages = [pia.get(one).text for one in ("/", "/login", path, f"{path}/columns", f"{path}/audit", f"{path}/doubts")]
    for page in pages:
        assert not re.search(r"<script(?! src=\"/static/)|<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert "&lt;script&gt;" in pages[0]


def test_the_users_file_has_no_password(users):
    text = users.read_text()
    assert PASSWORD not in text
    assert text.count("$argon2id$") == len(ROLES)


def test_users_that_cannot_be_read_are_a_sentence_and_no_server_begins_with_them(site, visit, users, run, tmp_path):
    users.write_text("[]")
    answer = visit(site).log_in("pia")
    assert (answer.status_code, "users.json is no file of users that can be read" in answer.text) == (500, True)
    ended = run(
        "serve", "--data", tmp_path / "other", "--users", users, "--port", 0, "--base-url", "http://127.0.0.1:9"
    )
    assert (ended.exit, "users.json is no file of users" in ended.stderr) == (2, True)


def test_a_mistake_of_the_page_is_a_sentence(site, users, monkeypatch):
    def mistaken(_call):
        raise ZeroDivisionError

    monkeypatch.setattr(
        routes, "WAYS", [replace(way, answer=mistaken) for way in routes.WAYS if way.path == "/imports"]
    )
    app = routes.application(site)
    secret = site.sessions.begin(site.users.users()["pia"])

    async def ask(accept):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        cookies = {"revenue-importer-8484": secret}
        async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=cookies) as client:
            return await client.get("/imports", headers={"Accept": accept})

    for accept in ("text/html", "application/json"):
        answer = asyncio.run(ask(accept))
        assert (answer.status_code, "Something unforeseen happened" in answer.text) == (500, True)
        assert "ZeroDivision" not in answer.text


def test_who_has_the_folder_has_the_users_that_root_adds(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("os.fchown", lambda _fd, *owner: given.append(owner))
    UserFile(tmp_path / "users.json").add("pia", Role.PREPARER, "correct horse battery")
    assert given == [(tmp_path.stat().st_uid, tmp_path.stat().st_gid)]
