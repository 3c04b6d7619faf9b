"""The same events with other amounts, or as another type: an export that was stated anew is not posted beside the old.

`importing` is in test_near_twins.py's words: lines are written and imported, the server's ledger is the judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.cli.next_steps import after_import
from importer.report import make_report
from tests.faultserver.plan import api_error, plan, rule
from tests.plan.test_near_twins import HEADER, JUNE, Ears, cell, importing, later

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["importing"]

NEXT = {"sale": "click", "click": "send"}
more = cell(1, lambda text: f"{float(text) * 1.02:.2f}")
RESTATED: dict[str, tuple[Callable[[str], str], str]] = {
    "2 % more": (more, "again.csv row 1: 10.71, recorded with 10.50"),
    "rounded": (cell(1, lambda text: f"{float(text):.0f}"), "again.csv row 1: 10.00, recorded with 10.50"),
    "no offer, either": (lambda line: cell(3, lambda _: "")(more(line)), "row 1: 10.71, recorded with 10.50"),
    "another type": (cell(2, NEXT.__getitem__), "again.csv row 1: click, recorded with sale"),
    "whole minutes": (lambda line: cell(4, lambda text: text[:16] + "Z")(more(line)), "whole minutes in the input"),
    "no timestamps": (lambda line: cell(4, lambda _: "")(more(line)), "no timestamp in the input"),
    "dates, and 2 % more": (lambda line: cell(4, lambda text: text[:10])(more(line)), "amount, and another moment"),
    "dates, and rounded": (
        lambda line: cell(4, lambda text: text[:10])(cell(1, lambda text: f"{float(text):.0f}")(line)),
        "amount, and another moment",
    ),
    "a zone forgotten, and 2 % more": (lambda line: later(2)(more(line)), "amount, and another moment"),
    "dates, and another type": (
        lambda line: cell(4, lambda text: text[:10])(cell(2, NEXT.__getitem__)(line)),
        "another type, and moment or amount",
    ),
    "another type, and 2 % more": (lambda line: cell(2, NEXT.__getitem__)(more(line)), "another type, and moment"),
}


@pytest.mark.parametrize("way", RESTATED)
def test_an_export_with_other_amounts_is_not_posted_again(importing, healthy_server, tmp_path, way):
    """Under another name: exit 2 with both amounts or types; `--already` holds them, as the message says."""
    change, said_of_it = RESTATED[way]
    assert importing("june.csv", JUNE)[0] == 0
    again = [change(line) for line in JUNE]
    status, said = importing("again.csv", again)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    for text in (said_of_it, "june.results.csv (20 rows, ", "cannot be corrected", "--already", "--overlap allow"):
        assert text in said, said
    status, summary = importing("again.csv", again, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 20)


@pytest.mark.parametrize("way", list(RESTATED)[::3])
def test_what_is_held_stays_so_and_is_posted_by_allow(importing, healthy_server, tmp_path, way):
    """The same command again holds the same rows, and so it does without naming the results."""
    importing("june.csv", JUNE)
    again = [RESTATED[way][0](line) for line in JUNE]
    already = {"already": (str(tmp_path / "june.results.csv"),)}
    for options in (already, already, {}):
        status, summary = importing("again.csv", again, **options)
        assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 20)
    assert importing("third.csv", again, overlap="allow")[0] == 0
    assert len(healthy_server.ledger()) == 40


def test_rows_that_rounding_left_equal_are_held_beside_the_others(importing, healthy_server, tmp_path):
    """The refusal tells both numbers, and what it advises posts nothing."""
    june = [cell(1, lambda text, n=n: f"{n}.{'00' if n < 4 else '57'}")(line) for n, line in enumerate(JUNE)]
    importing("june.csv", june)
    rounded = [cell(1, lambda text: f"{float(text):.1f}")(line) for line in june]
    status, said = importing("z.csv", rounded)
    assert (status, "june.results.csv (4 rows, 6.00)" in said) == (2, True), said
    assert "june.results.csv (16 rows, 193.60)" in said, said
    status, summary = importing("z.csv", rounded, already=(str(tmp_path / "june.results.csv"),))
    assert summary.by_code == {"already_recorded": 4, "looks_recorded": 16}
    assert (status, len(healthy_server.ledger())) == (1, 20)


def test_a_few_restated_rows_in_another_month_stop_it(importing, healthy_server, tmp_path):
    """Late conversions of June in July's export, with other amounts: a time of day proves each of them."""
    importing("june.csv", JUNE)
    july = [cell(0, lambda text: "x" + text[1:])(line) for line in JUNE]
    mixed = [*map(more, JUNE[:2]), *july]
    status, said = importing("july.csv", mixed)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert "july.csv row 1: 10.71, recorded with 10.50" in said, said
    status, summary = importing("july.csv", mixed, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 2}, 40)


