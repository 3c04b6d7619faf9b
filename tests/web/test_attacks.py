"""What somebody may try at the page, from outside and from within: nothing is taken that should not be."""

from __future__ import annotations

import json
import socket
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
import xlsxwriter

from importer.web import preview
from importer.web.problems import harmless
from importer.web.routes import WAYS
from tests.web.person import PASSWORD, at
from tests.web.test_steps import FILE, pretend

pytestmark = pytest.mark.usefixtures("warm_commands")
KEY = "trk_" + "a1" * 16
EVIL = "<script>alert(1)"
HOSTILE = ["", "\0", "a\0b", "x" * 150_000, "-1", "9" * 40, "../../etc/passwd", EVIL, "=cmd|' /C calc'!A0", "{{7*7}}"]
FIELDS = (
    *("name", "plan", "why", "row", "source", "message_id", "revenue_id", "verdict", "sure", "limit", "map", "set"),
    *("where", "decimal", "already", "profile", "period", "value", "expect-total", "timezone", "set.revenue"),
)


@pytest.mark.parametrize(
    "way", [way for way in WAYS if way.method != "PUT"], ids=lambda way: f"{way.method} {way.path}"
)
def test_whatever_comes_in_a_field_is_answered(site, enter, way):
    """With a page or a sentence: an error of the program would be raised here."""
    ada = enter("ada")
    path = way.path.replace("{id}", ada.begin().rsplit("/", 1)[1])
    for text in HOSTILE:
        if way.method == "GET":
            answers = [ada.get(f"{path}?code={quote(text[:9000])}&page={quote(text[:9000])}")]
        else:
            known = {"verdict": "recorded", "why": "seen", "row": "1"} if path.endswith("/doubts") else {}
            answers = [ada.post(path, **(known | {field: text})) for field in FIELDS]
        assert {answer.status_code for answer in answers} <= {200, 303, 400, 403, 404, 409, 413}


@pytest.mark.parametrize("text", ["\0", "a\0", "x" * 150_000], ids=len)
@pytest.mark.parametrize("field", ["row", "source", "message_id", "revenue_id", "why"])
def test_a_verdict_that_no_command_can_be_given_is_refused(site, pia, field, text):
    path = pia.begin()
    site.desk.log.append("pia", "started", path[9:], run=1, limit=None, plan="x", before=None)
    answer = pia.post(f"{path}/doubts", **({"row": "1", "verdict": "recorded", "why": "seen"} | {field: text}))
    assert (answer.status_code, "Argument" in answer.text) in {(400, False), (409, False)}


def test_a_key_is_kept_nowhere_whatever_it_is_typed_into(site, pia, anna, tmp_path):
    path = pia.begin()
    assert pia.post("/imports", name=f"June {KEY}").status_code == 400
    assert pia.put(f"{path}/file?name={KEY}.csv", FILE).status_code == 400
    for step in ("options", "columns", "return", "run", "doubts"):
        person = anna if step == "return" else pia
        assert person.post(f"{path}/{step}", why=KEY, keep=KEY, limit=KEY).status_code == 400, step
    assert [file for file in tmp_path.rglob("*") if file.is_file() and KEY.encode() in file.read_bytes()] == []


def test_what_is_typed_for_a_name_is_kept_only_of_a_user(visit, site):
    """People type passwords there; and a stranger must not fill the trail."""
    person = visit(site)
    for name in ("pia", PASSWORD, "nobody"):
        person.log_in(name, "wrong password")
    before = len(site.desk.log.of(""))
    assert [event.who for event in site.desk.log.of("")] == ["pia", "somebody unknown", "somebody unknown"]
    for _ in range(10):
        person.log_in("pia", "wrong password")
    assert len(site.desk.log.of("")) == before + 4


def test_who_chose_options_has_a_hand_in_every_version_that_they_count_for(site, pia, enter):
    ada, paul = enter("ada"), enter("paul")
    path = pia.begin()
    pia.put(f"{path}/file?name=june.csv", FILE)
    ada.done(path, "options", duplicates="post")
    paul.done(path, "columns", strict="yes")
    pia.put(f"{path}/file?name=june.csv", FILE)
    pretend(site, path)
    pia.done(path, "submit")
    plan = pia.state(path)["plan"]
    assert ada.post(f"{path}/approve", plan=plan, password=PASSWORD).status_code == 403
    pia.done(path, "options")  # none are left of Ada's
    pia.put(f"{path}/file?name=june.csv", FILE)
    pretend(site, path)
    pia.done(path, "submit")
    ada.done(path, "approve", plan=plan, password=PASSWORD)


