"""What is said of totals, followed to the letter, leaves out the totals and no row."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
from xlsxwriter import Workbook

from tests.support.checked import Heard, heard

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "message_id,revenue,attribution_type,timestamp,order"


def line(number: int, amount: int, label: str = "", day: str | None = None) -> str:
    return f"m{number:07},{amount},sale,{f'2026-06-{number:02}' if day is None else day},{label}"


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *lines, ""]))
    return path


def followed(path: Path, lines: list[str], found: Heard) -> Heard:
    """Do what is said: the first option, or take the rows that are named out of the file."""
    where = re.search(r"--where .+?(?= leaves)", found.said)
    if where:
        return heard(path, where=tuple(shlex.split(where[0])[1:]))
    assert re.search(r"(Take|Leave) (it|them) out of the file", found.said), found.said
    named = {int(row.replace(",", "")) for row in re.findall(r"\brow ([\d,]+) \(", found.said)}
    return heard(written(path, [text for n, text in enumerate(lines, 1) if n not in named]))


FILLED_DOWN = {
    "the total of all": [line(1, 10), line(2, 12), line(3, 14), line(3, 36, day="")],
    "with a label": [line(1, 10), line(2, 12), line(3, 14), line(3, 36, "Total", "")],
    "above the rows": [line(1, 36, "Total", ""), line(1, 10), line(2, 12), line(3, 14)],
    "of each group": [
        *(line(1, 10), line(2, 12), line(2, 22, day="")),
        *(line(3, 14), line(4, 15), line(5, 16), line(5, 45, day="")),
    ],
    "of each group, and of all": [
        *(line(1, 10), line(2, 12), line(2, 22, "Zwischensumme", "")),
        *(line(3, 14), line(4, 15), line(4, 29, "Zwischensumme", ""), line(4, 51, "Gesamtsumme", "")),
    ],
    "of two currencies at the end": [
        *(line(1, 10, "U"), line(2, 12, "E"), line(3, 14, "U"), line(4, 15, "E")),
        *(line(4, 24, "U", ""), line(4, 27, "E", "")),
    ],
    "of the same id in capitals": [line(1, 10), line(2, 12), line(3, 14), line(3, 36, day="").upper()],
}


@pytest.mark.parametrize("kind", FILLED_DOWN)
def test_a_total_with_the_id_of_a_row_leaves_the_row(tmp_path: Path, kind: str) -> None:
    """A spreadsheet fills ids down, into the lines of totals as well."""
    lines = FILLED_DOWN[kind]
    path = written(tmp_path / "june.csv", lines)
    found = heard(path)
    assert (found.exit_status, found.posted) == (2, 0), found.said
    real = [text for text in lines if ",2026-" in text]
    for _ in range(3):
        done = followed(path, lines, found)
        if done.exit_status == 0:
            break
        lines, found = path.read_text().splitlines()[1:], done
    assert (done.exit_status, done.posted) == (0, len(real)), done.said


def test_totals_of_several_files_that_are_called_alike(tmp_path: Path) -> None:
    """One option leaves out all of them, and it is said of each."""
    rows = [line(n, 10 * n) for n in (1, 2, 3)]
    for month in ("may", "june"):
        text = "\n".join([HEADER, *rows, "GrandTot,60,sale,,", ""])
        (tmp_path / f"{month}.csv").write_text(text.replace("m000", f"{month[0]}{month[0]}00"))
    files = (tmp_path / "may.csv", tmp_path / "june.csv")
    found = heard(*files)
    assert found.said.count("--where 'message_id!=GrandTot' leaves it out") == 2
    assert heard(*files, where=("message_id!=GrandTot",)).posted == 6


@pytest.mark.parametrize("groups", [5, 100, 501, 600])
@pytest.mark.parametrize(
    ("label", "day"),
    [("Total", ""), ("Total", None), ("Total {}", ""), ("Total {}", None), ('"Total, {}"', None), ("c", ""), ("", "")],
)
def test_totals_of_many_groups(tmp_path: Path, groups: int, day: str | None, label: str) -> None:
    """Each has the id of a row of its group."""
    lines = []
    for n in range(groups):
        lines += [f"m{n:07},{n + 1},sale,2026-06-01,a", f"m{n:07},{n + 2},sale,2026-06-02,b"]
        lines += [f"m{n:07},{2 * n + 3},sale,{'2026-06-03' if day is None else day},{label.format(n)}"]
    path = written(tmp_path / "june.csv", lines)
    found = heard(path)
    assert found.exit_status == 2
    money = f"{sum(2 * n + 3 for n in range(groups)):,}.00"
    assert f"{groups} rows ({money})" in found.said
    assert "--where 'message_id!=" not in found.said
    if label == "Total":
        done = heard(path, where=("order!=Total",))
        assert (done.exit_status, done.posted) == (0, 2 * groups), done.said


@pytest.mark.parametrize("label", ["Total", "Subtotal", "Grand total"])
@pytest.mark.parametrize("day", ["", None])
def test_totals_of_single_rows_say_so_by_a_word(tmp_path: Path, label: str, day: str | None) -> None:
    """Each below the one row of its group."""
    lines = [text for n in (1, 2, 3) for text in (line(n, 10 * n, "x"), line(n + 10, 10 * n, f'"{label}"', day))]
    found = heard(written(tmp_path / "june.csv", lines))
    assert found.exit_status == 2
    options = found.options("--where")
    assert heard(tmp_path / "june.csv", where=options[:1]).posted == 3


@pytest.mark.parametrize("brand", ["Total Wine", "Total Fitness", "Subtotal Shop"])
def test_named_totals_among_rows_of_a_brand_with_such_a_name(tmp_path: Path, brand: str) -> None:
    """As pivot tables write totals of groups."""
    lines = []
    for n in range(4):
        lines += [line(4 * n + at, 10 * n + 7 * at, brand if n % 2 and at == 2 else f"B{n}") for at in (1, 2, 3)]
        lines += [line(4 * n + 4, 30 * n + 42, f"B{n} Total")]
    found = heard(written(tmp_path / "june.csv", lines))
    assert "4 rows (348.00)" in found.said
    assert heard(tmp_path / "june.csv", where=found.options("--where")).posted == 12


def test_a_row_of_a_brand_is_not_in_the_list_of_sums(tmp_path: Path) -> None:
    """Beside eight subtotals, which are exact; the brand is a question of its own."""
    lines = []
    for n in range(7):
        lines += [
            line(4 * n + at, 10 * n + 7 * at, "Total" if (n, at) == (3, 2) else "Shell", "2026-06-01")
            for at in (1, 2, 3)
        ]
        lines += [line(4 * n + 4, 30 * n + 42, "Subtotal", "2026-06-01")]
    found = heard(written(tmp_path / "june.csv", lines))
    assert "7 rows (924.00), which are the sums of the rows beside them. --where 'order!=Subtotal' leaves" in found.said
    assert "'Total,Subtotal'" not in found.said


def test_a_label_that_rows_of_another_file_have_is_no_way_out(tmp_path: Path) -> None:
    """A brand there."""
    groups = [
        [line(3 * n + 1, 10 + n, "B"), line(3 * n + 2, 20, "B"), line(3 * n + 3, 30 + n, "Total")] for n in range(3)
    ]
    written(tmp_path / "a.csv", [text for group in groups for text in group])
    written(tmp_path / "b.csv", [line(n, n, "Total" if n % 2 else "C").replace("m0", "n0") for n in range(1, 13)])
    found = heard(tmp_path / "a.csv", tmp_path / "b.csv")
    assert "Leave them out of the file, as rows of another one have such a name" in found.said
    assert "--where" not in found.said
    written(tmp_path / "b.csv", [text.replace("m0", "n0") for group in groups for text in group])
    found = heard(tmp_path / "a.csv", tmp_path / "b.csv")
    assert found.said.count("--where order!=Total leaves them out") + found.said.count("'order!=Total' leaves") == 2


def test_a_kind_that_rows_of_another_file_have_is_no_way_out(tmp_path: Path) -> None:
    """A level that means something else there."""
    groups = [[line(3 * n + 1, 10 + n, "D"), line(3 * n + 2, 20, "D"), line(3 * n + 3, 30 + n, "T")] for n in range(3)]
    written(tmp_path / "a.csv", [text for group in groups for text in group])
    written(tmp_path / "b.csv", [line(n, 3 * n + 1, "T" if n % 2 else "D").replace("m0", "n0") for n in range(1, 13)])
    found = heard(tmp_path / "a.csv", tmp_path / "b.csv")
    assert "a.csv: by the column 'order'" in found.said
    assert "--where" not in found.said
    assert "--where" in heard(tmp_path / "a.csv").said


@pytest.mark.parametrize("brand", ["Total", "Sum", "Total Wine", "Subtotal Shop"])
@pytest.mark.parametrize("with_all", [False, True])
def test_subtotals_among_rows_of_a_brand_with_such_a_name(tmp_path: Path, brand: str, with_all: bool) -> None:
    """Its rows are rows."""
    lines = []
    for n in range(4):
        names = ("Shell", brand, "BP") if n % 2 else ("Shell", "Esso", "BP")
        lines += [line(4 * n + at, 10 * n + 7 * at, name) for at, name in enumerate(names, 1)]
        lines += [line(4 * n + 4, 30 * n + 42, "Subtotal")]
    lines += [line(17, 348, "Grand Total")] if with_all else []
    found = heard(written(tmp_path / "june.csv", lines))
    assert found.exit_status == 2
    assert "4 rows (348.00)" in found.said or "5 rows (696.00)" in found.said
    for _ in range(2):
        where = [*shlex.split(re.findall(r"--where .+?(?= leaves)", found.said)[0])[1:]]
        found = heard(tmp_path / "june.csv", where=(*where, "order!=Subtotal"))
        if not found.exit_status:
            break
    assert (found.exit_status, found.posted) == (0, 12), found.said


def test_names_that_are_such_words_among_equal_amounts_are_no_totals(tmp_path: Path) -> None:
    """A network pays the same for each sale: two of a shop beside each other are no totals."""
    lines = [line(n, 30, "Total" if n in (2, 3, 6) else "Shell") for n in range(1, 9)]
    assert heard(written(tmp_path / "june.csv", lines)).posted == 8


def test_a_formula_that_adds_up_with_the_id_of_a_row(tmp_path: Path) -> None:
    """It is no row, and its id is no way to leave it out."""
    with Workbook(tmp_path / "june.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ("message_id", "revenue", "attribution_type"))
        sheet.write_row(1, 0, ("m0000001", 10.5, "sale"))
        sheet.write_row(2, 0, ("m0000001", "", "sale"))
        sheet.write_formula(2, 1, "=SUBTOTAL(9,B2:B2)", None, 10.5)
    found = heard(tmp_path / "june.xlsx")
    assert "--where" not in found.said
