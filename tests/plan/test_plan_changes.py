"""A plan approved on one computer and run on another: each single change is refused, and what changed is said."""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer import Settings, run_check, run_import
from importer.disk import state_folder
from importer.errors import PlanChangedError
from importer.model import FIELDS, Status
from importer.plan.approval import kept_plans
from importer.plan.approval.kept_plans import kept_plan
from importer.settings import InputSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = tuple[str, ...]
API = "http://127.0.0.1:1"
KEY = "trk_" + "0" * 32
TYPES = ("sale", "click", "send")
MONTH: list[Row] = [
    (f"mes{n:05}", f"{n * 7 % 40 + 1}.{n:02}", TYPES[n % 3], str(4500 + n % 4), f"2026-06-{n:02}T12:00:00Z")
    for n in range(1, 21)
]


def write(file: Path, rows: list[Row]) -> Path:
    """The rows as a file of the name's format."""
    if file.suffix == ".parquet":
        pl.DataFrame(rows, schema=list(FIELDS), orient="row").write_parquet(file)
    else:
        file.write_text("".join(",".join(cells) + "\n" for cells in (FIELDS, *rows)))
    return file


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for all examples of all tests: each has a state folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def approved(folder: Path, rows: list[Row] = MONTH, **options: Any) -> str:
    """The plan of a month, as a person approves it."""
    digest = run_check(InputSettings(inputs=write(folder / "june.csv", rows), base_url=API, **options)).plan
    assert digest is not None
    return digest


def imported(file: Path, digest: str, **options: Any) -> None:
    """An import of a file in another folder that is held to the plan, and would post to nobody."""
    given_: dict[str, Any] = {"base_url": API, "limit": 0, **options}
    run_import(Settings(inputs=file, api_key=KEY, expect_plan=digest, results=file.with_suffix(".out.csv"), **given_))


def refused(file: Path, digest: str, **options: Any) -> str:
    """What is said of an import that is not the plan; nothing is written."""
    before = {path: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}
    with pytest.raises(PlanChangedError) as told:
        imported(file, digest, **options)
    assert before == {path: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}
    return str(told.value)


def cell(rows: list[Row], at: int, field: int, text: str) -> list[Row]:
    """The rows with one other cell."""
    changed = list(rows[at])
    changed[field] = text
    return [*rows[:at], tuple(changed), *rows[at + 1 :]]


