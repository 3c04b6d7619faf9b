"""The steps of an import: which is due when, who may take it, and what a change ends. Checks are real; runs are not."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from tests.web.person import MESSY, PASSWORD

pytestmark = pytest.mark.usefixtures("warm_commands")
FILE = Path(MESSY).read_bytes()
STEPS = ("check", "submit", "approve", "return", "run", "stop")


@pytest.fixture
def checked(site, pia):
    """An import of Pia's that is checked, without the time that a check takes; its path."""
    path = pia.begin()
    assert pia.put(f"{path}/file?name=june.csv", FILE).status_code == 201
    pretend(site, path)
    return path


def pretend(site, path, plan="sha256:" + "a" * 64):
    """What a check leaves."""
    import_id = path.rsplit("/", 1)[1]
    history = site.desk.look(import_id).history
    number = history.checks + 1
    site.desk.log.append("pia", "checking", import_id, number=number)
    output = site.desk.folder.output(import_id, f"check-{number}", ".json")
    shares = {"rows": 3, "revenue": "24.90"}
    output.write_text(
        json.dumps({
            **shares, "plan": plan, "by_status": {"pending": shares}, "by_code": {}, "by_month": {"2026-06": shares},
            "refunds": {"rows": 0, "revenue": "0"}, "warnings": [], "to_post": shares, "target": "api",
        })
    )  # fmt: skip
    site.desk.log.append(
        "pia", "checked", import_id, number=number, version=history.version, plan=plan, failure="",
        options_event=history.options_event,
    )  # fmt: skip


def not_due(person, path, *due):
    """Every other step is 409 and changes nothing."""
    before = person.state(path)
    for step in STEPS:
        if step not in due:
            answer = person.post(f"{path}/{step}", plan=before["plan"] or "", password=PASSWORD, why="x")
            assert answer.status_code == 409, step
    assert person.state(path) == before


def test_each_step_is_due_in_its_state_alone(site, enter):
    ada = enter("ada")
    path = ada.begin()
    not_due(ada, path)
    assert ada.state(path) | {"state": "new", "plan": None, "summary": None, "version": 0} == ada.state(path)
    ada.put(f"{path}/file?name=june.csv", FILE)
    assert ada.state(path)["state"] == "uploaded"
    not_due(ada, path, "check")
    pretend(site, path)
    assert ada.state(path)["state"] == "checked"
    not_due(ada, path, "submit")
    ada.done(path, "submit")
    assert ada.state(path)["state"] == "submitted"
    not_due(ada, path, "approve", "return")
    ada.done(path, "return", why="the totals are of May")
    assert ada.state(path) | {"state": "checked", "returned": "the totals are of May"} == ada.state(path)


def test_it_takes_another_person_the_password_and_the_plan_that_was_shown(site, checked, pia, enter):
    plan, anna, ada = pia.state(checked)["plan"], enter("anna"), enter("ada")
    ada.done(checked, "options", period="2026-06")  # Ada had a hand in the mapping
    pretend(site, checked)
    pia.done(checked, "submit")
    assert ada.post(f"{checked}/approve", plan=plan, password=PASSWORD).status_code == 403
    assert anna.post(f"{checked}/approve", plan=plan, password="wrong").status_code == 403
    assert anna.post(f"{checked}/approve", plan="sha256:" + "b" * 64, password=PASSWORD).status_code == 409
    assert anna.post(f"{checked}/approve", password=PASSWORD).status_code == 409
    assert anna.state(checked)["state"] == "submitted"
    anna.done(checked, "approve", plan=plan, password=PASSWORD)
    found = anna.state(checked)
    assert (found["state"], found["prepared_by"], found["approved_by"]) == ("approved", "pia", "anna")
    assert not found["one_person"]


