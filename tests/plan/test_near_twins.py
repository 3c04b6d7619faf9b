"""The same event under another spelling: an export that was written anew is not posted beside what is recorded."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import ImporterError
from importer.model import SilentListener
from importer.run import Verdict, resolve
from importer.run.pipeline import run_check, run_import
from importer.settings import Settings
from tests.faultserver.plan import CANARY_KEY, hang_up, plan, rule
from tests.support import inside
from tests.support.oracle import read_results

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "message_id,revenue,attribution_type,offer_id,timestamp"
JUNE = [
    f"Msg{i:05d},{10 + i % 3}.50,{('sale', 'click')[i % 2]},{4500 + i % 4},2026-06-{3 + i:02d}T{(7 * i) % 24:02d}"
    f":{(13 * i) % 60:02d}:{(17 * i + 5) % 60:02d}Z"
    for i in range(20)
]


class Ears(SilentListener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def notice(self, level: str, event: str, text: str) -> None:
        self.told.append(text)


@pytest.fixture
def importing(healthy_server, tmp_path) -> Callable[..., tuple[int, Any]]:
    """Write these lines and import them: the exit status, with the summary or the sentence."""

    def run(name: str, lines: list[str], listener: Ears | None = None, **options: Any) -> tuple[int, Any]:
        (tmp_path / name).write_text("".join(f"{line}\n" for line in (options.pop("header", HEADER), *lines)))
        settings = {"base_url": healthy_server.url, "api_key": CANARY_KEY, "rate": 0, **options}
        try:
            summary = run_import(Settings(inputs=(str(tmp_path / name),), **settings), listener)
        except ImporterError as error:
            return error.exit_status, str(error)
        return summary.exit_status, summary

    return run


def cell(place: int, change: Callable[[str], str]) -> Callable[[str], str]:
    """Change one cell of a line."""

    def changed(line: str) -> str:
        cells = line.split(",")
        cells[place] = change(cells[place])
        return ",".join(cells)

    return changed


def later(hours: float) -> Callable[[str], str]:
    """The same moment by another clock."""

    def moved(text: str) -> str:
        return (datetime.fromisoformat(text) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    return cell(4, moved)


def own_id(line: str) -> str:
    """The offer by the vendor's own id."""
    return cell(3, lambda text: f"66f0{int(text):020x}" if text else "")(line)


SPELLINGS: dict[str, tuple[Callable[[str], str], str]] = {
    "no offer": (cell(3, lambda _: ""), "no offer in the input"),
    "no time": (cell(4, lambda _: ""), "no timestamp in the input"),
    "minutes": (cell(4, lambda text: text[:16] + "Z"), "whole minutes in the input"),
    "dates": (cell(4, lambda text: text[:10]), "dates in the input"),
    "a zone forgotten": (later(2), "moments 2 h later in the input"),
    "a zone with quarters": (later(-5.75), "moments 5 h 45 min earlier in the input"),
    "a zone and minutes": (
        lambda line: cell(4, lambda text: text[:16] + "Z")(later(-4)(line)),
        "whole minutes in the input, moments 4 h earlier in the input",
    ),
    "no offer, and dates": (lambda line: cell(4, lambda text: text[:10])(cell(3, lambda _: "")(line)), "dates"),
    "the vendor's own offers": (own_id, "the vendor's own offer ids in the input, external ones there"),
    "its own offers, and minutes": (
        lambda line: cell(4, lambda text: text[:16] + "Z")(own_id(line)),
        "whole minutes in the input, the vendor's own offer ids in the input",
    ),
    "its own offers, and a zone": (lambda line: later(3)(own_id(line)), "moments 3 h later in the input, the vendor"),
    "spreadsheet's offers": (cell(3, lambda text: f"00{text}.0"), "the offer in another spelling"),
    "its offers, and minutes": (
        lambda line: cell(4, lambda text: text[:16] + "Z")(cell(3, lambda text: f"{int(text):.3E}")(line)),
        "whole minutes in the input",
    ),
    "its offers, and a zone": (lambda line: later(3)(cell(3, lambda text: f"'{text}")(line)), "3 h later"),
    "other names of offers": (cell(3, lambda text: f"off{text[-1]}"), "another offer at the same moment"),
    "ids in capitals": (cell(0, str.upper), "the message id in another case"),
    "ids in capitals, and minutes": (
        lambda line: cell(4, lambda text: text[:16] + "Z")(line.upper()),
        "the message id in another case or without its zeros, whole minutes in the input",
    ),
    "dates of another zone": (lambda line: cell(4, lambda text: text[:10])(later(-8)(line)), "dates in the input"),
}


