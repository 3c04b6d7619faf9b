"""Corrections, which no post can make, and feeds of the last days, which correct nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from importer.plan.near import is_feed
from tests.faultserver.plan import CANARY_KEY
from tests.plan.imported import imported
from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = "message_id,revenue,attribution_type,offer_id,timestamp"


@pytest.fixture
def importing(healthy_server, tmp_path) -> Callable[..., tuple[int, Any]]:
    """Write these lines and import them: the exit status, with the summary or the sentence."""

    def run(name: str, lines: list[str], **options: Any) -> tuple[int, Any]:
        (tmp_path / name).write_text("".join(f"{line}\n" for line in (HEADER, *lines)))
        settings = {"base_url": healthy_server.url, "api_key": CANARY_KEY, "rate": 0, **options}
        return imported(tmp_path / name, settings)

    return run


def window(first: int, last: int, *, date_only: bool = False) -> list[str]:
    """The conversions of some days: three messages each day, the same ones every week and some twice a day."""
    return [
        f"Msg{(day * 3 + k) % 9:05d},5.00,sale,4521,2026-06-{day:02d}"
        + ("" if date_only else f"T{8 + 3 * k:02d}:{day:02d}:11Z")
        for day in range(first, last + 1)
        for k in range(3)
    ]


@pytest.mark.parametrize(
    ("named", "step", "date_only"),
    [(True, 3, False), (True, 1, True), (False, 1, False), (False, 3, True)],
    ids=["already, moments", "already, dates", "same name, moments", "same name, dates"],
)
def test_a_feed_of_the_last_days_goes_on(importing, healthy_server, tmp_path, named, step, date_only):
    """What falls out in front is older than all that is left, and what comes in is later than all that is recorded."""
    for first in range(1, 9, step):
        already = (str(tmp_path / "*.results.csv"),) if named and first > 1 else ()
        name = f"r{first}.csv" if named else "feed.csv"
        status, said = importing(name, window(first, first + 6, date_only=date_only), already=already)
        assert status == 0, said
    sent = [(record["message_id"], record["timestamp"]) for record in healthy_server.ledger()]
    assert len(set(sent)) == len(sent) == 3 * (first + 6)


@pytest.mark.parametrize("own", [True, False])
def test_a_correction_within_a_feed_of_the_last_days_is_seen(importing, healthy_server, tmp_path, own):
    """The same feed, a day on; one row that is still in it has another amount."""
    importing("feed.csv", window(1, 7))
    new = window(2, 8)
    new[4] = new[4].replace("5.00", "7.25")
    options = {} if own else {"already": (str(tmp_path / "feed.results.csv"),)}
    status, said = importing("feed.csv" if own else "new.csv", new, **options)
    assert (status, "row 5: 7.25, recorded with 5.00" in said, len(healthy_server.ledger())) == (2, True, 21), said


def test_a_row_without_a_timestamp_is_no_later_one_of_a_feed(importing, healthy_server):
    """It may be the one of its message that fell out in front."""
    importing("feed.csv", window(1, 7))
    status, said = importing("feed.csv", [*window(2, 8), "Msg00003,5.00,sale,4521,"])
    assert (status, "Msg00003" in said, len(healthy_server.ledger())) == (2, True, 21), said


@pytest.mark.parametrize(
    ("succeeded", "alone", "is_one"), [(0, 0, False), (4, 0, False), (5, 0, True), (9, 0, True), (0, 1, True)]
)
def test_five_that_came_again_or_one_that_did_not_make_a_feed(succeeded, alone, is_one):
    """Fewer may be the first rows of an export, with their dates corrected."""
    assert is_feed(succeeded, alone) is is_one


@pytest.mark.parametrize("moved", [[0], [0, 1, 2], [0, 3]])
@pytest.mark.parametrize("own", [True, False])
def test_the_first_rows_with_later_dates_are_corrected(importing, healthy_server, tmp_path, own, moved):
    """A part was posted; then the oldest rows got dates behind all that is recorded: nothing fell out of a feed."""
    june = [f"Msg{n:05d},{n}.50,sale,4521,2026-06-{n:02d}T08:00:11Z" for n in range(1, 13)]
    importing("june.csv", june, limit=6)
    new = [line.replace("2026-06", "2026-07") if n in moved else line for n, line in enumerate(june)]
    options = {} if own else {"already": (str(tmp_path / "june.results.csv"),)}
    status, said = importing("june.csv" if own else "june_v2.csv", new, **options)
    assert (status, len(healthy_server.ledger())) == (2, 6), said
    for n in moved:
        assert f"row {n + 1}: 2026-07-{n + 1:02d}T08:00:11Z, recorded with 2026-06-{n + 1:02d}T08:00:11Z" in said


def test_one_corrected_amount_in_the_own_file_is_named_whole(importing, healthy_server):
    """Which row, both amounts, what cannot be done, and what going on would do; its advice works."""
    june = [line.replace("5.00", f"{n}.50") for n, line in enumerate(window(1, 3), 10)]
    importing("june.csv", june)
    new = [*june[:2], june[2].replace("12.50", "99.90"), *june[3:]]
    status, said = importing("june.csv", new)
    assert (status, len(healthy_server.ledger())) == (2, 9)
    for text in (
        "june.csv row 3: 99.90, recorded with 12.50",
        "cannot be corrected",
        "posts 1 row (99.90)",
        "--allow-missing",
    ):
        assert text in said, said
    assert importing("june.csv", june)[0] == 0
    assert len(healthy_server.ledger()) == 9
    assert importing("june.csv", new, allow_missing=True)[0] == 0
    assert len(healthy_server.ledger()) == 10


JUNE = [f"Msg{n:05d},{n}.50,sale,4521,2026-06-{n:02d}T08:00:11Z" for n in range(1, 25)]
GROWN = [*JUNE, *(f"New{n:05d},{n}.25,sale,4521,2026-06-{n:02d}T09:00:11Z" for n in range(25, 29))]
CORRECTIONS = {
    "time": lambda line: line.replace("T08:00:11", "T08:07:11"),
    "amount and time": lambda line: line.replace(".50,", ".75,").replace("T08:00:11", "T08:07:11"),
    "offer": lambda line: line.replace(",4521,", ",4522,"),
}
PARTS: dict[str, list[dict[str, Any]]] = {
    "shards": [{"shard": (n, 3)} for n in (1, 2, 3)],
    "where": [{"where": ("revenue!=1.50",)}],
    "periods": [{"period": "2026-06-01/2026-06-15"}, {"period": "2026-06-16/2026-06-30"}],
    "limit": [{"limit": 8}],
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("correct", CORRECTIONS.values(), ids=CORRECTIONS)
@pytest.mark.parametrize("again", ["the same name", "another name"])
def test_a_corrected_export_is_one_in_parts_too(importing, healthy_server, tmp_path, parts, correct, again):
    """Rows that a part leaves out are in the input all the same, and a corrected row falls into any part."""
    for options in parts:
        importing("june.csv", JUNE, **options)
    assert len(healthy_server.ledger()) >= 8
    new = [correct(line) if line[3:8] in {"00002", "00005", "00017"} else line for line in GROWN]
    already = () if again == "the same name" else (str(tmp_path / "june*.results.csv"),)
    statuses = [
        importing("june.csv" if again == "the same name" else "july.csv", new, already=already, **options)[0]
        for options in parts
    ]
    sent = [record["message_id"] for record in healthy_server.ledger()]
    assert (len(set(sent)), 2 in statuses) == (len(sent), True), statuses


@pytest.mark.parametrize("correct", CORRECTIONS.values(), ids=CORRECTIONS)
@pytest.mark.parametrize("corrected", [["00016"], ["00020", "00021", "00023"]])
def test_a_correction_in_the_last_days_of_an_export_is_one(importing, healthy_server, tmp_path, correct, corrected):
    """Nine of the recorded rows are in the input, and many others: what is older has fallen out."""
    importing("june.csv", JUNE)
    later = [line.replace("New", "Few").replace("2026-06", "2026-07") for line in GROWN[24:]]
    new = [correct(line) if line[3:8] in corrected else line for line in [*GROWN[15:], *later]]
    status, said = importing("last.csv", new, already=(str(tmp_path / "june.results.csv"),))
    assert (status, len(healthy_server.ledger())) == (2, 24), said


def test_the_same_message_in_another_case_is_no_other_in_the_last_days(importing, healthy_server, tmp_path):
    """One of nine recorded rows has its id in small letters: it is held, and the new rows are posted."""
    importing("june.csv", JUNE)
    new = [line.replace("Msg00020", "msg00020") for line in GROWN[15:]]
    status, summary = importing("last.csv", new, already=(str(tmp_path / "june.results.csv"),))
    assert (status, summary.by_code) == (1, {"already_recorded": 8, "looks_recorded": 1})
    assert len(healthy_server.ledger()) == 28


def test_of_a_message_that_comes_again_the_row_of_its_moment_is_the_corrected_one(importing, tmp_path):
    """A further click of a message is named as none, though another of its rows was corrected."""
    clicks = [f"Msg{n % 4:05d},0.05,click,4521,2026-06-{n:02d}T08:00:11Z" for n in range(1, 15)]
    importing("june.csv", clicks)
    new = [line.replace("0.05", "1.55") if "-08T" in line else line for line in clicks[2:]]
    new.append("Msg00000,0.05,click,4521,2026-06-20T08:00:11Z")
    status, said = importing("new.csv", new, already=(str(tmp_path / "june.results.csv"),))
    assert (status, "1 row to post changed since (new.csv row 6: 1.55, recorded with 0.05)" in said) == (2, True), said


def test_a_late_conversion_is_none_of_what_fell_out(importing, healthy_server, tmp_path):
    """The message has a sale from before the input's first row, and another one within its days that came late."""
    clicks = [f"Msg{n:05d},0.10,click,4521,2026-06-{n:02d}T08:00:11Z" for n in range(1, 13)]
    importing("feed.csv", [*clicks, "Msg00002,9.99,sale,4521,2026-06-02T09:00:11Z"])
    new = [*clicks[4:], "Msg00002,19.99,sale,4521,2026-06-09T10:00:11Z"]
    status, said = importing("new.csv", new, already=(str(tmp_path / "feed.results.csv"),))
    assert (status, len(healthy_server.ledger())) == (0, 14), said