def test_tries_of_the_password_that_approves_are_limited(site, checked, pia, enter):
    """As those of logging in are, and the wait is said; logging in goes on."""
    anna, plan = enter("anna"), pia.state(checked)["plan"]
    pia.done(checked, "submit")
    answers = [anna.post(f"{checked}/approve", plan=plan, password="wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [403] * 5
    late = anna.post(f"{checked}/approve", plan=plan, password=PASSWORD)
    assert (late.status_code, "Too many tries" in late.text) == (429, True)
    assert pia.state(checked)["state"] == "submitted"
    assert site.log_in("anna", PASSWORD, "10.0.0.1")[0] is not None


@pytest.fixture
def approved(checked, pia, anna):
    """The same, approved by Anna."""
    pia.done(checked, "submit")
    anna.done(checked, "approve", plan=pia.state(checked)["plan"], password=PASSWORD)
    return checked


def test_any_change_ends_an_approval(site, approved, pia, anna):
    pia.done(approved, "options", duplicates="post")
    assert pia.state(approved) | {"state": "uploaded", "approved_by": None, "plan": None} == pia.state(approved)
    pretend(site, approved)
    pia.done(approved, "submit")
    assert "“Rows that are equal to an earlier one”, rows may be posted" in anna.get(approved).text
    anna.done(approved, "approve", plan=pia.state(approved)["plan"], password=PASSWORD)
    assert pia.put(f"{approved}/file?name=june.csv", FILE + b"\n").json()["version"] == 2
    assert pia.state(approved) | {"state": "uploaded", "approved_by": None, "version": 2} == pia.state(approved)
    assert pia.post(f"{approved}/run").status_code == 409


def test_an_approval_lasts_seven_days(clock, approved, pia):
    clock.ahead = timedelta(days=6, hours=23)
    assert pia.state(approved)["state"] == "approved"
    clock.ahead = timedelta(days=7, hours=1)
    assert pia.state(approved) | {"state": "submitted", "approved_by": None} == pia.state(approved)
    assert pia.post(f"{approved}/run").status_code == 409


def test_a_verdict_not_recorded_wants_a_new_approval_and_recorded_does_not(site, approved, pia, anna):
    import_id = approved.rsplit("/", 1)[1]
    site.desk.log.append("paul", "verdict", import_id, verdict="recorded", why="seen", row="3")
    assert pia.state(approved)["state"] == "approved"
    site.desk.log.append("paul", "verdict", import_id, verdict="not_recorded", why="not seen", row="4")
    assert pia.state(approved) | {"state": "checked", "approved_by": None} == pia.state(approved)
    assert "paul" in site.desk.look(import_id).history.hands


def test_totals_that_were_changed_after_the_files_were_shown_are_told(site, checked, pia, anna):
    pia.done(checked, "options", **{"expect-total": "24.90"})
    pretend(site, checked)
    pia.done(checked, "submit")
    assert "changed after" in anna.get(checked).text


def test_totals_that_were_typed_before_are_told_beside_those_of_the_file(site, pia, anna):
    path = pia.begin()
    pia.put(f"{path}/file?name=june.csv", FILE)
    pia.done(path, "options", **{"expect-total": "24.90", "expect-rows": "3"})
    assert "24.90" not in pia.get(path).text.split("Upload another")[0]
    pretend(site, path)
    page = anna.get(path).text
    assert page.count("24.90</td>") >= 2  # typed, and in the file
    assert "changed after" not in page


def test_one_person_alone_is_told_so(make_site, visit):
    site = make_site()
    person = visit(site)
    person.get(f"/?token={site.sessions.token}")
    path = person.begin()
    person.put(f"{path}/file?name=june.csv", FILE)
    pretend(site, path)
    person.done(path, "submit")
    person.done(path, "approve", plan=person.state(path)["plan"])
    assert person.state(path)["one_person"] is True
    assert "One person" in person.get(path).text
    assert "One person" in person.get(f"{path}/audit").text


def test_a_real_check_its_problems_and_its_rows(site, pia):
    path = pia.bring(FILE, **{"expect-rows": "123"})
    found = pia.state(path)
    assert (found["state"], found["summary"]["rows"]) == ("checked", 123)
    assert found["plan"] == found["summary"]["plan"]
    page = pia.get(f"{path}/problems?code=invalid_revenue").text
    assert "12 34" in page
    assert "hist_0001" not in page
    assert "hist_0001" in pia.get(f"{path}/problems?page=99").text
    assert pia.get(f"{path}/problems.csv").text.count("\r\n") == 24
    assert "T72OJwfC" in pia.get(f"{path}/rows").text
    assert pia.get(f"{path}/original").content == FILE
    for missing in ("results", "rejects", "report.html", "report.xlsx"):
        assert pia.get(f"{path}/{missing}").status_code == 404
    for step in ("", "/columns", "/audit", "/doubts"):
        assert pia.get(path + step).status_code == 200


def test_a_check_that_asks_is_answered_with_an_option(site, pia):
    path = pia.bring(b'ID,Amt,attribution_type\nAAAAAAA1,"24,99",sale\n', "j.csv")
    found = pia.state(path)
    assert (found["state"], found["plan"]) == ("uploaded", None)
    assert "“Column of the file” revenue=Amt" in found["problem"]
    assert "Amt" in pia.get(f"{path}/columns").text
    answers = [("map", "message_id=ID"), ("map", "revenue=Amt"), ("decimal", "comma")]
    body = "&".join(f"{name}={value.replace('=', '%3D')}" for name, value in answers)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert pia.client.post(f"{path}/columns", content=body, headers=pia.headers | form).status_code == 303
    found = pia.state(path)
    assert (found["state"], found["summary"]["revenue"]) == ("checked", "24.99")
    assert 'decimal = "comma"' in pia.get(f"{path}/profile.toml").text


def test_a_date_that_could_be_two_is_asked_about_with_its_own_cell(site, pia):
    rows = b"".join(b"AAAAAAA%d,1.00,sale,0%d/02/2026\n" % (i, i) for i in range(1, 6))
    path = pia.bring(b"message_id,revenue,attribution_type,timestamp\n" + rows)
    page = pia.get(path).text
    assert "01/02/2026 stands in the file" in page
    assert 'value="%d/%m/%Y"' in page
    pia.done(path, "columns", **{"timestamp-format": "%m/%d/%Y"})
    assert list(pia.state(path)["summary"]["by_month"]) == [f"2026-0{month}" for month in range(1, 6)]
    page = pia.get(path).text
    assert "stands in the file" not in page
    assert "What changed since the last check" in page
    assert "Newly chosen: “Form of dates” %m/%d/%Y" in page


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("base-url", "http://127.0.0.1/"), ("api-key-file", "/etc/passwd"), ("results", "/tmp/x.csv"), ("limit", "3"),
        ("yes", "on"), ("expect-plan", "x"), ("rate", "fast"), ("expect-total", "a lot"), ("decimal", "semicolon"),
        ("already", "../../x"), ("already", "abcd1234"), ("profile", "/etc/x.toml"), ("map", "nonsense=x"),
        ("keep", "trk_0123456789abcdef0123456789abcdef"), ("strict", "maybe"), ("where", "a" * 3000),
    ],
)  # fmt: skip
def test_an_option_that_is_none_of_the_page_changes_nothing(pia, option, value):
    path = pia.begin()
    before = pia.state(path)
    assert pia.post(f"{path}/options", **{option: value}).status_code == 400
    assert pia.state(path) == before