@pytest.mark.parametrize(
    ("way", "swapped"), [*((way, False) for way in SPELLINGS), *((way, True) for way in list(SPELLINGS)[::3])]
)
def test_an_export_that_was_written_anew_is_not_posted_again(importing, healthy_server, tmp_path, way, swapped):
    """Under another name: exit 2 with file, rows, amount and how they differ; `--already` holds them."""
    change, how = SPELLINGS[way]
    first, second = JUNE, [change(line) for line in JUNE]
    if swapped:
        first, second = second, first
    assert importing("june.csv", first)[0] == 0
    status, said = importing("again.csv", second)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert all(text in said for text in ("june.results.csv (20 rows, 229.00)", "again.csv row", "--already")), said
    assert swapped or how in said, said
    status, summary = importing("again.csv", second, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 20)


def test_other_offers_of_rows_without_a_moment_are_said_to_have_none(importing, healthy_server):
    untimed = [cell(4, lambda _: "")(line) for line in JUNE]
    importing("june.csv", untimed)
    status, said = importing("again.csv", [cell(3, lambda text: f"off{text[-1]}")(line) for line in untimed])
    assert (status, len(healthy_server.ledger())) == (2, 20)
    assert "another offer, and no timestamp on either side" in said, said


@pytest.mark.parametrize("way", list(SPELLINGS)[::5])
def test_what_looks_recorded_stays_held_and_is_posted_by_allow(importing, healthy_server, tmp_path, way):
    """By a run that no longer names the results, too; and by one that does not ask, in whatever spelling."""
    new = [SPELLINGS[way][0](line) for line in JUNE]
    importing("june.csv", JUNE)
    nearly = "nearly the same row is recorded or in doubt in june.results.csv"
    for named, planned in (((str(tmp_path / "june.results.csv"),), nearly), ((), "held by an earlier run")):
        status, summary = importing("again.csv", new, already=named)
        assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 20)
        inputs = (str(tmp_path / "again.csv"),)
        checked = run_check(Settings(inputs=inputs, base_url=healthy_server.url, already=named, overlap="allow"))
        for found, why in ((summary, nearly), (checked, planned)):
            assert {one.text for finding in found.findings for one in finding.examples} == {why}
    assert importing("third.csv", new, overlap="allow")[0] == 0
    assert len(healthy_server.ledger()) == 40


@pytest.mark.parametrize(
    ("dates_come_first", "how"),
    [
        (False, "dates in the input, moments [^;]* earlier in the input"),
        (True, "dates there, moments [^;]* later in the input"),
    ],
)
def test_by_how_much_dates_are_of_another_zone_is_told_of_the_input(importing, healthy_server, dates_come_first, how):
    """Whichever side has the dates."""
    dates = [cell(4, lambda text: text[:10])(later(-8)(line)) for line in JUNE]
    first, second = (dates, JUNE) if dates_come_first else (JUNE, dates)
    importing("june.csv", first)
    status, said = importing("again.csv", second)
    assert status == 2
    assert re.search(how, said), said


OTHER_EVENTS: dict[str, Callable[[str], str]] = {
    "another month": cell(4, lambda text: text.replace("2026-06", "2026-07")),
    "the day after": later(24),
    "another amount, an hour later": lambda line: later(1.1)(cell(1, lambda text: f"1{text}")(line)),
    "another type, an hour later": lambda line: later(1.1)(cell(2, lambda _: "send")(line)),
    "another message": cell(0, lambda text: "x" + text[1:]),
    "another offer, at other moments": lambda line: later((int(line[3:8]) * 37 % 50 + 1) / 60)(
        cell(3, lambda text: "1" + text)(line)
    ),
    "other offers' own ids, at other moments": lambda line: later((int(line[3:8]) * 37 % 50 + 1) / 60)(own_id(line)),
    "other moments": lambda line: later((int(line[3:8]) * 37 % 50 + 1) / 60)(line),
    "odd minutes": later(7 / 60),
}


