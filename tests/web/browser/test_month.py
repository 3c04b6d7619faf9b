"""The whole month in a browser: with the keyboard alone, and with two tabs and Back at each step; the ledger judges."""

from __future__ import annotations

from collections import Counter

import pytest

from importer.web.uploads import Upload
from tests.faultserver.plan import hang_up, plan, rule
from tests.web.person import PASSWORD
from tests.web.test_runs import csv

pytestmark = pytest.mark.time_limit(180)
ROWS = 6
FILE = csv(ROWS)
LOST = FILE.splitlines()[2].split(b",")[0].decode()
_FOCUSED = "document.activeElement"
_SHOWN = f"getComputedStyle({_FOCUSED}).outlineStyle !== 'none'"


@pytest.fixture
def api(healthy_server):
    """A server that loses the answer to one row, which it has stored."""
    healthy_server.replan(plan(rule(hang_up(stored=True), message_id=LOST)))
    return healthy_server.url


def reach(page, selector):
    """Press Tab until the focus is there, where it must be seen."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate(f"{_FOCUSED}.matches({selector!r})"):
            assert page.evaluate(_SHOWN), selector
            return
    raise AssertionError(f"Tab does not come to {selector}")


def press(page, selector, heading):
    """Press Enter on what Tab comes to, and wait for the page that says so."""
    reach(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_selector(f":is(h1, h2, h3):text-is({heading!r})", timeout=60_000)


def test_a_month_with_the_keyboard_alone(house, enter, tabs, tmp_path, healthy_server):
    (tmp_path / "june.csv").write_bytes(FILE)
    pia, anna = enter("pia"), enter("anna")
    pia.goto("/")
    reach(pia, "#name")
    pia.keyboard.type("June 2026")
    pia.keyboard.press("Enter")
    pia.wait_for_selector("#verdict h2:text-is('Upload the file')")
    reach(pia, "#file")
    with pia.expect_file_chooser(timeout=60_000) as chooser:
        pia.keyboard.press("Enter")
    chooser.value.set_files(tmp_path / "june.csv")
    press(pia, "form.upload button", "Ready to check")
    reach(pia, "#verdict a.button")
    pia.keyboard.press("Enter")
    pia.wait_for_selector("#o-expect-rows")
    reach(pia, "#o-expect-rows")
    pia.keyboard.type(str(ROWS))
    pia.keyboard.press("Enter")
    pia.wait_for_selector("#verdict h2:text-is('Checked')", timeout=60_000)
    press(pia, "#verdict form button", "Waiting for approval")
    anna.goto("/")
    press(anna, "table a", "Waiting for approval")
    reach(anna, "#password")
    anna.keyboard.type(PASSWORD)
    anna.keyboard.press("Enter")
    anna.wait_for_selector("#verdict h2:text-is('Approved')")
    press(anna, "form[action$='/run'] button", "Needs a person")
    press(anna, "#verdict a.button", "Rows in doubt")
    reach(anna, "#why-1")
    anna.keyboard.type("seen in the dashboard")
    press(anna, "button[value=recorded]", "Rows in doubt")
    anna.wait_for_selector("text=No row is in doubt.", timeout=60_000)
    press(anna, "main a[href^='/imports/']", "Done")
    reach(anna, "#verdict a.button")
    anna.keyboard.press("Enter")
    anna.wait_for_url("**/report.html", timeout=60_000)
    assert "Sign-off" in anna.inner_text("body")
    assert Counter(one["message_id"] for one in healthy_server.ledger()).most_common(1)[0][1] == 1
    assert len(healthy_server.ledger()) == ROWS
    assert tabs.said == []


def test_two_tabs_and_back_at_each_step_do_each_once(house, enter, healthy_server):
    """What the second tab still offers is refused with a page that says who did it; Back shows what is so now."""
    healthy_server.replan(plan())
    import_id = house.preparing.create("ada", "June")
    with Upload(house.desk.folder, import_id, 1 << 20) as upload:
        upload.write(FILE)
        house.preparing.keep("ada", import_id, upload, "june.csv")
    path = f"/imports/{import_id}"
    pia, anna = enter("pia"), enter("anna")
    for person, step, password in (
        (pia, "check", ""),
        (pia, "submit", ""),
        (anna, "approve", PASSWORD),
        (pia, "run", ""),
    ):
        first, second = person, person.context.new_page()
        for tab in (first, second):
            tab.goto(path)
            if password:
                tab.fill("#password", password)
        button = f"form[action$='/{step}'] button"
        first.dblclick(button)
        first.locator(button).wait_for(state="detached", timeout=60_000)
        second.click(button)
        second.wait_for_selector("h1:text-is('Not now')", timeout=60_000)
        second.go_back()
        second.locator(button).wait_for(state="detached")
        second.close()
    pia.wait_for_selector("#verdict h2:text-is('Done')", timeout=60_000)
    done = Counter(event.what for event in house.desk.log.of(import_id))
    assert {done[what] for what in ("checking", "submitted", "approved", "started")} == {1}
    assert Counter(Counter(one["message_id"] for one in healthy_server.ledger()).values()) == {1: ROWS}


def test_an_upload_shows_how_far_it_is(house, enter, tmp_path):
    path = f"/imports/{house.preparing.create('pia', 'June')}"
    (tmp_path / "june.csv").write_bytes(FILE + b"\n" * 600_000)
    pia = enter("pia")
    pia.goto(path)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    pia.context.new_cdp_session(pia).send("Network.emulateNetworkConditions", slow)
    pia.set_input_files("#file", tmp_path / "june.csv")
    pia.click("form.upload button")
    pia.wait_for_selector(r".going [role=status]:text-matches('^0\.[0-5] of 0\.6 MiB$')")
    assert pia.is_visible(".going progress")
    assert pia.is_disabled("form.upload button")
    pia.wait_for_selector("#verdict h2:text-is('Ready to check')", timeout=60_000)