def test_who_said_not_recorded_approves_no_version_that_posts_it_again(site, pia, enter):
    ada = enter("ada")
    path = pia.begin()
    site.desk.log.append("ada", "verdict", path[9:], verdict="not_recorded", why="not there", row="4")
    pia.put(f"{path}/file?name=june.csv", FILE)
    pretend(site, path)
    pia.done(path, "submit")
    answer = ada.post(f"{path}/approve", plan=pia.state(path)["plan"], password=PASSWORD)
    assert answer.status_code == 403
    site.desk.log.append("pia", "started", path[9:], run=1, limit=None, plan="x", before=None)
    assert site.desk.look(path[9:]).history.deniers == set()


def test_what_was_refused_stands_in_the_trail_of_an_import_that_there_is(site, pia, enter):
    path = pia.begin()
    for name, step in (("otto", "submit"), ("pia", "approve")):
        assert enter(name).post(f"{path}/{step}", plan="x").status_code == 403
    trail = pia.get(f"{path}/audit").text
    assert "was refused a step (submit): That is not for the role auditor." in trail
    assert "was refused a step (approve): That is not for the role preparer." in trail
    before = site.desk.log.imports()
    assert pia.post("/imports/abcd1234/approve", plan="x").status_code == 403
    assert pia.get("/imports/abcd1234").status_code == 404
    assert site.desk.log.imports() == before


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("=1+1", "'=1+1"),
        ("'=1+1", "''=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("-abc1234", "'-abc1234"),
        ("+HYPERLINK(1)", "'+HYPERLINK(1)"),
        ("-24.99", "-24.99"),
        ("-$24.99", "-$24.99"),
        ("+5", "+5"),
        ("T72OJwfC", "T72OJwfC"),
        ("", ""),
    ],
)
def test_a_download_to_be_mended_holds_no_formula(tmp_path, cell, seen):
    path = tmp_path / "refused.csv"
    path.write_text(f'id,error_code,error_message\r\n"{cell}",x,y\r\n', newline="")
    assert b"".join(harmless(path)).decode() == f"id,error_code,error_message\r\n{seen},x,y\r\n"


def test_the_downloads_are_those(site, pia):
    path = pia.begin()
    site.desk.folder.output(path[9:], "run-0", ".csv").write_text("id,error_code\n=1+1,x\n")
    site.desk.folder.output(path[9:], "check-0", ".csv").write_text("id,error_code\n=1+1,x\n")
    for name in ("rejects", "problems.csv"):
        answer = pia.get(f"{path}/{name}")
        assert answer.text.splitlines()[1] == "'=1+1,x"
        assert answer.headers["content-disposition"].startswith("attachment; filename=")


def test_a_workbook_of_scripts_is_text_on_every_page(site, pia, tmp_path):
    """Its sheet, its header, its cells, and its name."""
    with xlsxwriter.Workbook(tmp_path / "june.xlsx") as book:
        sheet = book.add_worksheet(EVIL)
        for at, title in enumerate(["message_id", "revenue", "attribution_type", f"{EVIL} header"]):
            sheet.write_string(0, at, title)
        for row in range(1, 40):
            for at, text in enumerate([f"AAAAAA{row:02}", EVIL if row < 4 else "1.00", "sale", EVIL]):
                sheet.write_string(row, at, text)
    path = pia.begin(EVIL)
    assert pia.put(f"{path}/file?name={quote(EVIL)}.xlsx", (tmp_path / "june.xlsx").read_bytes()).status_code == 201
    pia.done(path, "options", keep=f"{EVIL} header", sheet=EVIL)
    pia.done(path, "check")
    assert pia.state(path)["state"] == "checked", pia.state(path)["problem"]
    for place in ("", "/columns", "/rows", "/problems", "/audit", "/doubts"):
        page = pia.get(path + place).text
        assert EVIL not in page
        assert place == "/doubts" or "&lt;script&gt;" in page


def test_a_file_is_looked_into_without_the_key(monkeypatch, tmp_path):
    given = {}
    monkeypatch.setenv("TRACKLY_API_KEY", KEY)
    monkeypatch.setattr(
        "importer.web.preview.subprocess.run",
        lambda *_, **more: given.update(more) or SimpleNamespace(stdout=json.dumps({"titles": ["a"]})),
    )
    assert preview.preview(tmp_path / "june.csv", {})["titles"] == ["a"]
    assert KEY not in given["env"].values()
    assert "PATH" in given["env"]


def test_users_that_cannot_be_read_are_a_sentence(site, pia, users):
    users.write_text("{")
    answer = pia.get("/")
    assert (answer.status_code, "no file of users" in answer.text) == (500, True)


def test_headers_without_end_are_cut_off(serve, tmp_path):
    """Before anybody has logged in, and while others are answered."""
    running = serve("http://127.0.0.1:9/api")
    person = at(running)
    with socket.create_connection(("127.0.0.1", urlsplit(person.headers["Origin"]).port or 0)) as stranger:
        stranger.settimeout(10)
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
        with pytest.raises(OSError, match=r"reset|[Pp]ipe"):
            stranger.sendall(b"a" * (64 << 20))
    assert person.get("/").status_code == 200