@pytest.mark.parametrize("way", OTHER_EVENTS)
def test_other_events_of_the_same_messages_are_posted(importing, healthy_server, tmp_path, way):
    """A network that pays fixed amounts: the same message converts again, with the same amount and type."""
    importing("june.csv", JUNE)
    ears = Ears()
    status, summary = importing("more.csv", [OTHER_EVENTS[way](line) for line in JUNE], ears)
    others = [text for text in ears.told if "records at other times" not in text]
    assert (status, len(healthy_server.ledger()), others) == (0, 40, []), summary
    named = {"already": (str(tmp_path / "*.results.csv"),), "overlap": "allow"}
    assert importing("named.csv", [OTHER_EVENTS[way](line) for line in JUNE], **named)[1].by_code == {
        "already_recorded": 20
    }


def test_other_offers_by_ids_of_the_same_form_are_other_events(importing, healthy_server):
    """Both by the vendor's own ids: the offer is another one; a date has many events."""
    june = [cell(4, lambda text: text[:10])(own_id(line)) for line in JUNE]
    importing("june.csv", june)
    new = [cell(3, lambda text: text[:-1] + "f")(line) for line in june]
    assert (importing("more.csv", new)[0], len(healthy_server.ledger())) == (0, 40)


def test_a_few_ids_that_lost_their_zeros_are_seen_beside_equal_rows(importing, healthy_server, tmp_path):
    """Nearly all rows are equal, so few are left; these are half of what is left, and named and held."""
    zeros = [cell(0, lambda text: f"00{text[-3:]}xyz")(line) for line in JUNE[:3]]
    importing("june.csv", [*zeros, *JUNE[3:]])
    lost = [line.lstrip("0") for line in zeros]
    status, said = importing("again.csv", [*lost, *JUNE[3:]], any_message_id=True)
    assert (status, "without its zeros" in said, len(healthy_server.ledger())) == (2, True, 20), said
    named = {"already": (str(tmp_path / "june.results.csv"),), "any_message_id": True}
    status, summary = importing("again.csv", [*lost, *JUNE[3:]], **named)
    assert (status, summary.by_code) == (1, {"already_recorded": 17, "looks_recorded": 3})
    assert len(healthy_server.ledger()) == 20


@pytest.mark.parametrize(
    ("rename", "again"),
    [
        (lambda text: f"x{text}", True),
        (lambda _: "77", False),
        (lambda text: str(9999 - int(text)), True),
    ],
    ids=["each", "all to one", "by other numbers"],
)
def test_offers_that_all_are_others_in_a_file_without_times(importing, healthy_server, tmp_path, rename, again):
    """Nothing else tells that they are events of their own: where each became one other, it is that export again."""
    june = [cell(4, lambda _: "")(line) for line in JUNE]
    importing("june.csv", june)
    (tmp_path / "elsewhere").mkdir()
    new = [cell(3, rename)(line) for line in june]
    status, said = importing("elsewhere/again.csv", new)
    assert (status, len(healthy_server.ledger())) == ((2, 20) if again else (0, 40)), said
    if again:
        named = (str(tmp_path / "june.results.csv"),)
        assert importing("elsewhere/again.csv", new, already=named)[1].by_code == {"looks_recorded": 20}


@pytest.mark.parametrize("few", [1, 3])
def test_a_row_whose_id_was_in_that_spelling_is_shifted_with_the_others(importing, healthy_server, tmp_path, few):
    """Ids in lower case and a zone forgotten: all are held, by their own results and by others."""
    june = [cell(0, str.lower)(line) if n < few else line for n, line in enumerate(JUNE)]
    importing("june.csv", june)
    new = [later(2)(cell(0, str.lower)(line)) for line in JUNE]
    further = later(31)(new[0])
    for name, options in (
        ("june.csv", {"allow_missing": True}),
        ("b.csv", {"already": (str(tmp_path / "june.results.csv"),)}),
    ):
        status, summary = importing(name, [*new, further], **options)
        assert (status, summary.by_code["looks_recorded"]) == (1, 20), summary
    assert len(healthy_server.ledger()) == 21


def test_a_few_of_another_offer_at_the_same_moment_are_other_events(importing, healthy_server):
    """A message that sold two things at once, in files of an offer each: less than half of either."""
    importing("june.csv", JUNE)
    both = [cell(3, lambda text: f"9{text}")(line) for line in JUNE[:9]]
    july = [*both, *(OTHER_EVENTS["another message"](line) for line in JUNE)]
    assert (importing("july.csv", july)[0], len(healthy_server.ledger())) == (0, 49)


