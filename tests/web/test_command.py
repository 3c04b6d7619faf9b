"""`serve` and `user` as they are installed: a month of two people, a socket for a proxy, TLS, and what is refused."""

from __future__ import annotations

import re
import stat
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from importer.web import data_folder
from tests.faultserver.plan import CANARY_KEY, hang_up, plan, rule
from tests.faultserver.tls import server_context
from tests.web.person import PASSWORD, Person, at
from tests.web.test_runs import csv, once_each

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.time_limit(120)


@pytest.fixture
def two(run, tmp_path) -> Path:
    """A preparer and an approver, by the command."""
    for name, role in (("pia", "preparer"), ("anna", "approver")):
        added = run("user", "add", name, "--role", role, "--data", "data", stdin=PASSWORD.encode() + b"\n")
        assert (added.exit, added.stdout) == (0, f"{name} may log in as {role}.\n")
    return tmp_path / "data" / "users.json"


def test_a_month_with_two_people_and_rows_in_doubt(serve_and_enter, two, healthy_server):
    ids = [line.split(b",")[0].decode() for line in csv(12).splitlines()[1:]]
    lost = [rule(hang_up(stored=stored), message_id=one) for one, stored in ((ids[3], True), (ids[7], False))]
    healthy_server.replan(plan(*lost))
    running, pia = serve_and_enter(healthy_server.url)
    assert "token" not in running.stdout_so_far().decode()
    anna = Person(pia.headers["Origin"])
    assert pia.get("/").status_code == 303
    assert (pia.log_in("pia").status_code, anna.log_in("anna").status_code) == (303, 303)
    path = pia.approved(csv(12), anna, **{"expect-rows": "12"})
    assert anna.post(f"{path}/submit").status_code == 403
    pia.done(path, "run")
    found = pia.wait(path, "needs_a_person")
    assert found["summary"]["by_status"]["in_doubt"]["rows"] == 2
    page = pia.get(f"{path}/doubts").text
    assert ids[3] in page
    assert ids[7] in page
    assert pia.post(f"{path}/doubts", row="4", verdict="recorded").status_code == 400
    assert pia.post(f"{path}/doubts", row="1", verdict="recorded", why="seen").status_code == 409
    pia.done(path, "doubts", row="4", verdict="recorded", why="seen in the dashboard")
    assert pia.post(f"{path}/doubts", row="8", verdict="not_recorded", why="not there").status_code == 409  # too soon
    assert pia.state(path)["state"] == "needs_a_person"
    pia.done(path, "doubts", row="8", verdict="not_recorded", why="not there", sure="yes")
    assert pia.state(path) | {"state": "checked", "approved_by": None} == pia.state(path)
    assert pia.post(f"{path}/run").status_code == 409
    healthy_server.replan(plan())
    pia.done(path, "submit")
    anna.done(path, "approve", plan=anna.state(path)["plan"], password=PASSWORD)
    pia.done(path, "run")
    found = pia.wait(path, "done")
    assert found["summary"]["by_status"] == {"recorded": {"rows": 12, "revenue": found["summary"]["revenue"]}}
    once_each(healthy_server, 12)
    report = pia.get(f"{path}/report.html")
    assert "sandbox" in report.headers["content-security-policy"]
    assert report.text.startswith("<!doctype html>")
    assert re.search(r'Prepared by</p><p class="signer">pia</p>', report.text)
    assert re.search(r'Plan approved by</p><p class="signer">anna, 2[0-9-]{9}</p>', report.text)
    assert report.text.count("</main>") == 1
    assert pia.get(f"{path}/report.xlsx").content.startswith(b"PK")
    trail = pia.get(f"{path}/audit").text
    assert "approved plan" in trail
    assert "not recorded on row 8: not there" in trail
    assert CANARY_KEY not in trail + report.text + page


def test_users_are_listed_and_disabled(run, two):
    assert run("user", "disable", "anna", "--users", two).exit == 0
    assert run("user", "list", "--users", two).stdout == "anna  approver  disabled\npia  preparer\n"
    assert stat.S_IMODE(two.stat().st_mode) == 0o600
    refused = run("user", "add", "x", "--role", "admin", "--users", two, stdin=b"short\n")
    assert (refused.exit, "at least 8" in refused.stderr) == (2, True)
    assert run("user", "disable", "nobody", "--users", two).exit == 2
    assert run("user", "add", "../x", "--role", "admin", "--users", two, stdin=PASSWORD.encode()).exit == 2


def test_a_folder_is_served_once_and_the_open_not_without_users(run, serve, healthy_server, tmp_path):
    at(serve(healthy_server.url))
    second = run("serve", "--data", tmp_path / "data", "--port", 0)
    assert (second.exit, "served already" in second.stderr) == (2, True)
    open_to_all = run("serve", "--data", tmp_path / "other", "--host", "0.0.0.0")
    assert (open_to_all.exit, "--users" in open_to_all.stderr) == (2, True)
    assert run("serve", "--data", "x", "--users", "nowhere").exit == 2
    assert run("serve", "--data", "x", "--api-key-file", "-").exit == 2
    assert run("serve", "--data", "x", "--port", 0, "--api-key-file", "nowhere").exit == 2


def test_a_socket_for_a_proxy(serve, two, healthy_server, tmp_path):
    path = tmp_path / "page.sock"
    running = serve(healthy_server.url, "--socket", path, "--allowed-host", "revenue.example")
    running.wait_for("unix:")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    base = "https://revenue.example"
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://revenue.example") as client:
        person = Person(base, client)
        person.headers |= {"X-Forwarded-Proto": "https"}
        cookie = person.log_in("pia").headers["set-cookie"]
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        assert client.get("/login", headers={"Host": "evil.example"}).status_code == 403


def test_tls_of_its_own(serve, two, healthy_server, tmp_path):
    server_context("self_signed", tmp_path)
    files = "--tls-cert", tmp_path / "self_signed.pem", "--tls-key", tmp_path / "self_signed.key"
    running = serve(healthy_server.url, *files)
    base = running.wait_for(r"https://\S+/\n").split("https://")[1].split("/")[0]
    with httpx.Client(base_url=f"https://{base}", verify=False) as client:
        assert "Secure" in Person(f"https://{base}", client).log_in("pia").headers["set-cookie"]


def test_the_first_command_is_one_with_a_sandbox(start_cold, tmp_path):
    running = start_cold("serve", "--sandbox", "--port", 0, key=None)
    person = at(running)
    assert "nothing is real" in person.get("/").text
    path = person.approved(csv(5))
    person.done(path, "run")
    person.wait(path, "done")
    assert "one person had a hand in both" in person.get(f"{path}/report.html").text
    began = time.monotonic()
    running.send_signal(15)
    assert running.wait(20).exit == 0
    assert time.monotonic() - began < 20
    kept = [path for path in data_folder(None, sandbox=True).rglob("*") if path.is_file()]
    assert kept
    assert [path for path in kept if path.stat().st_mode & 0o077] == []