def test_the_options_are_those_that_were_sent_last(site, pia):
    """What is not sent is at its default: an option that posts again never stays by itself."""
    path = pia.begin()
    pia.done(path, "options", map="revenue=Amt", duplicates="post", **{"in-doubt": "resend"})
    pia.done(path, "options", timezone="Europe/Berlin", map="revenue=Amt", strict="")
    history = site.desk.look(path.rsplit("/", 1)[1]).history
    assert history.options == {"map": ["revenue=Amt"], "timezone": ["Europe/Berlin"]}
    trail = pia.get(f"{path}/audit").text
    assert "added: “Time zone of the file” Europe/Berlin" in trail
    told = "“Rows that are equal to an earlier one”: “post: they are events of their own”"
    assert f"removed: {told}, “Rows whose answer was lost”: “are posted again: they may count twice”" in trail
    pia.done(path, "options")
    assert site.desk.look(path.rsplit("/", 1)[1]).history.options == {}


@pytest.mark.parametrize(
    ("step", "form", "status", "place"),
    [
        ("doubts", {"row": "1", "verdict": "recorded", "why": "x"}, 409, "/doubts"),
        ("options", {"expect-rows": "many"}, 400, "/columns"),
        ("run", {}, 409, ""),
    ],
)
def test_who_is_refused_goes_on_where_it_can_be_put_right(pia, checked, step, form, status, place):
    answer = pia.post(f"{checked}/{step}", headers=pia.headers | {"Accept": "text/html"}, **form)
    assert (answer.status_code, f'href="{checked}{place}"' in answer.text) == (status, True)
    assert ("The last that happened" in answer.text) is (place == "" and status == 409)


def test_an_answer_to_a_question_leaves_the_other_options(site, pia):
    path = pia.begin()
    pia.put(f"{path}/file?name=june.csv", FILE)
    pia.done(path, "options", strict="on")
    pia.done(path, "columns", decimal="point")
    history = site.desk.look(path.rsplit("/", 1)[1]).history
    assert history.options == {"decimal": ["point"], "strict": ["yes"]}


def test_state_is_nowhere_but_in_events_and_journals(make_site, site, visit, approved, users, tmp_path):
    """A copy of the folder says the same, with no server that knew it before."""
    before = site.desk.look(approved.rsplit("/", 1)[1]).fields()
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    shutil.rmtree(tmp_path / "data")
    shutil.move(tmp_path / "copy", tmp_path / "data")
    assert make_site(users=users).desk.look(approved.rsplit("/", 1)[1]).fields() == before