def test_sums_of_hours_of_another_offer_are_other_events(importing, healthy_server):
    """Files of an offer each, with one amount for each message and hour."""
    hourly = [cell(4, lambda text: text[:13] + ":00:00Z")(line) for line in JUNE]
    importing("june.csv", hourly)
    assert (importing("more.csv", [cell(3, lambda _: "77")(line) for line in hourly])[0]) == 0
    assert len(healthy_server.ledger()) == 40


def test_a_few_rows_without_offers_hide_no_others(importing, healthy_server, tmp_path):
    """Those are recorded as they are; the others are it by another id of their offers."""
    june = [cell(3, lambda text: "" if text == "4501" else text)(line) for line in JUNE]
    importing("june.csv", june)
    again = [own_id(line) for line in june]
    assert importing("again.csv", again)[0] == 2
    status, summary = importing("again.csv", again, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code) == (1, {"already_recorded": 5, "looks_recorded": 15})
    assert len(healthy_server.ledger()) == 20


def test_repeated_conversions_at_other_moments_are_events_of_their_own(importing, healthy_server):
    """One message, one amount, many moments: none of them is another one's twin."""
    hourly = [f"Msg00000,10.00,sale,1,2026-06-01T{h:02d}:{(h * 7) % 60:02d}:11Z" for h in range(12)]
    again = [f"Msg00000,10.00,sale,1,2026-06-01T{h:02d}:{(h * 7 + 31) % 60:02d}:47Z" for h in range(12)]
    importing("june.csv", hourly)
    assert (importing("more.csv", again)[0], len(healthy_server.ledger())) == (0, 24)


@pytest.mark.parametrize("every", [1, 2, 4, 6])
def test_a_feed_of_the_same_messages_at_round_hours_goes_on_day_by_day(importing, healthy_server, every):
    """One amount for each, every few hours, day after day: half of a day is the day before, shifted."""
    for day in range(1, 4):
        feed = [
            f"Msg{i:05d},10.00,sale,1,2026-06-{day:02d}T{h:02d}:00:00Z" for i in range(3) for h in range(0, 24, every)
        ]
        status, said = importing(f"{day}.csv", feed)
        assert (status, len(healthy_server.ledger())) == (0, day * len(feed)), said


def test_a_correction_in_an_export_of_another_spelling_is_not_posted(importing, healthy_server, tmp_path):
    """All rows without seconds, one with another amount: both amounts are named."""
    importing("june.csv", JUNE)
    new = [SPELLINGS["minutes"][0](line) for line in JUNE]
    new[3] = cell(1, lambda _: "77.70")(new[3])
    named = {"already": (str(tmp_path / "june.results.csv"),)}
    status, said = importing("new.csv", new, **named)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    assert "new.csv row 4: 77.70, recorded with 10.50" in said
    status, summary = importing("new.csv", new, allow_missing=True, **named)
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 19}, 21)


@pytest.mark.parametrize("rows", [1, 2])
def test_a_canary_with_another_zone_is_known(importing, healthy_server, tmp_path, rows):
    """Into other results it stops; into the same ones `--allow-missing` holds what was posted."""
    plain = [line.removesuffix("Z") for line in JUNE]
    importing("june.csv", plain, limit=rows)
    status, said = importing("june.csv", plain, timezone="America/New_York", results=tmp_path / "o.csv")
    assert (status, "moments 4 h later in the input" in said, len(healthy_server.ledger())) == (2, True, rows), said
    status, summary = importing("june.csv", plain, timezone="America/New_York", allow_missing=True)
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": rows}, 20)


def test_a_row_in_winter_and_one_in_summer_are_known_by_another_zone(importing, healthy_server):
    year = [f"Msg0000{month},10.00,sale,1,2026-0{month}-10T10:00:00" for month in (1, 7)]
    importing("june.csv", year)
    status, said = importing("again.csv", year, timezone="America/New_York")
    assert (status, len(healthy_server.ledger())) == (2, 2), said


def test_one_row_of_another_zone_among_others_is_a_warning(importing, healthy_server):
    importing("june.csv", JUNE)
    ears = Ears()
    others = [OTHER_EVENTS["another message"](line) for line in JUNE]
    assert importing("july.csv", [later(5)(JUNE[3]), *others], ears)[0] == 0
    assert [("1 row to post (10.50)" in text, "5 h later" in text) for text in ears.told] == [(True, True)]


