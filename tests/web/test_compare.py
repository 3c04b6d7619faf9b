"""Many verdicts at once, by choice, by filter, and by an export of the vendor's records: shown before, all or none."""

from __future__ import annotations

import pytest

from importer.web.doubts import pick
from tests.faultserver.plan import hang_up, plan, rule
from tests.web.test_runs import csv
from tests.web.test_verdicts import text_of

pytestmark = [pytest.mark.time_limit(120), pytest.mark.usefixtures("warm_commands")]
ROWS = 40
FILE = csv(ROWS)
IDS = [line.split(b",")[0].decode() for line in FILE.splitlines()[1:]]
LOST = {4: True, 8: True, 20: False}
"""Rows whose answer is lost, and whether they were stored."""


@pytest.fixture
def lossy(healthy_server):
    healthy_server.replan(plan(*(rule(hang_up(stored=it), message_id=IDS[row - 1]) for row, it in LOST.items())))
    return healthy_server


@pytest.fixture
def local(make_site, visit, lossy):
    """One person at a page of this process, whose runs are real."""
    site = make_site(lossy.url)
    person = visit(site)
    person.get(f"/?token={site.sessions.token}")
    person.site = site
    return person


@pytest.fixture
def doubtful(local):
    """An import with three rows in doubt; its path."""
    path = local.approved(FILE)
    local.done(path, "run")
    local.wait(path, "needs_a_person")
    return path


def picks(person, path):
    return {row["row"]: pick(row) for row in person.site.doubts.rows(path[9:]).to_dicts()}


def rows_of(person, path):
    by_status = person.state(path)["summary"]["by_status"]
    return {status: share["rows"] for status, share in by_status.items()}


def test_rows_that_are_chosen_get_one_verdict_all_or_none(local, doubtful):
    known = picks(local, doubtful)
    assert sorted(known) == ["20", "4", "8"]
    said = {"verdict": "recorded", "why": "looked up"}
    for wrong, status in (({}, 400), ({"pick": ["0" * 16]}, 409), ({"pick": [known["4"], "0" * 16]}, 409)):
        assert local.post(f"{doubtful}/verdicts", **said, **wrong).status_code == status
    assert local.post(f"{doubtful}/verdicts", verdict="recorded", pick=[known["4"]]).status_code == 400
    assert rows_of(local, doubtful) == {"recorded": 37, "in_doubt": 3}
    local.done(doubtful, "verdicts", **said, pick=[known["4"], known["8"]])
    assert rows_of(local, doubtful) == {"recorded": 39, "in_doubt": 1}
    assert "gave the verdict recorded on 2 rows: looked up" in local.get(f"{doubtful}/audit").text
    again = local.post(f"{doubtful}/verdicts", **said, pick=[known["4"], known["20"]])
    assert (again.status_code, rows_of(local, doubtful)["in_doubt"]) == (409, 1)


def test_all_that_a_filter_finds_get_one_verdict_if_they_are_those_that_were_shown(local, doubtful):
    page = local.get(f"{doubtful}/doubts?text={IDS[3]}").text
    assert "1 row of 3" in page
    said = {"verdict": "recorded", "why": "looked up", "all": "yes"}
    assert local.post(f"{doubtful}/verdicts", **said, count="2").status_code == 409
    assert local.post(f"{doubtful}/verdicts", **said, count="0", text="nowhere").status_code == 409
    local.done(doubtful, "verdicts", **said, count="1", text=IDS[3])
    local.done(doubtful, "verdicts", **said, count="2", code="connection_lost")
    assert local.state(doubtful)["state"] == "done"


def test_a_verdict_that_comes_too_soon_ends_no_approval(local, doubtful):
    before = local.state(doubtful)
    answer = local.post(
        f"{doubtful}/verdicts", verdict="not_recorded", why="x", pick=list(picks(local, doubtful).values())
    )
    assert (answer.status_code, local.state(doubtful)) == (409, before)
    assert local.site.desk.look(doubtful[9:]).history.deniers == set()


def test_a_page_that_died_while_it_noted_not_recorded_wants_an_approval(local, doubtful, run):
    folder, log = local.site.desk.folder, local.site.desk.log
    log.append("me", "judging", doubtful[9:])
    assert local.state(doubtful)["state"] == "needs_a_person"  # and it died before the verdict was written
    said = ("--row=20", "--not-recorded", "--why=x", "--sure", "--yes")
    assert run("resolve", folder.results(doubtful[9:]), *said).exit == 0
    found = local.state(doubtful)
    assert (found["state"], found["approved_by"]) == ("checked", None)


def export(server, columns="message_id,revenue,attribution_type,offer_id,timestamp,revenue_id,source"):
    """What the vendor says it has, row by row."""
    names = columns.split(",")
    lines = [[str(record.get(name) or "") for name in names[:-1]] + ["api"] for record in server.ledger()]
    return "\n".join([columns, *map(",".join, lines)]).encode()


def test_an_export_settles_what_it_proves_once_it_has_been_shown(local, doubtful, lossy):
    assert local.post(f"{doubtful}/compare").status_code == 409
    assert local.put(f"{doubtful}/export?name=vendor.csv", export(lossy)).status_code == 201
    assert "vendor.csv" in local.get(f"{doubtful}/compare").text
    local.done(doubtful, "compare", ours="source=api")
    page = text_of(local, f"{doubtful}/compare")
    assert "It proves 2 rows in doubt to be recorded. Still in doubt: 1 row." in page
    assert IDS[3] in page
    assert rows_of(local, doubtful) == {"recorded": 37, "in_doubt": 3}  # nothing is noted before it is told
    said = {"comparison": "1", "apply": "recorded", "why": "exported today"}
    for wrong in ({"apply": "none"}, {"why": " "}, {"comparison": "2"}):
        assert local.post(f"{doubtful}/apply", **(said | wrong)).status_code in {400, 409}
    local.done(doubtful, "apply", **said)
    assert rows_of(local, doubtful) == {"recorded": 39, "in_doubt": 1}
    assert local.post(f"{doubtful}/apply", **said).status_code == 409  # it is another comparison by now
    trail = text_of(local, f"{doubtful}/audit")
    assert "gave the verdict recorded on 2 rows, by the export vendor.csv: exported today" in trail
    assert len(lossy.ledger()) == ROWS - 1


def test_an_export_that_cannot_be_used_is_a_sentence_of_the_page(local, doubtful, lossy):
    local.put(f"{doubtful}/export?name=vendor.csv", b"Id,Amount\nAAAAAAA1,1.00\n")
    local.done(doubtful, "compare")
    page = text_of(local, f"{doubtful}/compare")
    assert "The comparison came to no result" in page
    assert "--map" not in page
    assert local.post(f"{doubtful}/compare", duplicates="post").status_code == 400
    assert local.post(f"{doubtful}/compare", ours="x" * 2000).status_code == 400


def test_verdicts_are_not_due_before_a_run(local):
    path = local.bring(csv(3))
    assert local.put(f"{path}/export?name=vendor.csv", b"x").status_code == 409
    for step, form in (("verdicts", {"all": "yes"}), ("compare", {}), ("apply", {"apply": "all"})):
        said = {"verdict": "recorded", "why": "x"} if form else {}
        assert local.post(f"{path}/{step}", **said, **form).status_code == 409
