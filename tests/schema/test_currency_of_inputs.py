"""Each file may tell its currency in its own way: two of them are a question, however they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.checked import heard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def written(path: Path, column: str, currency: str, *, number: int) -> Path:
    """Three rows; in place of a column `amount` their revenue shows the currency."""
    in_cells = column == "amount"
    rows = [
        f"tfb{number}ra{n:02},sale,{currency if in_cells else ''}{n}.10,{'' if in_cells else currency}"
        for n in range(1, 4)
    ]
    header = f"message_id,attribution_type,revenue,{'note' if in_cells else column}"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


APART = [
    (("Currency", "EUR"), ("ccy", "USD")),
    (("Currency", "eur"), ("Währung", "CHF"), ("currency", "EUR")),
    (("currency", "EUR"), ("amount", "$")),
    (("amount", "€"), ("Devise", "USD")),
]
TOGETHER = [
    (("Currency", "EUR"), ("ccy", "€")),
    (("currency", "USD"), ("amount", "$")),
    (("currency", "EUR"), ("order_number", "USD-7")),
    (("Currency", "CAD"), ("amount", "$")),
]


def files(folder: Path, told: Sequence[tuple[str, str]]) -> list[Path]:
    return [written(folder / f"{n}.csv", *one, number=n) for n, one in enumerate(told)]


@pytest.mark.parametrize("told", APART)
def test_several_files(tmp_path: Path, told: Sequence[tuple[str, str]]) -> None:
    """Each of them alone is imported; all together only if somebody says so."""
    paths = files(tmp_path, told)
    found = heard(*paths, results=tmp_path / "r.csv")
    assert "The files are in several currencies" in found.said
    assert all(heard(path).posted == 3 for path in paths)
    ignored = heard(*paths, results=tmp_path / "r.csv", ignore=found.options("--ignore"))
    assert ignored.posted == 3 * len(told)


@pytest.mark.parametrize("told", TOGETHER)
def test_several_files_of_one_currency(tmp_path: Path, told: Sequence[tuple[str, str]]) -> None:
    """In words and signs, or where one tells none: nobody is asked."""
    paths = files(tmp_path, told)
    assert heard(*paths, results=tmp_path / "r.csv").posted == 3 * len(told)


@pytest.mark.parametrize(
    ("currency", "more", "is_asked"),
    [("EUR", "", True), ("USD", "", False), ("$", "", False), ("EUR", ",Sale Amount", False)],
)
def test_a_header_beside_a_column(tmp_path: Path, currency: str, more: str, *, is_asked: bool) -> None:
    """Of the amounts; where the row has another amount, the column may be of that one."""
    path = tmp_path / "june.csv"
    lines = [f"message_id,attribution_type,Revenue (USD),currency{more}"]
    lines += [f"tfb0ra{n:02},sale,{n}.10,{currency}{',9.99' if more else ''}" for n in range(1, 4)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = heard(path, map={"revenue": "Revenue (USD)"})
    assert ("the header 'Revenue (USD)' says USD" in found.said) is is_asked
    options = {"ignore": found.options("--ignore")} if is_asked else {}
    assert heard(path, map={"revenue": "Revenue (USD)"}, **options).posted == 3