@pytest.mark.parametrize("minutes", [7, 60 * 15])
def test_a_row_that_is_due_again_at_another_moment_is_another_event(importing, healthy_server, minutes):
    """Not whole quarter hours apart, or more than zones are: nothing is said."""
    importing("june.csv", JUNE[:1])
    ears = Ears()
    assert importing("july.csv", [later(minutes / 60)(JUNE[0])], ears)[0] == 0
    assert (ears.told, len(healthy_server.ledger())) == ([], 2)


def test_a_message_that_comes_again_at_round_times_is_no_single_twin(importing, healthy_server):
    """One of its rows is whole hours after each that is recorded: it is one more of many."""
    importing("june.csv", [f"Msg00000,10.00,sale,1,2026-06-01T{hour:02d}:00:00Z" for hour in (8, 10, 13)])
    assert importing("july.csv", ["Msg00000,10.00,sale,1,2026-06-01T14:00:00Z"])[0] == 0
    assert len(healthy_server.ledger()) == 4


@pytest.mark.parametrize("again", [later(5), cell(0, str.upper)], ids=["another zone", "ids in capitals"])
def test_all_rows_that_are_left_to_post_may_be_known_elsewhere(importing, fault_server, tmp_path, again):
    """A doubt in June was posted in an export of another kind, when it was settled; June does not post it again."""
    server = fault_server(rule(hang_up(stored=False), message_id="Msg00005", attempt=1))
    importing("june.csv", JUNE, base_url=server.url)
    server.replan(plan())
    june = str(tmp_path / "june.results.csv")
    others = [OTHER_EVENTS["another message"](line) for line in JUNE]
    new = [*map(again, JUNE), *others]
    importing("new.csv", new, base_url=server.url, already=(june,))
    resolve(june, [Verdict(recorded=False, why="x", row=6)], lambda _: True, sure=True)
    importing("new.csv", new, base_url=server.url, already=(june,))
    assert len(server.ledger()) == 40
    status, said = importing("june.csv", JUNE, base_url=server.url)
    assert (status, "june.csv row 6" in said, len(server.ledger())) == (2, True, 40), said


def test_few_near_rows_are_a_warning(importing, healthy_server, tmp_path):
    """Less than half on both sides: they are posted, and named; `--already` holds them."""
    importing("june.csv", JUNE)
    few = [cell(4, lambda _: "")(line) for line in JUNE[:3]]
    july = [*few, *(OTHER_EVENTS["another message"](line) for line in JUNE)]
    status, summary = importing("held.csv", july, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 3}, 40)
    (tmp_path / "held.results.csv").unlink()
    (tmp_path / "held.results.csv.journal").unlink()
    (tmp_path / "held.csv").unlink()
    ears = Ears()
    other = [*few, *(cell(0, lambda text: "y" + text[1:])(line) for line in JUNE)]
    status, summary = importing("july.csv", other, ears, no_index=True)
    assert (status, len(healthy_server.ledger())) == (0, 63)
    assert [("3 rows to post (34.50)" in text, "july.csv row 1" in text) for text in ears.told] == [(True, True)]


def test_near_rows_beside_equal_ones_are_named_too(importing, healthy_server):
    """One row at a whole minute is equal, the others lost their seconds: both numbers and amounts are told."""
    lines = [cell(4, lambda text: text[:17] + "00Z")(JUNE[0]), *JUNE[1:]]
    importing("june.csv", lines)
    status, said = importing("again.csv", [SPELLINGS["minutes"][0](line) for line in lines])
    assert (status, len(healthy_server.ledger())) == (2, 20)
    assert "june.results.csv (1 row, 10.50)" in said, said
    assert "whole minutes in the input" in said, said
    assert "june.results.csv (19 rows, 218.50)" in said, said


def test_each_recorded_row_accounts_for_one(importing, healthy_server, tmp_path):
    """Two events of one message and amount in the input, one of them recorded in other words: the other is posted."""
    importing("june.csv", [JUNE[0]])
    both = [cell(4, lambda _: "")(JUNE[0]), cell(4, lambda _: "")(JUNE[0])]
    status, summary = importing("two.csv", both, already=(str(tmp_path / "june.results.csv"),), duplicates="post")
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 1}, 2)


def test_equal_rows_go_first(importing, healthy_server, tmp_path):
    """A recorded row belongs to the row that is equal to it, wherever in the input a nearly equal one stands."""
    importing("june.csv", [JUNE[0]])
    both = [cell(4, lambda _: "")(JUNE[0]), JUNE[0]]
    status, summary = importing("two.csv", both, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {"already_recorded": 1}, 2)