def later_days(line: str, days: int) -> str:
    """The same so many days later."""
    day = int(line[-12:-10])
    return f"{line[:-12]}{day + days:02d}{line[-10:]}"


def factor(line: str) -> str:
    """A tenth less."""
    cells = line.split(",")
    return ",".join([cells[0], f"{float(cells[1]) * 0.9:.3f}", *cells[2:]])


ALL_CHANGED: dict[str, Callable[[str], str]] = {
    "nothing": lambda line: line,
    "another zone": lambda line: line.replace("T08:", "T10:"),
    "ids in capitals": lambda line: line.replace("Msg", "MSG"),
    "another type": lambda line: line.replace(",sale,", ",click,"),
    "a factor": factor,
    "dates": lambda line: line[: -len("T08:00:11Z")],
    "no times": lambda line: line[: -len("2026-06-01T08:00:11Z")],
}
FEW_CHANGED: dict[str, Callable[[str], str]] = {
    "type": lambda line: line.replace(",sale,", ",send,"),
    "amount and type": lambda line: line.replace(".50,sale,", ".77,send,"),
    "amount": lambda line: line.replace(".50,", ".77,"),
    "offer and type": lambda line: line.replace(",sale,4521,", ",send,77,"),
}
BOTH_CHANGED = [
    *((general, "amount and type") for general in ALL_CHANGED),
    *((general, "type") for general in ("another zone", "a factor", "dates", "no times")),
    ("ids in capitals", "amount"),
    ("another type", "amount"),
    ("ids in capitals", "offer and type"),
]