def _later(text: str) -> str:
    return (datetime.fromisoformat(text) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digit(text: str) -> str:
    return text[:-1] + str((int(text[-1]) + 1) % 10)


# What each change makes of the rows (`at` is one of them), and what is said of it: of that row by its number and line.
_OTHER_EVENT, _OTHER_REST = "has another message id or type", "has another offer, time or --key"
CHANGES: dict[str, tuple[Callable[[int], list[Row]], str]] = {
    "digit": (lambda at: cell(MONTH, at, 1, _digit(MONTH[at][1])), " was {was}, and is {now}"),
    "id": (lambda at: cell(MONTH, at, 0, "x" + MONTH[at][0][1:]), f", {{now}}, {_OTHER_EVENT}"),
    "type": (
        lambda at: cell(MONTH, at, 2, "click" if TYPES.index(MONTH[at][2]) != 1 else "send"),
        f", {{now}}, {_OTHER_EVENT}",
    ),
    "offer": (lambda at: cell(MONTH, at, 3, "9"), f", {{now}}, {_OTHER_REST}"),
    "no offer": (lambda at: cell(MONTH, at, 3, ""), f", {{now}}, {_OTHER_REST}"),
    "second": (lambda at: cell(MONTH, at, 4, _later(MONTH[at][4])), f", {{now}}, {_OTHER_REST}"),
    "broken": (lambda at: cell(MONTH, at, 2, "lead"), ", {now}, was to be sent, and is not to be sent"),
    "no amount": (lambda at: cell(MONTH, at, 1, "none"), " was {was}, and is no amount"),
}


@settings(max_examples=16)
@given(name=st.sampled_from(sorted(CHANGES)), at=st.integers(0, len(MONTH) - 1))
def test_a_change_of_one_cell_is_refused_and_named(name, at, folder):
    """On a computer that knows the plan, with the row, its line, and how both were."""
    change, said = CHANGES[name]
    digest = approved(folder)
    now = change(at)
    words = said.format(was=MONTH[at][1], now=now[at][1])
    told = refused(write(folder / "june.csv", now), digest)
    assert f"1 changed row: june.csv row {at + 1} (line {at + 2}){words}" in told


@settings(max_examples=9)
@given(at=st.integers(0, len(MONTH) - 1), to=st.integers(0, len(MONTH)), kind=st.sampled_from(["new", "twice", "gone"]))
def test_a_row_more_or_less_is_refused_and_named(at, to, kind, folder):
    """However the others moved. Of equal rows the last one is the new one."""
    digest = approved(folder)
    row = ("zzzzzzzz", "3.50", "sale", "1", "2026-06-30T00:00:00Z") if kind == "new" else MONTH[at]
    now = [*MONTH[:to], row, *MONTH[to:]] if kind != "gone" else [*MONTH[:at], *MONTH[at + 1 :]]
    told = refused(write(folder / "june.csv", now), digest)
    place = at if kind == "gone" else max(n for n, one in enumerate(now) if one == row)
    word = "gone" if kind == "gone" else "new"
    assert f"1 {word} row: june.csv row {place + 1} (line {place + 2}), {row[1]}; " in told
    assert " changed row" not in told
    status = Status.DUPLICATE if kind == "twice" else Status.PENDING
    assert f"; {status} was " in told


@settings(max_examples=3)
@given(order=st.permutations(range(len(MONTH))).filter(lambda order: order != sorted(order)))
def test_another_order_is_refused_and_said(order, folder):
    """The plan has the rows in order, and no row is said to have changed."""
    digest = approved(folder)
    told = refused(write(folder / "june.csv", [MONTH[n] for n in order]), digest)
    assert "; the order of the rows. Give" in told


@pytest.mark.parametrize(
    "text",
    [
        lambda text: text.replace(MONTH[0][1], MONTH[0][1] + "0"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text[:-1],
        lambda text: text.replace("\n", ",\n"),
        lambda text: text.replace(MONTH[3][4], MONTH[3][4].replace("Z", "+00:00")),
    ],
    ids=[
        "another spelling of an amount",
        "line ends",
        "last line end",
        "an empty column",
        "another spelling of a time",
    ],
)
def test_another_file_is_another_plan(text, folder):
    """Of the same rows, too: what was approved is a file, by its name and every byte; no row is blamed."""
    digest = approved(folder)
    file = folder / "june.csv"
    was = sha256(file.read_bytes()).hexdigest()[:12]
    file.write_text(text(file.read_text()))
    told = refused(file, digest)
    assert f"june.csv was SHA-256 {was}…, and is {sha256(file.read_bytes()).hexdigest()[:12]}…" in told
    assert " row " not in told.replace("header row", "")


def test_another_name_or_format_is_another_plan(folder):
    """The same rows under another name, and as Parquet."""
    digest = approved(folder)
    for name in ("june 2.csv", "june.parquet"):
        told = refused(write(folder / name, MONTH), digest)
        assert f"june.csv is not given any more; {name} was not given" in told
        assert " row: " not in told


@pytest.mark.parametrize(("months", "more"), [(2, ""), (3, ", and 1 more"), (5, ", and 5 more"), (7, ", and 9 more")])
def test_of_many_files_five_are_named(folder, months, more):
    """Each that is not given any more, then each that was not given before."""

    def files(year: int) -> tuple[Path, ...]:
        return tuple(write(folder / f"{year}-{n:02}.csv", [MONTH[n]]) for n in range(1, months + 1))

    was, now = files(2025), files(2026)
    digest = run_check(InputSettings(inputs=was, base_url=API)).plan
    told = [f"{file.name} is not given any more" for file in was] + [f"{file.name} was not given" for file in now]
    with pytest.raises(PlanChangedError) as refused:
        run_import(
            Settings(inputs=now, api_key=KEY, base_url=API, limit=0, expect_plan=digest, results=folder / "o.csv")
        )
    assert f"What changed: {'; '.join(told[:5])}{more}. Give" in str(refused.value)


SAID = {
    "timezone": ("Europe/Berlin", "--timezone was UTC, and is Europe/Berlin"),
    "where": (("offer_id!=4501",), "--where was not given, and is now (offer_id!=4501); pending was 20 rows"),
    "period": ("2026-06-01/2026-06-10", "--period was not given, and is now (2026-06-01/2026-06-10)"),
    "max_revenue": ("30", "--max-revenue was not given, and is now (30); "),
    "duplicates": ("post", "--duplicates was hold, and is post"),
    "any_message_id": (True, "--any-message-id was not given, and is now."),
    "in_doubt": ("resend", "--in-doubt was hold, and is resend"),
    "bulk": (50, "--bulk was not given, and is now (50)"),
    "base_url": ("http://127.0.0.1:2", "the API was http://127.0.0.1:1, and is http://127.0.0.1:2"),
    "expect_rows": (20, "--expect-rows was not given, and is now (20)"),
    "shard": ((1, 2), "--shard was not given, and is now (1 2); pending was 20 rows"),
    "null": (("NULL",), "--null was not given, and is now (NULL)"),
}


@pytest.mark.parametrize("name", SAID)
def test_another_option_is_refused_as_it_was_and_is(name, folder):
    """Added, and taken away again."""
    value, said = SAID[name]
    without, with_it = approved(folder), approved(folder, **{name: value}) if name != "base_url" else None
    file = folder / "june.csv"
    assert said in refused(file, without, **{name: value})
    if with_it is not None and name != "shard":  # of a shard alone no plan is kept
        told = refused(file, with_it)
        flag, _, is_so = said.partition(" was ")
        was = "given" if is_so.startswith("not given") else is_so.partition(", and is ")[2].partition(";")[0]
        assert f"{flag} was {was}" in told


def test_an_option_that_was_given_otherwise_was_given(folder):
    """With several values, too."""
    digest = approved(folder, map={"timestamp": "timestamp"})
    told = refused(folder / "june.csv", digest, map={"revenue": "revenue"})
    assert "--map was timestamp=timestamp, and is revenue=revenue" in told


def test_what_decides_nothing_needs_no_new_plan(folder):
    """How fast, how long, and into which file, in whatever folder; and what was written after one run."""
    digest = approved(folder)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    file = write(elsewhere / "june.csv", MONTH)
    imported(file, digest, rate=0, concurrency=1, attempts=1, timeout_s=0.5, stop_after=1, keep=("offer_id",))
    imported(file, digest, no_index=True)


def test_on_another_computer_it_is_refused_without_what_it_was(folder, monkeypatch):
    """The same parts are named, as they are now, and where to look for how they were."""
    digest = approved(folder)
    monkeypatch.setenv("XDG_STATE_HOME", f"{state_folder()}-elsewhere")
    told = refused(write(folder / "june.csv", cell(MONTH, 4, 1, "99.99")), digest)
    assert "the rows as they are sent, their order, or the rules that they break" in told
    assert "compare with what `check` said when it was approved. Give" in told


# -- the plans that are kept -------------------------------------------------------------------------------------------


def test_no_cell_is_kept_but_amounts_and_only_for_its_owner(folder):
    """Neither ids nor times; a plan that was kept is itself, and one with a changed byte is none."""
    digest = approved(folder)
    [path] = (state_folder() / "plans").iterdir()
    content = path.read_bytes()
    assert not any(word.encode() in content for row in MONTH for word in (row[0], row[4]))
    assert path.stat().st_mode & 0o077 == 0
    found = kept_plan(digest)
    assert found is not None
    assert (found.parts.digest, found.rows is not None) == (digest, True)
    path.write_bytes(content.replace(b'"pending"', b'"failed"'))
    assert kept_plan(digest) is None
    for damage in (b"", b"{}\n", content[:-40], b"\xff" + content):
        path.write_bytes(damage)
        assert "and nothing was posted" in refused(write(folder / "june.csv", MONTH[1:]), digest)


def test_old_plans_make_room(folder, monkeypatch):
    """The newest stay, and one that was made again is new."""
    monkeypatch.setattr(kept_plans, "_MOST_PLANS", 2)
    digests = [approved(folder, MONTH[:rows]) for rows in (3, 4)]
    approved(folder, MONTH[:3])
    digests.append(approved(folder, MONTH[:5]))
    assert [kept_plan(digest) is not None for digest in digests] == [True, False, True]


@pytest.mark.parametrize(("to_spare", "kept"), [(0, [True, True, True]), (-1, [False, True, True])])
def test_the_oldest_plans_that_find_no_room_go(folder, monkeypatch, to_spare, kept):
    """As many bytes as all three have are room enough for them."""
    digests = [approved(folder, MONTH[:rows]) for rows in (3, 4)]
    sizes = [path.stat().st_size for path in (state_folder() / "plans").iterdir()]
    third = approved(folder, MONTH[:5])
    path = state_folder() / "plans" / third.removeprefix("sha256:")
    path_size = path.stat().st_size
    path.unlink()
    monkeypatch.setattr(kept_plans, "_MOST_BYTES", sum(sizes) + path_size + to_spare)
    approved(folder, MONTH[:5])
    assert [kept_plan(digest) is not None for digest in (*digests, third)] == kept


@pytest.mark.parametrize("other", ["0", "z"])
def test_rows_by_the_numbers_of_another_version_are_not_compared(folder, monkeypatch, other):
    """Its plan is still known."""
    digest = approved(folder)
    monkeypatch.setattr(kept_plans, "hash_in_use", lambda: other)
    found = kept_plan(digest)
    assert found is not None
    assert found.rows is None


def test_of_a_large_input_the_totals_are_said(folder, monkeypatch):
    """Its rows are not kept."""
    monkeypatch.setattr(kept_plans, "_MOST_ROWS", 10)
    digest = approved(folder)
    told = refused(write(folder / "june.csv", MONTH[1:]), digest)
    assert "the rows as they are sent, their order, or the rules that they break; pending was 20 rows" in told


def test_a_state_folder_that_cannot_be_used_is_no_error(folder, monkeypatch):
    """A check then keeps nothing; nor does one that is told to look at no other results."""
    monkeypatch.setenv("XDG_STATE_HOME", str(write(folder / "june.csv", MONTH) / "state"))
    digest = approved(folder)
    assert kept_plan(digest) is None
    monkeypatch.undo()
    approved(folder, no_index=True)
    assert kept_plan(digest) is None