def test_the_advice_for_several_results_names_all_of_them(importing, healthy_server, tmp_path, monkeypatch):
    """A month recorded in two files, exactly and nearly: what the refusal says to type works."""
    monkeypatch.chdir(tmp_path)
    importing("a b.csv", JUNE[:10])
    importing("c.csv", JUNE[10:])
    for change in (str, cell(4, lambda text: text[:16] + "Z")):
        month = [change(line) for line in JUNE]
        status, said = importing("all.csv", month)
        assert status == 2
        assert "--already 'a b.results.csv' --already c.results.csv" in said
        status, summary = importing("all.csv", month, already=("a b.results.csv", "c.results.csv"))
        assert (sum(summary.by_code.values()), len(healthy_server.ledger())) == (20, 20)
        for path in tmp_path.glob("all.*"):
            path.unlink()


# -- these results, without a journal and with one ---------------------------------------------------------------------


@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("way", ["minutes", "no offer", "a zone forgotten"])
def test_results_of_the_same_events_hold_them(importing, healthy_server, tmp_path, way, journal):
    """June saved by a spreadsheet, run again: the refusal says which rows look recorded, and they stay held."""
    importing("june.csv", JUNE)
    results = tmp_path / "june.results.csv"
    if not journal:
        (tmp_path / "june.results.csv.journal").unlink()
    new = [SPELLINGS[way][0](line) for line in JUNE] + ["NewMsg01,5.00,sale,1,2026-07-01T00:00:00Z"]
    status, said = importing("june.csv", new)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    for text in ("20 rows of the input (229.00) look like them", SPELLINGS[way][1], "june.csv row 1", "looks_recorded"):
        assert text in said
    status, summary = importing("june.csv", new, allow_missing=True)
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 21)
    held, gone = statuses(results)
    assert (held, gone) == (["duplicate"] * 20 + ["recorded"], ["recorded"] * 20)
    for options in ({}, {"allow_missing": True}):  # again, and in another order, and with a row more
        status, summary = importing("june.csv", new[::-1], **options)
        assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 21), options
    more = [*new, "NewMsg02,5.00,sale,1,2026-07-01T00:00:00Z"]
    assert (importing("june.csv", more)[0], len(healthy_server.ledger())) == (1, 22)
    status, summary = importing("june.csv", [*JUNE, *more[20:]])  # the file as it was then: all is recorded
    assert (status, summary.by_code, len(healthy_server.ledger())) == (0, {}, 22)


def test_rows_that_come_twice_in_another_spelling_stop_their_own_import(importing, healthy_server):
    """That the second of each is held as equal to the first settles nothing: no run has held them before."""
    importing("june.csv", JUNE)
    twice = [SPELLINGS["minutes"][0](line) for line in JUNE for _ in range(2)]
    status, said = importing("june.csv", twice)
    assert (status, "20 rows of the input (229.00) look like" in said, len(healthy_server.ledger())) == (2, True, 20)
    status, summary = importing("june.csv", twice, allow_missing=True)
    assert (status, summary.by_code) == (1, {"looks_recorded": 20, "duplicate_row": 20})
    assert len(healthy_server.ledger()) == 20


@pytest.mark.parametrize("saved", [r"\1Z", r"\1", r"\1:00"], ids=["minutes", "no zone", "no T"])
def test_results_that_a_spreadsheet_saved_hold_their_rows(importing, healthy_server, tmp_path, saved):
    """The other way round: RESULTS lost its seconds, and the file is as it was."""
    importing("june.csv", JUNE)
    results = tmp_path / "june.results.csv"
    (tmp_path / "june.results.csv.journal").unlink()
    text = re.sub(r"(T\d\d:\d\d):\d\dZ(?=,recorded)", saved, results.read_text())
    results.write_text(text if saved != r"\1:00" else re.sub(r"T(?=[^,]*,recorded)", " ", text))
    status, said = importing("june.csv", JUNE)
    assert (status, "whole minutes there" in said, len(healthy_server.ledger())) == (2, True, 20), said
    status, summary = importing("june.csv", JUNE, allow_missing=True)
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 20)