@pytest.mark.parametrize(("general", "special"), BOTH_CHANGED, ids=map(" and ".join, BOTH_CHANGED))
def test_a_correction_in_an_export_that_changed_as_a_whole_is_not_posted(
    importing, healthy_server, tmp_path, general, special
):
    """Under another name the advice to give the results holds the others, and stops for these; own results say it."""
    importing("june.csv", JUNE)
    few = {16, 18}
    new = [FEW_CHANGED[special](line) if n in few else line for n, line in enumerate(JUNE)]
    new = [*map(ALL_CHANGED[general], new), *GROWN[24:]]
    named = {"already": (str(tmp_path / "june.results.csv"),)}
    for options in ({}, named):
        status, said = importing("new.csv", new, **options)
        assert (status, len(healthy_server.ledger())) == (2, 24), said
    for row in (17, 19):
        assert f"new.csv row {row}: " in said, said
    rest = [line for n, line in enumerate(new) if n not in few]
    status, summary = importing("new.csv", rest, **named)
    assert (sum(summary.by_code.values()), len(healthy_server.ledger())) == (22, 28)


@pytest.mark.parametrize("special", ["amount", "amount and type"])
def test_own_results_name_a_correction_among_rows_of_another_zone(importing, healthy_server, special):
    """`--allow-missing` would post it, so it is to be taken out first; without it what is new is posted."""
    importing("june.csv", JUNE)
    new = [FEW_CHANGED[special](line) if n == 16 else line for n, line in enumerate(JUNE)]
    new = [*map(ALL_CHANGED["another zone"], new), *GROWN[24:]]
    status, said = importing("june.csv", new)
    assert (status, "1 row of the others changed since (june.csv row 17: " in said) == (2, True), said
    status, summary = importing("june.csv", [*new[:16], *new[17:]], allow_missing=True)
    assert (summary.by_code, len(healthy_server.ledger())) == ({"looks_recorded": 23}, 28)


LATE = [later_days(line, 2) for line in JUNE]