def test_a_row_that_is_due_again_states_nothing_anew(importing, fault_server):
    """Its amount was allowed when it was refused: what became of its neighbours' rows since is no reason to stop."""
    server = fault_server(rule(api_error(400, "message_not_found"), message_id=["Msg00007", "Msg00008"]))
    june, options = [*JUNE[:7], *JUNE[9:]], {"base_url": server.url}
    new = [more(line) for line in JUNE]
    importing("june.csv", june, **options)
    assert importing("again.csv", new, overlap="allow", **options)[0] == 1
    server.replan(plan())
    importing("late.csv", JUNE[7:9], overlap="allow", **options)
    assert (importing("again.csv", new, retry_rejected=True, **options)[0], len(server.ledger())) == (0, 40)


LINES = [cell(1, lambda _, amount=amount: amount)(JUNE[0]) for amount in ("10.00", "20.00")]


def test_each_recorded_row_accounts_for_one_and_the_nearest_amount(importing, healthy_server, tmp_path):
    """Two items of one order; later both with other amounts, and a third: that one is posted, wherever it stands."""
    importing("june.csv", LINES)
    assert len(healthy_server.ledger()) == 2
    new = [cell(1, lambda _, amount=amount: amount)(JUNE[0]) for amount in ("5.00", "10.20", "20.40")]
    status, summary = importing("z.csv", new, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 2}, 3)
    assert str(healthy_server.ledger()[-1]["revenue"]).startswith("5")


def test_equal_moments_of_one_message_are_no_twins_of_each_other(importing, healthy_server, tmp_path):
    """Within one file, nor beside rows that their equals account for."""
    importing("june.csv", LINES)
    third = cell(1, lambda _: "30.00")(JUNE[0])
    status, summary = importing("z.csv", [third, *LINES], already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 2}, 3)


def dated(first: int, count: int, price: str) -> list[str]:
    """Messages that converted on one day, which is all that is known."""
    return [f"Msg{i:05d},{price},sale,1,2026-06-03" for i in range(first, first + count)]


@pytest.mark.parametrize(("again", "status"), [(10, 2), (4, 0)])
def test_dates_are_believed_where_half_of_a_side_is_restated(importing, healthy_server, again, status):
    """A message may convert twice a day: a few that did are posted without a word."""
    importing("a.csv", dated(0, 20, "10.00"))
    ears = Ears()
    found, said = importing("b.csv", [*dated(0, again, "12.00"), *dated(100, 20 - again, "12.00")], ears)
    assert (found, len(healthy_server.ledger())) == (status, 20 if status else 40), said
    assert ears.told == []


def test_other_days_and_messages_are_other_events(importing, healthy_server):
    """A feed without timestamps, and one of round hours, with other amounts each time."""
    for day in range(3):
        lines = [f"Msg{i:05d},{day + i}.50,sale,1," for i in range(4 * day, 4 * day + 12)]
        assert importing(f"untimed{day}.csv", lines)[0] == 0
    for hour in range(3):
        lines = [f"Hour{i:04d},{hour + i}.50,sale,1,2026-06-01T{hour:02d}:00:00Z" for i in range(12)]
        assert importing(f"hour{hour}.csv", lines)[0] == 0
    assert len(healthy_server.ledger()) == 72


def test_sales_on_the_day_of_their_clicks_are_other_events(importing, healthy_server):
    """Both with one payout, as most are, so that amounts have one factor; and only some clicks became sales."""
    clicks = [cell(1, lambda _: "0.10")(cell(2, lambda _: "click")(line)) for line in JUNE]
    importing("clicks.csv", clicks)
    sales = [cell(1, lambda _: "30.00")(cell(2, lambda _: "sale")(later(1)(line))) for line in clicks]
    for name, some in (("some.csv", sales[:8]), ("others.csv", sales[8:])):
        assert importing(name, some)[0] == 0
    assert len(healthy_server.ledger()) == 40


