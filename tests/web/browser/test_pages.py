"""The pages in a browser: what people see, with and without JavaScript, and when two tabs want the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from importer.web.folder import Lock
from tests.web.browser.conftest import begin
from tests.web.person import MESSY, PASSWORD
from tests.web.test_steps import pretend

_AXE = Path(os.environ.get("AXE", "node_modules/axe-core/axe.min.js"))
_PLACES = ("", "/columns", "/rows", "/problems", "/outcome", "/audit")
_EVIL = "<script>document.title='taken'</script>"


def test_an_import_from_its_name_to_its_approval_without_javascript(house, enter):
    pia, anna = enter("pia", java_script_enabled=False), enter("anna", java_script_enabled=False)
    pia.goto("/")
    pia.fill("#name", "June 2026")
    pia.click("text=Start")
    pia.set_input_files("#file", MESSY)
    pia.click("button:text('Upload')")
    pia.click("text=Control totals and columns")
    assert "Message ID – found by its name" in pia.inner_text("#map-message_id")
    path = "/" + pia.url.split("/", 3)[3].removesuffix("/columns")
    pia.fill("[name='set.offer_id']", "4611")
    pia.click("text=Save only")
    pia.wait_for_selector("#verdict")
    assert house.desk.look(path[9:]).history.options == {"set": ["offer_id=4611"]}
    pretend(house, path)
    pia.goto(path)
    assert "All 3 rows of the file would be posted" in pia.inner_text("#verdict")
    pia.click("text=Submit for approval")
    anna.goto("/")
    assert "for you to approve" in anna.inner_text("main")
    anna.click("text=June 2026")
    anna.fill("#password", PASSWORD)
    anna.click("button:text-is('Approve')")
    anna.wait_for_selector("#verdict h2:text-is('Approved')")


def test_the_tab_that_comes_second_is_told_who_did_what(checked, enter, tabs):
    first = enter("pia")
    second = first.context.new_page()
    for tab in (first, second):
        tab.goto(checked)
    first.dblclick("text=Submit for approval")
    first.wait_for_selector("#verdict h2:text-is('Waiting for approval')")
    second.click("text=Submit for approval")
    second.wait_for_selector("h1:text-is('Not now')")
    assert "pia submitted version 1 for approval" in second.inner_text("main")
    second.click("text=See where it stands now")
    second.wait_for_selector("#verdict h2:text-is('Waiting for approval')")
    first.go_back()
    first.reload()
    assert first.query_selector("text=Submit for approval") is None
    assert [line for line in tabs.said if "409" not in line] == []


def test_who_is_not_logged_in_any_more_is_told_so_on_a_page(house, checked, enter):
    pia = enter("pia")
    pia.goto(checked)
    house.sessions.end(next(one["value"] for one in pia.context.cookies()))
    pia.click("text=Submit for approval")
    pia.wait_for_selector("h1:text-is('Log in again')")
    assert house.desk.look(checked[9:]).state == "checked"
    pia.goto("/nowhere")
    pia.wait_for_selector("h1:text-is('Not found')")


def test_seven_tabs_follow_what_goes_on(house, checked, enter, tabs):
    house.desk.occupy(checked[9:], "checking")
    pia = enter("pia")
    seven = [pia, *(pia.context.new_page() for _ in range(6))]
    for tab in seven:
        tab.goto(checked)
        tab.wait_for_selector("#verdict h2:text-is('Checking …')")
    house.desk.release(checked[9:])
    for tab in seven:
        tab.wait_for_selector("text=Submit for approval")
    assert tabs.said == []


def test_what_a_file_says_is_text(house, enter, tabs):
    cells = f"message_id,revenue,attribution_type,{_EVIL}\nT72OJwfC,1.00,sale,{_EVIL}\n".encode()
    path = begin(house, name=_EVIL, file=f"{_EVIL.replace('/', '_')}.csv", cells=cells)
    pia = enter("pia")
    for place in ("/", *(path + place for place in _PLACES)):
        pia.goto(place)
        assert "taken" not in pia.title().partition("<")[0]
        assert pia.query_selector("main script") is None
    pia.goto(f"{path}/rows")
    assert _EVIL in pia.inner_text("main")
    assert tabs.said == []


def test_an_upload_goes_on_to_the_next_step_and_an_empty_one_says_what_to_do(house, enter, tmp_path):
    path = f"/imports/{house.preparing.create('pia', 'June')}"
    pia = enter("pia")
    pia.goto(path)
    (tmp_path / "empty.csv").touch()
    pia.set_input_files("#file", tmp_path / "empty.csv")
    pia.click("button:text('Upload')")
    pia.wait_for_selector("text=empty.csv is empty. Nothing was kept.")
    pia.set_input_files("#file", MESSY)
    pia.keyboard.press("Tab")
    pia.focus("button:text('Upload')")
    pia.keyboard.press("Enter")
    pia.wait_for_selector("text=june_2026_messy.csv, version 1")


_DROPPED = """text => {
    const held = new DataTransfer();
    held.items.add(new File([text], "juni.csv"));
    for (const what of ["dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(what, {dataTransfer: held, bubbles: true, cancelable: true}));
}"""


def test_a_file_dropped_on_the_list_begins_an_import_whose_columns_are_guessed_and_seen(house, enter, tabs):
    pia = enter("pia")
    pia.goto("/")
    pia.evaluate(_DROPPED, "SendeID;Betrag;Art\nT72OJwfC;1,50;Sale\nlBikR1GM;2,50;Sale\n")
    assert pia.input_value("#name") == "juni"
    pia.keyboard.press("Enter")
    pia.wait_for_selector("#verdict h2:text-is('Ready to check')")
    pia.click("#verdict a.button")
    assert pia.inner_text("text=A guess >> nth=0")
    assert pia.input_value("#map-revenue") == "revenue=Betrag"
    pia.click("text=Save only")
    pia.wait_for_selector("#verdict")
    (import_id,) = house.desk.log.imports()
    chosen = ["message_id=SendeID", "revenue=Betrag", "attribution_type=Art"]
    assert house.desk.look(import_id).history.options == {"map": chosen}
    assert tabs.said == []


def states(house):
    """A page of each state that needs no run, with who looks at it."""
    log, desk = house.desk.log, house.desk

    def at(name, *events, who="pia"):
        path = begin(house, name)
        for what, facts in events:
            log.append("pia", what, path[9:], **facts)
        return path, who

    submitted = ("submitted", {"plan": "sha256:" + "a" * 64, "version": 1})
    started = ("started", {"run": 1, "limit": None, "plan": "x", "before": None})
    failed = {"number": 2, "version": 1, "plan": None, "failure": "june.csv: say --decimal point or --decimal comma."}
    yield f"/imports/{house.preparing.create('pia', 'New')}", "pia"
    yield at("Approve", submitted, who="anna")
    yield at("Submitted", submitted)
    yield at("Returned", submitted, ("returned", {"why": "the totals are of May"}))
    yield at("Approved", submitted, ("approved", {"plan": "x"}))
    yield at("Interrupted", submitted, started)
    path, who = at("Refused", ("options", {"options": {}}))
    log.append("pia", "checked", path[9:], **failed, options_event=desk.look(path[9:]).history.options_event)
    yield path, who
    path, who = at("Checking")
    desk.occupy(path[9:], "checking")
    yield path, who
    path, who = at("Waiting", submitted)
    desk.waiting.append(path[9:])
    yield path, who
    path, who = at("Running", submitted, started)
    with Lock.take(desk.folder.lock(path[9:])):
        yield path, who
        yield f"{path}/doubts", who
        yield f"{path}/compare", who
        log.append("pia", "stopping", path[9:], run=1)
        yield path, who


def violations(page, place, rules="{}"):
    """What axe finds, and whether it is wider than a phone."""
    page.goto(place)
    page.evaluate(_AXE.read_text("utf-8"))
    found = page.evaluate(f"axe.run(document, {rules})")["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth") > 390
    return [(place, one["id"], one["nodes"][0]["html"]) for one in found] + ([(place, "wide", "")] if wide else [])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_can_be_read_by_all_and_fits_a_phone(house, enter, scheme):
    if not _AXE.exists():
        pytest.skip("axe-core is not here: npm install axe-core, or say with AXE where axe.min.js is")
    phone = {"viewport": {"width": 390, "height": 800}, "color_scheme": scheme, "bypass_csp": True}
    people = {who: enter(who, **phone) for who in ("pia", "anna")}
    rules = "{}" if scheme == "light" else "{runOnly: ['color-contrast']}"
    assert [one for path, who in states(house) for one in violations(people[who], path, rules)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_all_and_fits_a_phone(house, checked, enter, scheme):
    if not _AXE.exists():
        pytest.skip("axe-core is not here: npm install axe-core, or say with AXE where axe.min.js is")
    pia = enter("pia", viewport={"width": 390, "height": 800}, color_scheme=scheme, bypass_csp=True)
    rules = "{}" if scheme == "light" else "{runOnly: ['color-contrast']}"
    for place in ("/", *(checked + place for place in _PLACES), "/nowhere"):
        assert violations(pia, place, rules) == []