@pytest.mark.parametrize("late", [(0, 1, 2), (0, 2, 4), (1, 2, 3)])
def test_last_days_that_come_again_with_late_times_are_not_posted(importing, healthy_server, tmp_path, late):
    """Two of five are as they were, which tells that it is that export; nobody can say what the others would be."""
    importing("june.csv", JUNE)
    tail = [LATE[19 + n] if n in late else JUNE[19 + n] for n in range(5)]
    new = [*tail, *(line.replace("2026-06", "2026-07") for line in GROWN[24:])]
    named = {"already": (str(tmp_path / "june.results.csv"),)}
    for options in ({}, named):
        status, said = importing("last.csv", new, **options)
        assert (status, len(healthy_server.ledger())) == (2, 24), said
    for n in late:
        assert f"last.csv row {n + 1}: " in said, said


def test_all_corrections_of_last_days_are_named_together(importing, healthy_server, tmp_path):
    """One has another amount, and one of before these days another date: who takes out the one must know the other."""
    importing("june.csv", JUNE)
    new = [*JUNE[14:20], JUNE[20].replace(".50,", ".77,"), *JUNE[21:], later_days(JUNE[2], 17)]
    for options in ({}, {"already": (str(tmp_path / "june.results.csv"),)}):
        status, said = importing("last.csv", new, **options)
        assert (status, len(healthy_server.ledger())) == (2, 24), said
    assert "last.csv row 7: " in said, said
    assert "last.csv row 11: " in said, said


@pytest.mark.parametrize("general", ["another zone", "dates", "no times", "ids in capitals"])
def test_last_days_that_changed_as_a_whole_are_not_posted(importing, healthy_server, tmp_path, general):
    """Four of six recorded rows since the first day look so, and two are corrected besides; the rest is new."""
    importing("june.csv", JUNE)
    tail = [FEW_CHANGED["type"](line) if n in {20, 22} else line for n, line in enumerate(JUNE)][18:]
    new = [*map(ALL_CHANGED[general], tail), *(line.replace("2026-06", "2026-07") for line in GROWN[24:])]
    named = {"already": (str(tmp_path / "june.results.csv"),)}
    status, said = importing("last.csv", new)
    assert (status, "look recorded already" in said, len(healthy_server.ledger())) == (2, True, 24), said
    importing("last.csv", new, **named)
    sent = [record["message_id"].lower() for record in healthy_server.ledger()]
    assert len(set(sent)) == len(sent)


def test_last_days_of_which_nothing_is_as_it_was_are_said_by_check(importing, healthy_server, tmp_path):
    """They may be renewals."""
    importing("june.csv", JUNE)
    text = "\n".join([HEADER, *LATE[19:], *(line.replace("2026-06", "2026-07") for line in GROWN[24:])])
    (tmp_path / "last.csv").write_text(text)
    said = heard(tmp_path / "last.csv", base_url=healthy_server.url).said
    assert "5 rows to post (112.50) have message, amount and type of rows" in said, said


def test_a_growing_feed_with_further_types_of_its_messages_goes_on(importing, healthy_server, tmp_path):
    """A click and a sale of one message; later only sales are exported; the clicked messages have further sales."""
    clicks = [line.replace(",sale,", ",click,").replace(".50,", ".05,") for line in JUNE]
    named = {"already": (str(tmp_path / "*.results.csv"),)}
    sales = [line.replace("T08:", "T11:") for line in JUNE[:15]]
    again = [line.replace("T08:", "T19:").replace(".50,", ".75,") for line in JUNE[10:14]]
    feeds = [clicks, [*clicks, *sales[:10]], [*clicks, *sales], [*sales, *again], [*clicks[5:], *sales[5:], *again]]
    for n, (lines, options) in enumerate(zip(feeds, ({}, *4 * [named]), strict=True)):
        status, said = importing(f"feed{n}.csv", lines, **options)
        assert status == 0, said
    assert len(healthy_server.ledger()) == len({*clicks, *sales, *again})


def test_further_sales_of_clicked_messages_are_none_of_the_clicks(importing, healthy_server, tmp_path):
    """All that was recorded, and then an export of sales alone: nothing of the clicks is in it."""
    clicked = [f"Hit{n:05d},0.05,click,4521,2026-06-{n:02d}T08:00:11Z" for n in range(1, 9)]
    importing("june.csv", [*JUNE, *clicked])
    sold = [line.replace("0.05,click", "30.00,sale").replace("T08:", "T09:") for line in clicked[:3]]
    status, said = importing("sales.csv", [*JUNE, *sold], already=(str(tmp_path / "june.results.csv"),))
    assert (status, len(healthy_server.ledger())) == (0, 35), said
