"""Cells without what stands around them, in one line, safe to show, and put in their places."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema.cells import (
    ZERO_WIDTH,
    are_empty,
    first_of,
    matches,
    on_one_line,
    place,
    shown,
    stands_for_nothing,
    stripped,
)


def made(expression: pl.Expr, *cells: str | None) -> list[object]:
    return pl.DataFrame({"cell": pl.Series(cells, dtype=pl.String)}).select(expression).to_series().to_list()


def test_what_stands_around_a_text_is_none_of_it() -> None:
    around = f"\t\n \xa0\u3000{ZERO_WIDTH}"
    cells = (f"{around}a b{around}", "a\u200bb", around, "", None)
    assert made(stripped(pl.col("cell")), *cells) == ["a b", "a\u200bb", None, None, None]


@pytest.mark.parametrize("more", ["", "\n", "\u200b"])
def test_texts_on_one_line(more: str) -> None:
    """As a person types them; whether any cell has what is to go changes no other cell."""
    cells = pl.Series([" a\tb ", None, "\xa0x\u3000", more])
    assert on_one_line(cells).to_list() == ["a\tb", "", "x", ""]


@pytest.mark.parametrize(
    ("cell", "line"),
    [("a \n b", "a b"), ("x\r\n\r\ny", "x y"), ("a\u200bb\ufeff", "ab"), ("\u200b\n", ""), ("a\t\r\tb\n", "a b")],
)
def test_line_breaks_and_what_has_no_width_go(cell: str, line: str) -> None:
    assert on_one_line(pl.Series([cell])).to_list() == [line]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a" * 40, f"'{'a' * 40}'"),
        ("a" * 41, f"'{'a' * 40}…'"),
        ("a\tb\r\n", "'a\\tb\\r\\n'"),
        ("a\u200bb\xa0c", "'a\ufffdb\ufffdc' (with U+200B)"),
        ("a\u3000b", "'a\ufffdb' (with U+3000)"),
        ("\x1b[2J", "'\ufffd[2J' (with U+001B)"),
        ("", "''"),
    ],
)
def test_a_cell_that_is_shown(cell: str, text: str) -> None:
    assert made(shown(pl.col("cell")), cell) == [text]


def test_words_for_nothing() -> None:
    nothing = ["n/a", "NULL", "(blank)", "<unknown>", "-", "?", ".", "#REF!", "####", "#NV", "n.d.", "s/d", "k. A."]
    something = ["blank", "n/a 1", "a-", "", "..", "#1", None]
    assert made(stands_for_nothing(), *nothing, *something) == [True] * len(nothing) + [False] * len(something)
    assert made(matches("^a"), "ab", "ba", None) == [True, False, False]


def test_the_first_condition_that_a_cell_fulfils_counts() -> None:
    reasons = [(matches("^a"), "{} begins so"), (matches("b$"), "ends so"), (matches("x"), pl.lit("has {}"))]
    cells = pl.DataFrame({"cell": ["ab", "xb", "x", "y"]}).with_columns(shown=shown(pl.col("cell")))
    assert cells.select(first_of(reasons)).to_series().to_list() == ["'ab' begins so", "ends so", "has {}", None]


@pytest.mark.parametrize(
    ("at", "judged", "blank", "placed"),
    [
        ([], [], None, ["a", "b", "c"]),
        ([1], ["x"], None, ["a", "x", "c"]),
        ([0, 2], ["x", None], None, ["x", "b", None]),
        ([0, 1, 2], ["x", "y", None], None, ["x", "y", None]),
        ([], [], [False, True, False], ["a", None, "c"]),
        ([0], ["x"], [False, True, True], ["x", None, None]),
    ],
)
def test_judged_cells_are_put_in_their_places(
    at: list[int], judged: list[str | None], blank: list[bool] | None, placed: list[str | None]
) -> None:
    raw = pl.Series("offer_id", ["a", "b", "c"])
    hidden = None if blank is None else pl.Series(blank)
    found = place(raw, pl.Series(at, dtype=pl.UInt32), pl.Series(judged, dtype=pl.String), blank=hidden)
    assert (found.name, found.to_list(), raw.to_list()) == ("offer_id", placed, ["a", "b", "c"])


def test_cells_without_a_text():
    """A first cell that is none, too, and spaces of any number; signs and what begins with a space are texts."""
    cells = pl.Series([None, "", " ", "\t ", " a", "!", "0", '"', "A", ""])
    assert are_empty(cells).arg_true().to_list() == [0, 1, 2, 3, 9]
    assert are_empty(cells.slice(4, 4)).to_list() == [False] * 4
