"""What a value says of its row in a column of each kind, and what single words of it say."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema.guards.reading import FILLED
from importer.schema.guards.status.names import BY_CONTENT, STATES, Kind
from importer.schema.guards.status.senses import Sense, filled, is_mark, sense_of, with_amounts_filled
from importer.schema.guards.status.words import (
    are_of_customers,
    folded,
    is_negated,
    is_negative,
    is_waiting,
    says_undone,
    takes_back,
)

NULL = frozenset(["keine"])
BY_YES_OR_NO = {
    Kind.BAD_IF_YES: (Sense.BAD, Sense.EARNED),
    Kind.PERHAPS_BAD_IF_YES: (Sense.BAD, Sense.EARNED),
    Kind.BAD_IF_NO: (Sense.EARNED, Sense.BAD),
    Kind.PERHAPS_BAD_IF_NO: (Sense.EARNED, Sense.BAD),
}
IN_A_STATUS = {
    Sense.EARNED: "approved later|fully paid|paid 12|yes|y|sale|sale today|sale but late",
    Sense.BAD: (
        "refunded|held|fully refunded|wobbly back|wobbly goods back|no|nein|not yet|not paid|à "
        "valider|un-approved|pending approval|sale reversed|order in progress|money back promised|sale undelivered"
    ),
    Sense.NEUTRAL: "new|new order|extended",
    Sense.UNKNOWN: (
        "wobbly|fully|completely wobbly|back|12|1|!!|yes sir|today sale|old order|no chargeback|approved was pending|"
        "approved but stalled"
    ),
    Sense.EMPTY: "|null|-|keine",
}
IN_A_TYPE = {
    Sense.EARNED: "approved|order|card payment|credit order|test rides sale",
    Sense.BAD: "refund|partial refund|pending",
    Sense.TAKEN_BACK: (
        "test|void|hold|claims|credit|payout|sentforrefund|partial refunds|sales credit note|order correction|"
        "credit memo"
    ),
    Sense.NEUTRAL: "new|processed",
    Sense.UNKNOWN: "wobbly|draft|credit card|refundable|test drive|test drives booked|12|yes",
    Sense.EMPTY: "|n/a|keine",
}
IN_A_FLAG = {
    Sense.EARNED: "approved|sale",
    Sense.BAD: "refund|void|pending",
    Sense.TAKEN_BACK: "return|credit|test",
    Sense.NEUTRAL: "new",
    Sense.UNKNOWN: "wobbly|12|open|a",
    Sense.EMPTY: "|null|keine",
}


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (STATES, IN_A_STATUS),
        ({Kind.TYPE}, IN_A_TYPE),
        ({*BY_YES_OR_NO, Kind.ANY, Kind.MARK}, IN_A_FLAG),
        ({Kind.SIDE}, {Sense.UNKNOWN: "h|null|approved|-", Sense.EMPTY: "|keine"}),
        (BY_CONTENT - {Kind.BAD_IF_FEW_ARE_FILLED}, {Sense.EMPTY: "|no|approved|rejected by us|2026-06-01"}),
        (
            {Kind.BAD_IF_FEW_ARE_FILLED},
            {Sense.BAD: "rejected by us", Sense.EMPTY: "|not rejected by us|refundable|gift"},
        ),
    ],
)
def test_what_a_value_says(kinds: set[Kind], told: dict[Sense, str]) -> None:
    for kind in kinds:
        for sense, values in told.items():
            assert {value: sense_of(value, kind, NULL) for value in values.split("|")} == dict.fromkeys(
                values.split("|"), sense
            ), kind


@pytest.mark.parametrize(("kind", "yes_and_no"), BY_YES_OR_NO.items())
def test_yes_and_no_say_what_the_name_asks(kind: Kind, yes_and_no: tuple[Sense, Sense]) -> None:
    """Zero in any currency, and a date that is none, are a no; elsewhere they say nothing."""
    for values, sense in zip(("yes|x|1|ja|true", "no|n|0|0.00|usd 0.00|0,00 €|false"), yes_and_no, strict=True):
        for value in values.split("|"):
            assert sense_of(value, kind, NULL) is sense
            assert sense_of(value, Kind.ANY, NULL) is sense_of(value, Kind.MARK, NULL) is Sense.UNKNOWN


@pytest.mark.parametrize("kind", Kind)
def test_a_cell_that_is_filled(kind: Kind) -> None:
    """With the moment of an approval it is revenue; with that of a refund none."""
    is_earned = kind in {Kind.BAD_IF_NO, Kind.PERHAPS_BAD_IF_NO, Kind.BAD_IF_EMPTY}
    assert sense_of(FILLED, kind, NULL) is (Sense.EARNED if is_earned else Sense.BAD)


def test_marks_are_yes_and_no_and_single_characters() -> None:
    assert [value for value in ("", "a", "ab", "yes", "NEIN", "+", "wobbly") if is_mark(value)] == [
        "a",
        "yes",
        "NEIN",
        "+",
    ]


NOTHING = ["", "no", "0", "null", "keine", "-", "0000-00-00", "1899-12-30", "1900-01-01", "1970-01-01t00:00"]
NOTHING += ["0.00", "$0,00", "usd 0.00", "0.00 usd"]
SOMETHING = ["1971-01-01", "0.10", "a 0", "no problems", "2026-06-01", "not rejected", "x", "1"]
NO_ERRORS = ["approved", "no errors", "keine fehler", "without failure", "sin errores"]
UNDONE = ["rejected by us"]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        (Kind.BAD_IF_FILLED, [*NOTHING, *NO_ERRORS]),
        (Kind.BAD_IF_FEW_ARE_FILLED, [*NOTHING, *UNDONE]),
        (Kind.CORRECTS, NOTHING),
        (Kind.BAD_IF_EMPTY, NOTHING),
    ],
)
def test_moments_and_reasons_are_one_word(kind: Kind, kept: list[str]) -> None:
    """But for those that stand for nothing, and reasons that say something by themselves."""
    cells = [*NOTHING, *SOMETHING, *NO_ERRORS, *UNDONE]
    assert filled(pl.Series(cells), kind, NULL).to_list() == [cell if cell in kept else FILLED for cell in cells]


def test_many_reasons_are_one_word_each_of_them() -> None:
    """Five hundred may be told apart; beyond that nobody reads them."""
    few = [f"rejected {n}" for n in range(500)]
    assert filled(pl.Series(few), Kind.BAD_IF_FEW_ARE_FILLED, NULL).to_list() == few
    many = [*few, "gift"]
    assert filled(pl.Series(many), Kind.BAD_IF_FEW_ARE_FILLED, NULL).to_list() == [FILLED] * 501


def test_a_flag_with_a_moment_or_an_amount_is_filled() -> None:
    cells = ["2026-06-01", "12.50", "a 0", "0", "1", "0.00", "1970-01-01", "no", "yes", "", "wobbly"]
    assert with_amounts_filled(pl.Series(cells)).to_list() == [*[FILLED] * 3, *cells[3:]]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("On_Hold", "on hold"),
        (" a -- B\t_c ", "a b c"),
        ("Validé", "valide"),
        ("환불완료", "환불완료"),
        ("STRASSE ß", "strasse ss"),
        ("Ａpproved", "approved"),
    ],
)
def test_words_are_looked_up_in_one_spelling(value: str, plain: str) -> None:
    assert folded(value) == plain


def split(values: str) -> list[str]:
    return values.split("|")


@pytest.mark.parametrize(
    ("tell", "yes", "no"),
    [
        (
            is_negative,
            "refunded|held|cancelling|undelivered|onbetaald|nonpaid|uncaptured|неоплачено",
            "unshipped|unok|ungodly|missing|notification|paid|new",
        ),
        (
            says_undone,
            "Rejected by the advertiser|Chargeback (fraud)|unpaid|was cancelled",
            "not rejected|refundable|gift|no refund|never cancelled|cancelled, not by us",
        ),
        (
            is_waiting,
            "pending|not confirmed|undelivered|open|offen|no refund|on hold|was pending|to be paid",
            "unfulfilled|returned|opened|approved|In Bearbeitung",
        ),
        (
            is_negated,
            "no aprobado|a valider|to be paid|yet to pay|por pagar|da pagare|te betalen|zu zahlen|a pagare|sin pagar",
            "no|non|a 5|a pay|a payers|to pay|nobody paid|de pagar|",
        ),
        (
            lambda value: takes_back(value.split()),
            "partial refunds|retour teil|returned goods|cancelling fee|write off|credit note|credit memo",
            "credit|credit card|order|",
        ),
        (
            lambda values: are_of_customers(values.split(",")),
            "new,returning|returning|New,Guest",
            "new|New,First|new,wobbly|returning,wobbly",
        ),
    ],
)
def test_what_words_say(tell, yes, no):
    """Of a row, that it is none; of a reason, that something was undone; that something has yet to happen."""
    assert [value for value in split(yes) if not tell(value)] == []
    assert [value for value in split(no) if tell(value)] == []


def test_no_values_are_of_no_customers() -> None:
    assert not are_of_customers([])