def test_the_next_days_have_other_events_of_the_same_messages(importing, healthy_server):
    """By one factor, but days later; and on the next day, with amounts that have nothing in common."""
    importing("june.csv", JUNE)
    assert importing("week.csv", [later(24 * 7)(more(line)) for line in JUNE])[0] == 0
    others = [cell(1, lambda _, n=n: f"{(n * 7919) % 97 + 1}.25")(later(25)(line)) for n, line in enumerate(JUNE)]
    assert importing("next.csv", others)[0] == 0
    assert len(healthy_server.ledger()) == 60


def test_clicks_and_sends_without_money_are_not_each_other(importing, healthy_server):
    """Two exports of the same messages by type."""
    free = [cell(1, lambda _: "0")(cell(2, lambda _: "send")(line)) for line in JUNE]
    importing("sends.csv", free)
    assert importing("clicks.csv", [cell(2, lambda _: "click")(line) for line in free])[0] == 0
    assert len(healthy_server.ledger()) == 40


@pytest.mark.parametrize("with_key", [True, False])
def test_a_key_tells_restated_rows_from_others(importing, healthy_server, tmp_path, with_key):
    """The same invoice is the same event, whatever its amount; another invoice is another."""
    header = f"{HEADER},Invoice"
    options = {"header": header, "key": ("Invoice",) if with_key else ()}
    importing("june.csv", [f"{line},A{n}" for n, line in enumerate(JUNE)], **options)
    named = {"already": (str(tmp_path / "june.results.csv"),), **options}
    _, summary = importing("same.csv", [f"{more(line)},A{n}" for n, line in enumerate(JUNE)], **named)
    assert (summary.by_code, len(healthy_server.ledger())) == ({"looks_recorded": 20}, 20)
    _, summary = importing("other.csv", [f"{more(line)},B{n}" for n, line in enumerate(JUNE)], **named)
    held = {} if with_key else {"looks_recorded": 20}
    assert (summary.by_code, len(healthy_server.ledger())) == (held, 40 if with_key else 20)


def test_further_events_that_were_held_are_posted_as_the_advice_says(importing, healthy_server, tmp_path):
    """Held once, they stay held in these results; from a file of their own they are posted, once, and only they."""
    importing("june.csv", JUNE)
    clicks = [cell(2, lambda _: "send")(line) for line in JUNE]
    _, summary = importing("more.csv", clicks, already=(str(tmp_path / "june.results.csv"),))
    assert summary.by_code == {"looks_recorded": 20}
    advice = ("of their own with a new name", "--overlap allow, without --already")
    said = list(after_import(summary))
    assert all(any(word in line for line in said) for word in advice), said
    steps = [step.text for step in make_report([tmp_path / "more.results.csv"]).steps]
    assert any(advice[1] in text for text in steps), steps
    assert importing("more.csv", clicks, overlap="allow")[1].by_code == {"looks_recorded": 20}
    assert importing("further.csv", clicks[:3], overlap="allow")[0] == 0
    assert [record["message_id"] for record in healthy_server.ledger()[20:]] == ["Msg00000", "Msg00001", "Msg00002"]
    assert importing("more.csv", clicks[3:])[1].by_code == {"looks_recorded": 17}
    assert len(healthy_server.ledger()) == 23


@pytest.mark.parametrize("own", [True, False])
def test_one_corrected_type_is_a_correction(importing, healthy_server, tmp_path, own):
    """All else is as it was: both types are named, and nothing is posted."""
    importing("june.csv", JUNE)
    new = [*JUNE[:9], cell(2, lambda _: "send")(JUNE[9]), *JUNE[10:]]
    options = {} if own else {"already": (str(tmp_path / "june.results.csv"),)}
    status, said = importing("june.csv" if own else "new.csv", new, **options)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert "row 10: send, recorded with click" in said, said
    assert importing("june.csv" if own else "new.csv", new, allow_missing=True, **options)[0] == 0
    assert len(healthy_server.ledger()) == 21


def test_the_same_message_an_hour_later_with_another_amount_is_another_event(importing, healthy_server):
    """Neither the moment nor the amount is the same."""
    importing("june.csv", JUNE)
    assert importing("more.csv", [more(later(1.1)(line)) for line in JUNE])[0] == 0
    assert len(healthy_server.ledger()) == 40