# What became of rows of JUNE in the input, by their numbers: the rest stayed as they were.
SOME_RENAMED: dict[str, tuple[dict[str, list[int]], list[int]]] = {
    "all in capitals": ({"capitals": [*range(20)]}, [*range(20)]),
    "half of those that left": ({"capitals": [0, 1, 2, 3], "gone": [4, 5, 6]}, [0, 1, 2, 3]),
    "fewer than half of those that left": ({"capitals": [0, 1, 2], "gone": [*range(4, 12)]}, []),
    "in other minutes, too": ({"capitals and minutes": [0, 1, 2, 3], "minutes": [6, 7]}, [0, 1, 2, 3, 6, 7]),
    "beside the one that it was": ({"capitals as well": [2]}, []),
    "beside the one that it was, and others": ({"capitals": [5, 6], "capitals as well": [2]}, [5, 6]),
}
CHANGES: dict[str, Callable[[str], list[str]]] = {
    "capitals": lambda line: [line.upper()],
    "capitals and minutes": lambda line: [SPELLINGS["ids in capitals, and minutes"][0](line)],
    "minutes": lambda line: [SPELLINGS["minutes"][0](line)],
    "capitals as well": lambda line: [line, line.upper()],
    "gone": lambda line: [],
}


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("case", SOME_RENAMED)
def test_which_rows_of_another_spelling_are_held_by_their_own_results(importing, healthy_server, tmp_path, case, keyed):
    """Where half of those that left come again so; beside the row that it was it is an event of its own."""
    changes, held = SOME_RENAMED[case]
    header, options = (f"{HEADER},invoice", {"key": ("invoice",)}) if keyed else (HEADER, {})
    june = [f"{line},i{n}" if keyed else line for n, line in enumerate(JUNE)]
    importing("june.csv", june, header=header, **options)
    how = {n: CHANGES[name] for name, rows in changes.items() for n in rows}
    lines = [line for n, one in enumerate(june) for line in how.get(n, lambda line: [line])(one)]
    new = [f"NewMsg0{n},5.00,sale,1,2026-07-0{n}T00:00:07Z{',x' if keyed else ''}" for n in range(1, 4)]
    _, summary = importing("june.csv", [*lines, *new], header=header, allow_missing=True, **options)
    found = [line["message_id"].lower() for line in read_results(tmp_path / "june.results.csv") if line["error_code"]]
    assert found == [f"msg{n:05d}" for n in held], summary
    renamed = sum(len(rows) for name, rows in changes.items() if name != "gone")
    assert len(healthy_server.ledger()) == 20 + len(new) + renamed - len(held)


# -- message ids that a spreadsheet took for numbers -------------------------------------------------------------------

IDS = [f"000{i:05d}" for i in range(12, 30)] + ["123456e7", "1e000012"]
NUMBERED = [",".join((message, *line.split(",")[1:])) for message, line in zip(IDS, JUNE, strict=True)]
SAVED = {
    "no zeros": lambda text: re.sub(r"(?<=june.csv,)0+(?=\d+,)", "", text),
    "as numbers": lambda text: re.sub(r"(?<=june.csv,)(\d\w+),", lambda cell: f"{float(cell[1]):.12g},", text),
    "with decimals": lambda text: re.sub(r"(?<=june.csv,)0+(\d+),", r"\1.0,", text),
}


@pytest.mark.parametrize("count", [20, 2], ids=["all", "two"])
@pytest.mark.parametrize("way", SAVED)
def test_ids_that_became_numbers_in_results_hold_their_rows(importing, healthy_server, tmp_path, way, count):
    """RESULTS was saved by a spreadsheet, and its journal is lost: in their own import, and in one beside them."""
    lines = [*NUMBERED[:count], *JUNE[count:]]
    importing("june.csv", lines)
    results = tmp_path / "june.results.csv"
    (tmp_path / "june.results.csv.journal").unlink()
    saved = SAVED[way](results.read_text())
    changed = sum(was != now for was, now in zip(results.read_text().splitlines(), saved.splitlines(), strict=True))
    results.write_text(saved)
    status, said = importing("june.csv", lines)
    assert (status, f"{changed} rows of the input" in said, "zeros lost" in said) == (2, True, True), said
    new = "NewMsg01,5.00,sale,1,2026-07-01T00:00:00Z"
    assert importing("again.csv", [*lines, new])[0] == 2
    status, summary = importing("again.csv", [*lines, new], already=(str(results),))
    assert (summary.by_code["looks_recorded"], len(healthy_server.ledger())) == (changed, 21)
    status, summary = importing("june.csv", lines, allow_missing=True, overlap="allow")
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": changed}, 21)


DAMAGED: dict[str, Callable[[str], str]] = {
    "no zeros": lambda text: text.lstrip("0"),
    "powers": lambda text: f"{int(text):.5E}",
    "other powers": lambda text: f"{int(text) // 1000}e3",
    "groups": lambda text: f'"{int(text):,}"',
    "groups and decimals": lambda text: f'"{int(text):,}"'.replace(",", ".")[:-1] + ',00"',
    "an apostrophe": lambda text: f"'{int(text)}",
    "decimals": lambda text: f"{int(text)}.0",
}


@pytest.mark.parametrize("way", DAMAGED)
def test_ids_that_became_numbers_in_the_input_are_seen(importing, healthy_server, tmp_path, way):
    """The other way round, in a file whose ids may have any form: beside other results, and by its own."""
    ids = [f"{4_521_000 + 1000 * i:08}" for i in range(20)]
    numbered = [",".join((message, *line.split(",")[1:])) for message, line in zip(ids, JUNE, strict=True)]
    damaged = [line.replace(message, DAMAGED[way](message), 1) for message, line in zip(ids, numbered, strict=True)]
    any_id: dict[str, Any] = {"any_message_id": True}
    importing("june.csv", numbered)
    status, said = importing("again.csv", damaged, **any_id)
    assert (status, len(healthy_server.ledger())) == (2, 20), said
    status, summary = importing("again.csv", damaged, already=(str(tmp_path / "june.results.csv"),), **any_id)
    assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 20}, 20)
    few = [*damaged[:3], *numbered[3:]]
    for allowed in (False, True):
        status, summary = importing("june.csv", few, allow_missing=allowed, **any_id)
        assert (status, summary.by_code, len(healthy_server.ledger())) == (1, {"looks_recorded": 3}, 20)


def test_ids_with_another_number_are_other_messages(importing, healthy_server):
    """Near only by their beginning or end."""
    importing("june.csv", NUMBERED)
    other = [cell(0, lambda text: "9" + text[1:])(line) for line in NUMBERED[:18]]
    assert (importing("more.csv", other)[0], len(healthy_server.ledger())) == (0, 38)


def statuses(results: Any) -> tuple[list[str], list[str]]:
    """The statuses of the lines with a row, and of those without."""
    lines = read_results(results)
    here = [line["status"] for line in lines if line["row"]]
    return here, [line["status"] for line in lines if not line["row"]]


def test_a_verdict_frees_what_only_looked_recorded(fault_server, importing, tmp_path):
    """A row in doubt holds one that is nearly it; "not recorded" frees that, and no other."""
    server = fault_server(rule(hang_up(stored=False)))
    options = {"base_url": server.url, "stop_after": 100}
    importing("june.csv", JUNE[:3], **options)
    (tmp_path / "june.results.csv.journal").unlink()
    server.replan(plan())
    new = [SPELLINGS["minutes"][0](line) for line in JUNE[:3]]
    before = len(server.ledger())
    status, summary = importing("june.csv", new, allow_missing=True, **options)
    assert (status, summary.by_code, len(server.ledger())) == (1, {"looks_recorded": 3}, before)
    verdict = ("--not-recorded", "--why", "not there", "--yes", "--sure")
    result = inside.run("resolve", "june.results.csv", "--message-id", "Msg00001", *verdict, cwd=tmp_path)
    assert result.exit == 0, result
    status, summary = importing("june.csv", new, allow_missing=True, **options)
    assert (status, summary.by_code, len(server.ledger())) == (1, {"looks_recorded": 2}, before + 1), summary
    assert server.ledger()[-1]["message_id"] == "Msg00001"


def test_the_plan_with_near_rows_stays_the_plan_while_it_is_carried_out(importing, healthy_server, tmp_path):
    """`check` prints it, and an import in two parts is within it."""
    importing("june.csv", JUNE)
    new = [*(SPELLINGS["minutes"][0](line) for line in JUNE), *(OTHER_EVENTS["another message"](line) for line in JUNE)]
    named = {"already": (str(tmp_path / "june.results.csv"),)}
    (tmp_path / "new.csv").write_text("".join(f"{line}\n" for line in (HEADER, *new)))
    plan_ = run_check(Settings(inputs=(str(tmp_path / "new.csv"),), base_url=healthy_server.url, **named)).plan
    for options in ({"limit": 3}, {}, {}):
        status, summary = importing("new.csv", new, expect_plan=plan_, **named, **options)
        assert status == 1, summary
    assert (summary.by_code, len(healthy_server.ledger())) == ({"looks_recorded": 20}, 40)
