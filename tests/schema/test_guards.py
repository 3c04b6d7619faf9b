"""A file that says more than our five columns is heard, and one that does not is left in peace."""

from __future__ import annotations

import csv
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import InputError
from importer.model import Status
from importer.run.pipeline import run_check
from importer.schema import match_columns
from importer.schema.guards.dates import SwappedDatesGuard
from importer.settings import InputSettings
from tests.sources.parquet_source import source_of
from tests.support.examples import FEWER_EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from importer.model import Summary

FIELDS = ("message_id", "revenue", "attribution_type")


def rows(values: Sequence[Any], amount: str = "10.00") -> list[tuple[Any, ...]]:
    """Valid rows with one more cell each."""
    return [(f"tfb0ra{n:02}", amount, "sale", value) for n, value in enumerate(values)]


def write(path: Path, header: Sequence[str], table: Iterable[Sequence[Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *table])
    return path


def checked(*files: Path, **options: Any) -> Summary:
    return run_check(InputSettings(inputs=tuple(map(str, files)), **options))


def refusal(*files: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        checked(*files, **options)
    assert str(caught.value).endswith("Nothing was posted.")
    return str(caught.value)


def options_in(sentence: str, option: str) -> list[str]:
    """The values of an option as the sentence writes them, for a shell."""
    words = shlex.split(sentence.replace("It's", ""))
    return [words[n + 1] for n, word in enumerate(words[:-1]) if word == option]


@pytest.fixture
def june(tmp_path: Path) -> Path:
    return tmp_path / "june.csv"


@pytest.mark.parametrize(
    ("name", "values", "left"),
    [
        ("Status", ["Approved", "rejected", "approved", "Pending"], 2),
        ("Conversion Status", ["approved", "On-Hold", "on_hold", "ON HOLD"], 1),
        ("Statut", ["validé", "refusé", "en attente"], 1),
        ("Auftragsstatus", ["bestätigt", "storniert", "storniert"], 1),
        ("estado", ["aprobado", "Rechazado"], 1),
        ("stato", ["approvato", "annullato"], 1),
        ("status", ["paid", "Rejected: duplicate order", "rejected - fraud"], 1),
        ("state", ["", "void"], 1),
        ("kind of thing", ["sale", "chargeback", "refund", "sale"], 2),
        ("x7", ["approved", "reversed"], 1),
        ("refunded", ["false", "TRUE", "false"], 2),
        ("status", ["rejected, by hand", "approved, by hand"], 1),
        ("Status", ["bezahlt", "Stornierung", "Gutschrift", "Rückerstattung", "in Prüfung", "noch nicht bezahlt"], 1),
        ("Estado", ["pagado", "Reembolso", "no aprobado", "devolución", "por pagar"], 1),
        ("Statut", ["payé", "Remboursement", "à valider", "avoir", "VALIDÉ"], 2),
        ("Statut", ["pay\u00e9", "paye\u0301", "annule\u0301e"], 2),
        ("Order status", ["Approved", "Clawback", "Credit", "Trash", "Reversed (fraud)", "sale reversed"], 1),
        ("status", ["Confirmed", "Not yet paid", "unverified", "draft", "duplicate", "Returned", "expired"], 1),
        ("stav", ["schváleno", "zamítnuto"], 1),
        ("Approved", ["Yes", "No", "yes"], 2),
        ("Locked", ["Y", "N", "Y"], 2),
        ("result", ["success", "failure", "success"], 2),
        ("is_valid", ["TRUE", "FALSE"], 1),
        ("Bezahlt", ["ja", "nein", "", "ja"], 2),
        ("Paid", ["1", "0"], 1),
        ("Approval", ["Yes", "No"], 1),
        ("deleted", ["f", "t", "f"], 2),
        ("voided_at", ["null", "2026-06-05", "0000-00-00 00:00:00", "2026-06-06"], 2),
        ("Storniert am", ["", "05.06.2026"], 1),
        ("Refunded (Y/N)", ["N", "Y", "N"], 2),
        ("Billable", ["true", "false"], 1),
        ("Commissionable", ["Y", "N", "Y"], 2),
        ("Reversal Reason", ["", "Returned by the customer", ""], 2),
        ("Decline code", ["n/a", "05"], 1),
        ("Grund der Ablehnung", ["", "Doppelt", "Test"], 1),
        ("Kind", ["Purchase", "Returned", "Purchase", "adjustment"], 2),
        ("Transaction Type", ["Invoice", "Credit Memo", "Sales Receipt", "Refund Receipt"], 2),
        ("Type", ["Sales invoice", "Sales credit note", "Write-off"], 1),
        ("Nature", ["Facture", "Avoir", "Facture"], 2),
        ("Tipo", ["Factura", "Nota de crédito", "Factura", "Presupuesto"], 2),
        ("Type", ["charge", "payout", "charge", "fee", "reserve"], 2),
        ("Type", ["Invoice", "Estimate", "Dispute"], 1),
        ("Status", ["Paid", "Payment Due", "Payment required"], 1),
        ("Event type", ["order", "Order", "Order correction", "Partial refund"], 2),
        ("Buchungsart", ["Verkauf", "Sale", "Gutschrift", "Korrektur"], 2),
        ("Transaktionstyp", ["Sale", "Retoure", "Shipping"], 1),
        ("x7", ["sale", "return", "order"], 2),
        ("type", ["Subscription", "refund"], 1),
        ("Correction", ["false", "true", "false"], 2),
        ("Buchungstext", ["Verkauf", "Storno", "Verkauf"], 2),
        ("Libellé", ["vente", "avoir", "Commande"], 2),
        ("isRefunded", ["false", "true", "false"], 2),
        ("isTest", ["0", "1"], 1),
        ("isFraud", ["N", "Y", "N"], 2),
        ("wasReversed", ["no", "yes"], 1),
        ("orderCancelled", ["FALSE", "TRUE"], 1),
        ("hasRefund", ["0", "1"], 1),
        ("hasChargeback", ["f", "t"], 1),
        ("sale.isVoided", ["f", "t"], 1),
        ("IsValid", ["TRUE", "FALSE"], 1),
        ("cancelledAt", ["", "2026-06-30"], 1),
        ("refundedAt", ["2026-06-30", ""], 1),
        ("dateReversed", ["2026-06-30", ""], 1),
        ("commissionStatus", ["approved", "declined"], 1),
        ("eventType", ["Order", "Refund"], 1),
        ("isrefunded", ["false", "true"], 1),
        ("cancelledat", ["", "2026-06-30"], 1),
        ("cancelled_flag", ["0", "1"], 1),
        ("flag_refunded", ["0", "1"], 1),
        ("not_approved", ["0", "1"], 1),
        ("Refunded", ["no", "2026-06-30", "12.50", "0.00"], 2),
        ("Returned Qty", ["0", "1", "2"], 1),
        ("items_returned_count", ["0", "1"], 1),
        ("refund_amount", ["0.00", "12.00", ""], 2),
        ("Refunded Amount", ["$0.00", "12.50"], 1),
        ("amountRefunded", ["0", "-12.50"], 1),
        ("refund", ["0.00", "12.50"], 1),
        ("Stornodatum", ["", "30.06.2026"], 1),
        ("Stornierungsdatum", ["", "30.06.2026"], 1),
        ("Rückerstattungsbetrag", ["0,00", "12,50"], 1),
        ("Ablehnungsgrund", ["", "Doppelt"], 1),
        ("Annuleringsdatum", ["", "30-06-2026"], 1),
        ("Terugbetalingsdatum", ["", "30-06-2026"], 1),
        ("approved_at", ["2026-06-30", "", "2026-07-01"], 2),
        ("validationDate", ["2026-06-30", "0000-00-00", "2026-07-01"], 2),
        ("Freigabedatum", ["30.06.2026", ""], 1),
        ("Status", ["locked", "new", "locked"], 2),
        ("actionStatus", ["closed", "extended"], 1),
        ("Status", ["production", "sandbox"], 1),
        ("Status", ["已确认", "已取消", "已确认"], 2),
        ("状态", ["已确认", "已取消", "已确认"], 2),
        ("Environment", ["live", "test"], 1),
        ("Status", ["approved", ""], 1),
        ("Status", ["x", "", "x"], 2),
        ("Status", ["approved", "—"], 1),
        ("Status", ["approved", "n/a", "-", "", "NULL"], 1),
        ("Status", ["approved", "locked", "closed", "new"], 3),
        ("Paid", ["yes", "YES", ""], 2),
        ("Paid", ["12.00", "13.00", "0.00"], 2),
        ("Status", ["hyväksytty", "hylätty"], 1),
        ("test_mode", ["true", "false"], 1),
        ("livemode", ["true", "false", ""], 1),
        ("sandbox", ["true", "false"], 1),
        ("is_bot", ["true", "false", "false"], 2),
        ("isRobot", ["0", "1"], 1),
        ("active", ["1", "0", "1"], 2),
        ("Aktiv", ["ja", "nein"], 1),
        ("Excluded", ["N", "Y"], 1),
        ("OK?", ["✓", "✗", "✓"], 2),
        ("Paid", ["✔️", "❌"], 1),
        ("Valid", ["☑", "☐"], 1),
        ("Status", ["approved", "paid back", "approved"], 2),
        ("x7", ["approved", "money back"], 1),
        ("Fulfillment Status", ["fulfilled", "restocked"], 1),
        ("optin_state", ["confirmed", "pending"], 1),
    ],
)
def test_a_status_is_heard_and_its_advice_works(june: Path, name: str, values: list[str], left: int) -> None:
    """The options that the sentence names do what it says, as they are written there."""
    write(june, (*FIELDS, name), rows(values))
    sentence = refusal(june)
    where, ignore = options_in(sentence, "--where"), options_in(sentence, "--ignore")
    chosen = checked(june, where=where)
    assert (chosen.posted.rows, chosen.exit_status) == (left, 0)
    assert checked(june, ignore=[word.rstrip(".") for word in ignore]).posted.rows == len(values)


def test_rows_of_which_a_part_was_taken_back_are_said_to_be_left_out(june: Path) -> None:
    """They are revenue for the rest, so that the advice must not call the others all that is."""
    write(june, (*FIELDS, "Amount Refunded"), rows(["0.00", "2.00", "0.00"]))
    assert "takes only the rows of which nothing was taken back, not even a part" in refusal(june)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("type", ["banner", "pop", "void"]),
        ("customer", ["new", "return", "new"]),
        ("Visit type", ["return", "new", "direct"]),
        ("Payment type", ["Credit Card", "Debit"]),
        ("Order type", ["Credit card order", "cash order"]),
        ("event", ["signup", "deposit", "sale"]),
        ("Category", ["Sale", "Clearance", "Gifts"]),
        ("status_date", ["2026-06-01", "pending"]),
        ("US State", ["CA", "NY"]),
        ("refund", ["0.00", "$0.00", ""]),
        ("refundAmount", ["0", "0.00 EUR", ""]),
        ("Refundable amount", ["12.50", "0.00"]),
        ("Return date", ["2026-06-30", ""]),
        ("cancel_by_date", ["2026-06-30", ""]),
        ("Reverse Charge", ["Y", "N"]),
        ("fraudScore", ["0", "12"]),
        ("Test", ["A", "B", "A"]),
        ("Production", ["Hamlet", "Macbeth"]),
        ("approvedAt", ["2026-06-30", "2026-07-01"]),
        ("approved_at", ["", ""]),
        ("isValid", ["TRUE", "true"]),
        ("Kundenstatus", ["Gold", "Silber", ""]),
        ("Message status", ["sent", ""]),
        ("updatedAt", ["2026-06-30", ""]),
        ("Statusdatum", ["2026-06-30", ""]),
        ("status", [f"step {n}" for n in range(30)]),
        ("status", ["", "", ""]),
        ("Environment", ["production", "production"]),
        ("discountAmount", ["1.00", ""]),
        ("device", ["yes", "no"]),
        ("Card type", ["Debit", "Credit"]),
        ("Debit/Credit", ["Credit", "Credit"]),
        ("Sens", ["", "+", "+"]),
        ("Sign", ["a", "b", "c", "d", "e", "f"]),
        ("Credit", ["1.00", "2.00"]),
        ("country", ["USA", "GBR", "ALB"]),
        ("currency_rate", ["1.07", "1.08"]),
        ("code", ["EUR", "XYZ"]),
        ("source", ["ALL", "TOP"]),
        ("US State", ["OK", "CA", "TX"]),
        ("state", ["New Mexico", "Delaware", "Washington"]),
        ("Status", ["n/a", "-", "", "NULL"]),
        ("status", ["approved after review", "Approved after review"]),
        ("Paid", ["yes", "YES"]),
        ("paid", ["12.00", "13.00"]),
        ("deleted_at", ["", "null", "0"]),
        ("refunded at", ["", "", "NULL"]),
        ("expired_at", ["2026-06-05"]),
        ("Reason", ["gift", ""]),
        ("refund reason", ["", "none", "-"]),
        ("active", ["12", "0"]),
        ("Active customer", ["1", "0"]),
        ("Active", ["yes", "yes"]),
        ("Gift wrap", ["✓", "✗"]),
        ("Flag", ["DE", "US", "DE"]),
        ("Flag", ["A", "A", "A"]),
        ("Red flag score", ["1", "2"]),
        ("Bot name", ["a", "b"]),
        ("状態", ["承認", "承認"]),
        ("x", ["$", "$", ""]),
        ("Currency code", ["840", "840"]),
        ("currency rate", ["1.08", "100"]),
        ("Versandstatus", ["zugestellt", "unterwegs"]),
        ("statut de livraison", ["livré", "en route"]),
        ("order_status", ["new", "returning", "new"]),
        ("Status", ["Neukunde", "Bestandskunde"]),
        ("status", ["sale", "rebill"]),
        ("shipping state", ["NO", "MI"]),
        ("old status", ["", "A", "B"]),
    ],
)
def test_no_false_alarm(june: Path, name: str, values: list[str]) -> None:
    """A column that says nothing of the kind, or nothing at all, stops nobody."""
    write(june, (*FIELDS, name), rows(values))
    assert checked(june).posted.rows == len(values)


def test_only_words_that_mean_revenue_stand_in_the_advice(june: Path) -> None:
    """A word of no list, and an empty cell, are named apart: a person knows them."""
    write(june, (*FIELDS, "Conversion state"), rows(["ok", "rejected", "wobbly", ""]))
    sentence = refusal(june)
    assert options_in(sentence, "--where") == ["Conversion state=ok"]
    assert "'rejected' 1 row (10.00); the others are 'ok' 1 row (10.00)" in sentence
    assert "(empty) 1 row (10.00), 'wobbly' 1 row (10.00): of these the program does not know what they say" in sentence


def test_an_unknown_word_beside_one_that_means_revenue_is_a_question(june: Path) -> None:
    """Of two classes of rows nobody can vouch for one."""
    write(june, (*FIELDS, "Status"), rows(["Approved", "zweiter Wert", "approved"]))
    sentence = refusal(june)
    assert "'zweiter Wert' 1 row (10.00): of these the program does not know" in sentence
    assert checked(june, where=options_in(sentence, "--where")).posted.rows == 2


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("commission_status", ["1", "0", "2"]),
        ("Status", ["A", "R", ""]),
        ("Transaction Status", ["10", "20", "10"]),
        ("Soll/Haben-Kennzeichen", ["H", "S", "H"]),
        ("SHKZG", ["S", "H", "S"]),
        ("Balance Impact", ["Credit", "Debit", "Credit"]),
        ("Dr/Cr", ["CR", "DR", "DR"]),
        ("Vorzeichen", ["+", "-", "+"]),
        ("Status", ["APPR", "DECL", "APPR"]),
        ("orderStatus", ["APP", "REJ", "APP"]),
        ("状态", ["已确认", "调解", "已确认"]),
        ("Status", ["new", "extended", "new"]),
        ("status", ["200", "302", "404"]),
        ("Approval", ["stage 1", "stage 2", ""]),
        ("Validation", ["V", "I", "V"]),
        ("isApproved", ["A", "D", "A"]),
        ("Reversed", ["", "R", ""]),
        ("is_cancelled", ["C", "", "C"]),
        ("状態", ["承認", "却下", "承認"]),
        ("注文状況", ["出荷済", "配送中", "出荷済"]),
        ("Flag", ["A", "R", "A"]),
        ("Kennzeichen", ["1", "0", "1"]),
        ("Order flag", ["", "Y", "Y"]),
        ("Payment status", ["paid", "Y", "paid"]),
        ("Customer order status", ["approved", "DECL", "approved"]),
        ("Status", ["approved", "approved_but_stalled", "approved"]),
        ("Status", ["paid", "payé sauf frais", "paid"]),
    ],
)
def test_a_status_in_codes_is_a_question(june: Path, name: str, values: list[str]) -> None:
    """Nobody but the network knows which of them is money; with the code in its place the advice takes its rows."""
    write(june, (*FIELDS, name), rows(values))
    sentence = refusal(june)
    assert "of these the program does not know what they say" in sentence
    where, (ignore,) = options_in(sentence, "--where")[0], options_in(sentence, "--ignore")
    taken = checked(june, where=(where,))
    assert taken.by_status[Status.PENDING].rows == values.count(where.partition("=")[2].strip('"'))
    assert checked(june, ignore=(ignore,)).by_status[Status.PENDING].rows == 3


@pytest.mark.parametrize("values", [["1", "1", "1"], ["A", "", "A"], ["200", "302", "404"], ["CA", "NY", "TX"]])
@pytest.mark.parametrize("name", ["Status", "state"])
def test_codes_that_tell_rows_not_apart_say_nothing(june: Path, name: str, values: list[str]) -> None:
    """One code for all, numbers as of HTTP in a state, places: none is a question; two kinds of a status are one."""
    write(june, (*FIELDS, name), rows(values))
    if name == "Status" and len({*values}) > 1:
        assert "which of them means revenue" in refusal(june)
    else:
        checked(june)


@pytest.mark.parametrize("name", ["previous_status", "Old state", "Vorheriger Status"])
def test_what_rows_were_before_is_no_question_beside_what_they_are(june: Path, name: str) -> None:
    """Without it, it is one that no value of it answers."""
    before, now = ["pending", "pending", ""], ["approved", "rejected", "approved"]
    write(june, (*FIELDS, name), rows(before))
    sentence = refusal(june)
    assert "tells what rows were before, 'pending' 2 rows (20.00), and no column what they are now" in sentence
    assert "--where" not in sentence
    assert checked(june, ignore=options_in(sentence, "--ignore")).posted.rows == 3
    table = [(*row, state) for row, state in zip(rows(before), now, strict=True)]
    sentence = refusal(write(june, (*FIELDS, name, "status"), table))
    assert repr(name) not in sentence
    assert checked(june, where=options_in(sentence, "--where")).posted.rows == 2


@pytest.mark.parametrize(
    ("name", "values", "heard"),
    [
        ("Lineitem fulfillment status", ["fulfilled", "pending", "on hold"], False),
        ("Address Status", ["Confirmed", "Non-Confirmed", "Confirmed"], False),
        ("delivery status", ["delivered", "pending", "returned"], True),
    ],
)
def test_goods_that_wait_are_no_question_beside_what_is_paid(
    june: Path, name: str, values: list[str], *, heard: bool
) -> None:
    """A status of the money says more of it; that goods came back is heard all the same."""
    table = [(*row, state) for row, state in zip(rows(values), ["paid"] * 3, strict=True)]
    write(june, (*FIELDS, name, "Financial Status"), table)
    if heard:
        assert "'returned' 1 row" in refusal(june)
    else:
        assert checked(june).posted.rows == 3
    assert repr(name) in refusal(write(june, (*FIELDS, name), rows(values)))
    write(june, (*FIELDS, name, "Financial Status"), [(*row, "") for row in rows(values)])
    assert repr(name) in refusal(june)


def test_without_a_word_that_means_revenue_the_advice_takes_none_for_it(june: Path) -> None:
    """Nothing is declared: the rows that are none are left out, and a person says whether the others are meant."""
    write(june, (*FIELDS, "Status"), rows(["7a", "rejected"]))
    sentence = refusal(june)
    assert "--where 'Status!=rejected' leaves those out, and takes the others if they are revenue" in sentence


def test_the_shorter_list_is_advised_but_none_of_words_that_nobody_knows(june: Path) -> None:
    """Values that are revenue, or where these are many those that are none; to leave a word out is to know it."""
    many = ["paid", "approved", "confirmed", "valid", "accepted", "completed", "settled", "cleared", "void"]
    long = refusal(write(june, (*FIELDS, "Status"), rows(many)))
    assert "--where 'Status!=void' takes only the rows that are revenue; --ignore Status takes all" in long
    for values in (["paid", "void", "zorp"], [*many, "zorp"]):
        sentence = refusal(write(june, (*FIELDS, "Status"), rows(values)))
        listed = ",".join(sorted({*values} - {"void", "zorp"}))
        takes = "takes only the rows that are revenue (add to its list what else is revenue)"
        assert f"--where Status={listed} {takes}" in sentence


def test_words_for_nothing_say_nothing(june: Path) -> None:
    """`--null` reaches the guards: such a word is neither a state nor a currency."""
    table = [(*row[:3], *more) for row, more in zip(rows("ab"), (("Paid", "USD"), ("keine", "keine")), strict=True)]
    write(june, (*FIELDS, "Status", "Currency"), table)
    assert "several currencies" in refusal(june)
    sentence = refusal(june, null=("Keine", "keine"))
    assert "several currencies" not in sentence
    assert checked(june, null=("Keine", "keine"), where=("Status=Paid",)).posted.rows == 1


def test_columns_of_one_name_are_judged_apart(june: Path) -> None:
    """The currency of sales and that of payouts are no mix, and rows are counted once."""
    table = [(*row[:3], *more) for row, more in zip(rows("ab"), (("USD", "EUR"), ("USD", "EUR")), strict=True)]
    write(june, (*FIELDS, "Currency", "Currency"), table)
    assert checked(june).posted.rows == 2
    table = [(*row[:3], *more) for row, more in zip(rows("ab"), (("paid", "paid"), ("paid", "void")), strict=True)]
    sentence = refusal(write(june, (*FIELDS, "Status", "status"), table))
    assert "'void' 1 row (10.00); the others are 'paid' 1 row (10.00)." in sentence


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (("status", "status"), "status (column 5)"),
        (("Refunded", "Refunded"), "Refunded (column 5)"),
        (("note", ""), "column 5"),
        (("x" * 60, "Status " + "x" * 60), "Status " + "x" * 60),
    ],
)
def test_the_advice_names_one_column(june: Path, names: tuple[str, str], title: str) -> None:
    """Where two have a name, or one has none, its number tells which is meant; the advice works as it is written."""
    values = [("approved", "approved"), ("approved", "rejected")]
    table = [(*row[:3], *more) for row, more in zip(rows("ab"), values, strict=True)]
    write(june, (*FIELDS, *names), table)
    sentence = refusal(june)
    where, ignore = options_in(sentence, "--where"), options_in(sentence, "--ignore")
    assert (where, ignore) == ([f"{title}=approved"], [title])
    assert checked(june, where=where, keep=(title,)).posted.rows == 1
    assert checked(june, ignore=ignore).posted.rows == 2


def test_a_status_that_is_kept_is_heard_too(june: Path) -> None:
    """To repeat a column in the results is no decision about what it says."""
    write(june, (*FIELDS, "Status"), rows(["approved", "rejected"]))
    assert "'rejected' 1 row (10.00)" in refusal(june, keep=("Status",))


@pytest.mark.parametrize(
    ("name", "values"),
    [("Status", ["approved", "rejected"]), ("Order state", ["paid", "Refunded (all)"]), ("campaign", ["ok", "void"])],
)
def test_a_status_that_is_sent_as_the_offer_is_heard_too(june: Path, name: str, values: list[str]) -> None:
    """Nor is it one to send it; with `--where` or `--ignore` it is sent all the same."""
    write(june, (*FIELDS, name), rows(values))
    said = {"map": {"offer_id": name}}
    sentence = refusal(june, **said)
    assert f"by the column {name!r}, which is sent as the offer, some rows may be no revenue: {values[1]!r}" in sentence
    assert checked(june, where=options_in(sentence, "--where"), **said).posted.rows == 1
    assert checked(june, ignore=options_in(sentence, "--ignore"), **said).posted.rows == 2


@pytest.mark.parametrize("values", [["4521", "4522", "refunded"], ["A", "R", ""], ["ok", "paid", ""], ["1", "0", "1"]])
@pytest.mark.parametrize("name", ["offer_id", "offer", "Status"])
def test_offers_are_left_in_peace(june: Path, name: str, values: list[str]) -> None:
    """Numbers and codes are offers, beside whatever word, unless the column is called a status."""
    write(june, (*FIELDS, name), rows(values))
    said = {"map": {"offer_id": name}}
    if name == "Status" and "refunded" in values:
        assert "'refunded' 1 row" in refusal(june, **said)
    else:
        assert checked(june, **said).posted.rows == 3


@pytest.mark.parametrize(
    ("name", "values", "left"),
    [
        ("quantity", ["1", "-1", "2"], 2),
        ("Sale Amount", ["20.00", "-24.00", "30.00"], 2),
        ("saleAmount", ["$20.00", "($24.00)", "$30.00"], 2),
        ("Bestellwert", ["20,00", "24,00-", "30,00"], 2),
        ("Items", ["1", "−1.0", "1"], 2),
        ("Net Revenue", ["8", "0", "9.00"], 2),
        ("units", ["1", "0", "2"], 2),
        ("Netto", ["8", "0,00", "-"], 2),
        ("Payout", ["10", "0.00", "10.000"], 2),
    ],
)
def test_a_number_that_takes_revenue_back_is_a_question(june: Path, name: str, values: list[str], left: int) -> None:
    """Below zero beside others above; zero in a net amount, or where the others are the revenue itself."""
    write(june, (*FIELDS, name), rows([*values, values[0].replace("8", "7")]))
    sentence = refusal(june)
    assert f"1 row may take revenue back, first in june.csv row 2: it is {values[1]!r} 1 row (10.00)" in sentence
    assert checked(june, where=options_in(sentence, "--where")).posted.rows == left + 1
    assert checked(june, ignore=options_in(sentence, "--ignore")).posted.rows == 4


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Balance", ["1", "-1", "2", "3"]),
        ("Amount change", ["1", "-1", "2", "3"]),
        ("amount", ["-1", "-2", "-3", "-4"]),
        ("amount", ["1", "-2", "3", "-4"]),
        ("discount_amount", ["1", "-2", "3", "4"]),
        ("longitude", ["1.5", "-2.5", "3.5", "4.5"]),
        ("Payout", ["8", "0", "9.00", "7"]),
        ("quantity", ["1", "0", "0", "1"]),
        ("Total", ["1", "see note -2", "3", "4"]),
        ("Total", ["see note", "-2", "3", "4"]),
        ("Item", ["12-34", "A-1", "3", "4"]),
        ("value", ["-", "n/a", "", "4"]),
        ("Price list", ["1", "2-3", "3", "4"]),
    ],
)
def test_numbers_that_take_nothing_back(june: Path, name: str, values: list[str]) -> None:
    """Of other things, negative as often as not, codes with a line in them, or none."""
    assert checked(write(june, (*FIELDS, name), rows(values))).posted.rows == 4


def test_a_refund_or_a_click_may_have_such_a_number(june: Path) -> None:
    """A row that is not sent, or sends no money, takes nothing back by it."""
    table = [
        (f"tfb0ra{n:02}", a, "sale", q) for n, (a, q) in enumerate([("5", "1"), ("-5", "-1"), ("0", "-1"), ("5", "2")])
    ]
    assert checked(write(june, (*FIELDS, "quantity"), table)).posted.rows == 3


@pytest.mark.usefixtures("unproven")
def test_a_quantity_of_parquet_is_heard(tmp_path: Path) -> None:
    """Its column is decoded for that; the numbers are those of the file."""
    table = pl.DataFrame(rows([1, -1, 2, 3]), schema=(*FIELDS, "Qty"), orient="row")
    table.write_parquet(tmp_path / "june.parquet")
    sentence = refusal(tmp_path / "june.parquet")
    assert checked(tmp_path / "june.parquet", where=options_in(sentence, "--where")).posted.rows == 3


def test_what_is_left_out_has_no_say(june: Path) -> None:
    """With the rejected rows left out, other columns count only for the rows that are left."""
    table = [
        (*row, currency) for row, currency in zip(rows(["ok", "rejected", "ok"]), ("USD", "EUR", "USD"), strict=True)
    ]
    write(june, (*FIELDS, "Status", "Currency"), table)
    assert checked(june, where=("Status=ok",)).posted.rows == 2
    assert "several currencies" in refusal(june, ignore=("Status",))


def test_everything_is_said_at_once_with_rows_and_money(june: Path) -> None:
    """Two columns, one sentence each."""
    table = [("tfb0raDP", "10", "sale", "approved", "USD"), ("tfb0raDQ", "5.50", "sale", "reversed", "EUR")]
    sentence = refusal(write(june, (*FIELDS, "Status", "Currency"), table))
    assert "'reversed' 1 row (5.50); the others are 'approved' 1 row (10.00)" in sentence
    assert "'EUR' 1 row (5.50), 'USD' 1 row (10.00)" in sentence


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Symbol", ["$", "€", "$"]),
        ("x", ["£", "", "¥", "£"]),
        ("Currency Code", ["840", "978", "840"]),
        ("waehrung", ["US Dollar", "Euro", "Euro"]),
    ],
)
def test_currencies_in_a_column(june: Path, name: str, values: list[str]) -> None:
    """By their signs alone, by their numbers in ISO 4217, and by their names."""
    write(june, (*FIELDS, name), rows(values))
    sentence = refusal(june)
    assert "several currencies" in sentence
    assert checked(june, where=options_in(sentence, "--where")).posted.rows == 2
    assert checked(june, ignore=options_in(sentence, "--ignore")).posted.rows == len(values)


@pytest.mark.parametrize(
    ("name", "values", "amounts"),
    [
        ("Currency", ["EUR", "", ""], ["5", "6", "7"]),
        ("Currency", ["EUR", "EUR", ""], ["5", "6", "7"]),
        ("Devise", ["n/a", "EUR", "eur"], ["5", "6", "7"]),
        ("order_ccy", ["", "$", ""], ["5", "6", "0"]),
    ],
)
def test_an_amount_without_a_currency_beside_others_is_a_question(
    june: Path, name: str, values: list[str], amounts: list[str]
) -> None:
    """What is empty may be in any currency; `--where` takes those that say theirs."""
    write(june, (*FIELDS, name), [(*row[:1], a, *row[2:]) for row, a in zip(rows(values), amounts, strict=True)])
    sentence = refusal(june)
    assert "in a currency that nobody tells" in sentence
    said = sum(value not in {"", "n/a"} for value in values)
    assert checked(june, where=options_in(sentence, "--where")).posted.rows == said
    assert checked(june, ignore=options_in(sentence, "--ignore")).posted.rows == len(values)


def test_a_row_without_money_needs_no_currency(june: Path) -> None:
    """Clicks of nothing have none, in a first file that has only clicks as well."""
    table = [("tfb0raDP", "0", "click", ""), ("tfb0raDQ", "5", "sale", "EUR"), ("tfb0raDR", "", "sale", "")]
    assert checked(write(june, (*FIELDS, "Currency"), table)).posted.rows == 2


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (["€12.50", "3.00", "4.00"], "'€' 1 row (12.50); € first in june.csv row 1 ('€12.50')) and none in 2 rows"),
        (["3.00", "5.00 EUR", "4.00 EUR"], "and none in 1 row (first in june.csv row 1 ('3.00'))"),
        (["3.00", "5 kr", "0"], "'KR' 1 row (5.00); KR first in june.csv row 2 ('5 kr')) and none in 1 row"),
    ],
)
def test_amounts_with_a_currency_beside_amounts_without_are_named(june: Path, cells: list[str], named: str) -> None:
    """They may be of one currency: a warning that names rows, and is silent where the column is to have no say."""
    write(june, FIELDS, [(f"tfb0raD{n}", cell, "sale") for n, cell in enumerate(cells)])
    (said,) = checked(june).warnings
    assert named in said
    assert not checked(june, ignore=options_in(said, "--ignore")).warnings


def test_zero_is_no_amount_without_a_currency(june: Path) -> None:
    """Nothing is nothing in every currency."""
    write(june, FIELDS, [("tfb0raDP", "$5", "sale"), ("tfb0raDQ", "0", "click")])
    assert not checked(june).warnings


@pytest.mark.parametrize(("currency", "posted"), [("EUR", 2), ("€", 2), ("usd", 3), ("$", 3), ("GBP", 1), ("¥", 0)])
def test_one_currency_of_a_workbook(tmp_path: Path, currency: str, posted: int) -> None:
    """By the format of its number, or by what stands in its cell; the others are excluded, and stop nobody."""
    path = tmp_path / "june.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("June")
        sheet.write_row(0, 0, FIELDS)
        formats = {
            "e": book.add_format({"num_format": "[$€-407] #,##0.00"}),
            "d": book.add_format({"num_format": '"$"0.00'}),
        }
        for row, (amount, form) in enumerate(
            [(1, "e"), (2, "d"), ("3.00 EUR", ""), ("$4.00", ""), ("5 GBP", ""), (6, "d")], 1
        ):
            sheet.write_row(row, 0, (f"tfb0ra{row:02}", amount, "sale"))
            if form:
                sheet.write_number(row, 1, amount, formats[form])
    assert "several currencies" in refusal(path)
    summary = checked(path, currency=currency)
    assert summary.posted.rows == posted
    assert summary.by_status[Status.EXCLUDED].rows == 6 - posted
    assert any("no amount shows this currency" in line for line in summary.warnings) == (posted == 0)


@pytest.mark.parametrize(
    ("cells", "several"),
    [
        (["$24.99", "€149.00"], True),
        (["$1.00", "2.00", "$3.00"], False),
        (["£1.00", "$1.00", "1.00"], True),
        (["1.00", "1e3", "1,000.00"], False),
        (["US$1.00", "$2.00", "3.00 USD"], False),
    ],
)
def test_currencies_in_the_revenue_column(june: Path, cells: list[str], *, several: bool) -> None:
    """Different signs are heard, one sign or none is not."""
    write(june, ("message_id", "Amount", "attribution_type"), [(f"tfb0raD{n}", c, "sale") for n, c in enumerate(cells)])
    mapping = {"revenue": "Amount"}
    if several:
        sentence = refusal(june, map=mapping)
        assert options_in(sentence, "--ignore") == ["Amount"]
        (currency,) = options_in(sentence, "--currency")
        shown = [cell[0] for cell in cells if not cell[0].isdigit()]
        assert checked(june, map=mapping, currency=currency).posted.rows == len(cells) - len(shown) + shown.count(
            currency
        )
    assert checked(june, map=mapping, ignore=("Amount",)).posted.rows == len(cells)
    if not several:
        assert checked(june, map=mapping).posted.rows == len(cells)


@pytest.mark.parametrize(
    ("told", "cell"),
    [
        (("CAD",), "$5"),
        (("NOK",), "5 kr"),
        (("EUR", "USD"), "$5"),
        (("", "GBP"), "£5"),
        (("840",), "$5"),
        (("CNY",), "¥5"),
    ],
)
def test_a_currency_that_an_amount_may_be_of(june: Path, told: tuple[str, ...], cell: str) -> None:
    """A sign of several currencies fits each of them; of several columns one that agrees is enough."""
    header = (*FIELDS, *(f"Currency {n}" for n in range(len(told))))
    assert checked(write(june, header, [("tfb0raDP", cell, "sale", *told)])).posted.rows == 1


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["5 kr", "5 zł", "6 Kr."], "KR"),
        (["C$5", "5 CAD", "US$ 7"], "CAD"),
        (["R$ 5", "5 reais", "5 €"], "BRL"),
    ],
)
def test_currencies_by_their_names_in_the_revenue_column(june: Path, cells: list[str], told: str) -> None:
    """One currency has a code, a sign and several names; what the advice names takes all of them."""
    write(june, FIELDS, [(f"tfb0raD{n}", cell, "sale") for n, cell in enumerate(cells)])
    assert options_in(refusal(june), "--currency") == [told]
    assert checked(june, currency=told).posted.rows == 2
    assert checked(june, ignore=("revenue",)).posted.rows == 3


@pytest.mark.usefixtures("unproven")
def test_parquet_decodes_what_is_called_a_status(tmp_path: Path) -> None:
    """Columns that nothing reads are not decoded, but for those that may say that rows are no revenue."""
    table = pl.DataFrame(rows(["approved", "rejected"]), schema=(*FIELDS, "Status"), orient="row")
    table.with_columns(paid=pl.Series([True, False]), flag=pl.Series([1.0, 0.0])).write_parquet(
        tmp_path / "june.parquet"
    )
    assert "'rejected' 1 row (10.00)" in refusal(tmp_path / "june.parquet")
    for where in ("status=approved", "paid=TRUE", "flag=1", "flag!=0"):
        summary = checked(tmp_path / "june.parquet", where=(where,), ignore=("Status",))
        assert summary.posted.rows == summary.by_status[Status.EXCLUDED].rows == 1


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("statistics", [True, False])
@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
@pytest.mark.parametrize(
    ("values", "left"),
    [(["approved", "Reversed", "approved"], 2), (["EUR", "USD", "USD"], 2), (["", "void", "ok"], 1), (["$", "€"], 1)],
)
def test_parquet_is_heard_by_what_a_column_holds(
    tmp_path: Path, values: list[str], left: int, kind: type[pl.DataType], statistics: bool
) -> None:
    """As in CSV, whatever the column is called: the footer tells what the file's few words are."""
    table = pl.DataFrame(rows(values), schema=(*FIELDS, "x7"), orient="row").with_columns(pl.col("x7").cast(kind))
    table.write_parquet(tmp_path / "june.parquet", statistics=statistics, row_group_size=2)
    sentence = refusal(tmp_path / "june.parquet")
    write(tmp_path / "june.csv", (*FIELDS, "x7"), rows(values))
    assert refusal(tmp_path / "june.csv") == sentence.replace("june.parquet", "june.csv")
    assert checked(tmp_path / "june.parquet", where=options_in(sentence, "--where")).posted.rows == left


@pytest.mark.usefixtures("unproven")
def test_parquet_decodes_no_column_of_other_words(tmp_path: Path) -> None:
    """A value that is none of a status, or of a currency, and the column stays as it is in the file."""
    table = pl.DataFrame(rows(["approved", "reversed", "wobbly"]), schema=(*FIELDS, "x7"), orient="row")
    table.write_parquet(tmp_path / "june.parquet")
    source = source_of(tmp_path / "june.parquet")
    assert sorted(source.glimpse(3) or ()) == ["approved", "wobbly"]
    assert checked(tmp_path / "june.parquet").posted.rows == 3


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("name", ["status", "Refunded", "x7"])
def test_a_status_within_a_record_is_heard(tmp_path: Path, name: str) -> None:
    """The fields of a struct are columns, by name and by what they hold; also in what other programs call flattened."""
    values = ["no", "yes", "no"] if name == "Refunded" else ["approved", "reversed", "approved"]
    table = pl.DataFrame(rows(values), schema=(*FIELDS, f"order.{name}"), orient="row")
    nested = table.select(*FIELDS, order=pl.struct(pl.col(f"order.{name}").alias(name), pl.lit(1).alias("id")))
    nested.write_parquet(tmp_path / "june.parquet")
    write(tmp_path / "june.csv", (*FIELDS, f"order.{name}"), rows(values))
    sentence = refusal(tmp_path / "june.parquet")
    assert refusal(tmp_path / "june.csv") == sentence.replace("june.parquet", "june.csv")
    assert checked(tmp_path / "june.parquet", where=options_in(sentence, "--where")).posted.rows == 2
    assert checked(tmp_path / "june.parquet", ignore=options_in(sentence, "--ignore")).posted.rows == 3


@pytest.mark.usefixtures("unproven")
def test_fields_within_a_record_are_mapped(tmp_path: Path) -> None:
    """An export whose amounts stand in records needs no other export."""
    table = pl.DataFrame(rows("ab"), schema=(*FIELDS, "Invoice"), orient="row")
    table.select("message_id", sale=pl.struct("revenue", "attribution_type")).write_parquet(tmp_path / "june.parquet")
    maps = {"revenue": "sale.revenue", "attribution_type": "sale.attribution_type"}
    assert str(checked(tmp_path / "june.parquet", map=maps).posted.revenue) == "20.00"


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize(
    ("column", "inside"),
    [
        (pl.Series("statuses", [["approved"], ["void", "approved"]]), "statuses"),
        (pl.Series("refunds", [[], [{"amount": "1.00"}]]), "refunds.amount"),
        (pl.Series("lines", [[{"sku": "a", "Status": "void"}], None]), "lines.Status"),
        (pl.Series("events", [[{"what": {"is_refunded": True}}], []]), "events.what.is_refunded"),
        (pl.Series("tags", [["new"], ["void"]]), None),
    ],
)
def test_a_status_within_a_list_is_a_question(tmp_path: Path, column: pl.Series, inside: str | None) -> None:
    """Several values a row cannot be read as one; the column as it is exported then, or `--ignore`, goes on."""
    table = pl.DataFrame(rows("ab"), schema=(*FIELDS, "Invoice"), orient="row")
    files = (tmp_path / "june.parquet", tmp_path / "july.parquet")
    for file in files:
        table.with_columns(column).write_parquet(file)
    if inside is None:
        assert checked(*files).posted.rows
        return
    sentence = refusal(*files)
    assert sentence.startswith(f"june.parquet and 1 more: the column {column.name!r}")
    assert repr(inside) in sentence
    assert checked(*files, ignore=options_in(sentence, "--ignore")).posted.rows
    table.with_columns(status=pl.lit("approved")).write_parquet(files[0])
    assert checked(files[0]).posted.rows == 2


@pytest.mark.parametrize("more", [(), ("equal_before",)])
def test_a_rejects_file_was_heard_before(june: Path, more: tuple[str, ...]) -> None:
    """Its rows were decided about when they were imported."""
    header = (*FIELDS, "Status", "error_code", "error_message", *more)
    zeros = ["0"] * len(more)
    write(june, header, [(*row, "message_not_found", "No.", *zeros) for row in rows(["approved", "rejected"])])
    assert checked(june).posted.rows == 2


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (("Error Code",), ("0", "11")),
        (("Error Code", "Error Message"), ("", "11")),
        (("error_code", "error_message"), ("", "card_declined")),
        (("error_code", "error_message", "Country"), ("", "invalid_offer_id")),
        (("ERROR_MESSAGE",), ("", "invalid_offer_id")),
    ],
)
def test_an_export_that_tells_errors_is_no_rejects_file(june: Path, names: Sequence[str], codes: Sequence[str]) -> None:
    """Its columns have such names, and its rows were never judged."""
    table = [(*row, *[code] * len(names)) for row, code in zip(rows(["approved", "rejected"]), codes, strict=True)]
    write(june, (*FIELDS, "Status", *names), table)
    assert checked(june, where=options_in(refusal(june), "--where")).posted.rows == 1


def test_columns_of_errors_are_columns_like_any(tmp_path: Path) -> None:
    """They are heard, may say which rows are meant, and stand in the rejects with the others."""
    header = (*FIELDS, "Error Code", "Error Message", "Country")
    table = [(*rows([""])[0][:3], "0", "", "US"), ("bad", "6.00", "sale", "11", "dup", "DE")]
    june, rejects = write(tmp_path / "june.csv", header, table), tmp_path / "rejects.csv"
    ignore = [title.rstrip(".") for title in options_in(refusal(june), "--ignore")]
    assert ignore == ["Error Code", "Error Message"]
    assert checked(june, where=("Error Code!=11",)).exit_status == 0
    assert checked(june, rejects=str(rejects), ignore=ignore).exit_status == 1
    kept = dict(zip(*list(csv.reader(rejects.read_text().splitlines()))[:2], strict=True))
    assert (kept["Error Code"], kept["Error Message"], kept["error_code"]) == ("11", "dup", "invalid_message_id")
    assert checked(rejects, any_message_id=True, where=("Error Code=11",)).posted.rows == 1


def write_workbook(
    path: Path,
    table: Iterable[Sequence[Any]],
    *,
    formats: Sequence[str] = (),
) -> Path:
    """A workbook of these rows below a header; `formats` are those of the amounts."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, (*FIELDS, "timestamp"))
        for n, row in enumerate(table, 1):
            for column, cell in enumerate(row):
                sheet.write(n, column, cell)
            if formats:
                sheet.write_number(n, 1, row[1], book.add_format({"num_format": formats[n - 1]}))
    return path


@pytest.mark.parametrize(
    ("formats", "several"),
    [
        (('"$"#,##0.00', "[$€-407] #,##0.00"), True),
        (('#,##0.00 "USD"', '#,##0.00 "EUR"'), True),
        (("[$$-409]#,##0.00", '"$"#,##0'), False),
        (('"$"#,##0.00', "General"), False),
        (("#,##0.00", '0.00 "CPA"'), False),
        (("[$kr-41D] #,##0.00", '"$"#,##0'), True),
        ((r"#,##0.00\ [$Kč-405]", r"#,##0.00\ [$€-405]"), True),
        (('#,##0.00 "zł"', '#,##0.00 "€"'), True),
        (('"R$" #,##0.00', '"US$"#,##0.00'), True),
        (('"Fr." #,##0.00', '#,##0.00 "Euro"'), True),
        ((r"#,##0.00\ \k\r", '#,##0.00 "Dollar"'), True),
        (("[$$-409]#,##0.00", "[$$-C09]#,##0.00"), True),
        (("[$$-en-US]#,##0.00", "[$$-en-CA]#,##0.00"), True),
        (("[$kr-41D] #,##0.00", "[$kr.-406] #,##0.00"), True),
        (("[$XBT] #,##0.00", "[$EUR] #,##0.00"), True),
        (("[$$-409]#,##0.00", '#,##0.00 "US$"'), False),
        (("[$€-2] #,##0.00", r"#,##0.00\ \€;[Red]-#,##0.00\ \€"), False),
        (('#,##0.00 "EUR"', r"_-* #,##0.00\ [$€-407]_-"), False),
        (('#,##0.00 "pts"', '0.00"%"'), False),
        (('"Amount: "$#,##0.00', "_($* #,##0.00_)"), False),
    ],
)
def test_formats_of_different_currencies(tmp_path: Path, formats: Sequence[str], *, several: bool) -> None:
    """What a person sees as euros and dollars is a plain number in the file."""
    table = [("tfb0raDP", 10.5, "sale"), ("tfb0raDQ", 20, "sale")]
    path = write_workbook(tmp_path / "june.xlsx", table, formats=formats)
    if several:
        assert "several currencies" in refusal(path)
    else:
        assert checked(path).posted.rows == 2


@pytest.mark.parametrize(
    ("typed", "texts", "swapped"),
    [
        (["2026-05-06", "2026-11-06T10:00:00"], ["13/06/2026", "30.6.26 10:00"], True),
        (["2026-05-06"], ["06/13/2026"], True),
        (["2026-05-06", "2026-05-13"], ["13/06/2026"], False),
        (["2026-05-06"], ["13/06/2026", "11/06/2026"], False),
        (["2026-05-06"], ["2026-06-13"], False),
        (["2026-05-06"], [], False),
        ([], ["13/06/2026"], False),
    ],
)
def test_swapped_dates(typed: list[str], texts: list[str], *, swapped: bool) -> None:
    """Typed dates with days up to 12 beside texts with days above are the signature of a spreadsheet."""
    guard = SwappedDatesGuard()
    columns = match_columns((*FIELDS, "Time Stamp"), "june.xlsx", mapping={}, constants={}, keep=())
    columns = replace(columns, positions={**columns.positions, "timestamp": 3}, names={"timestamp": "Time Stamp"})
    for cells, is_date in ((typed, True), (texts, False)):
        batch = pl.DataFrame(
            {"row": range(1, len(cells) + 1), "line": 1, "3": cells, "3#date": is_date},
            schema_overrides={"row": pl.UInt32, "3": pl.String, "3#date": pl.Boolean},
        )
        guard.look("june.xlsx", batch.select("row"), batch, columns)
    sentences = list(guard.verdict())
    assert bool(sentences) == swapped
    if swapped:
        assert f"such as '{typed[0]}' (row 1)" in sentences[0]
        assert options_in(sentences[0], "--ignore") == ["Time Stamp"]


def test_places_in_a_workbook_are_cells(tmp_path: Path) -> None:
    """A person looks there: swapped dates, currencies, totals with an id are named by their addresses."""
    path = tmp_path / "june.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day, euros = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "[$€-407] 0.00"})
        sheet = book.add_worksheet("June")
        sheet.write(0, 0, "Report of June")
        sheet.write_row(2, 0, (*FIELDS, "timestamp"))
        for n, moment in enumerate((46148, 46179, "13/06/2026", "30/06/2026", None), 3):
            sheet.write_row(n, 0, (f"tfb0ra{n:02}", None, "sale"))
            sheet.write(n, 1, 4 if moment is None else 1, euros if n == 4 else book.add_format({"num_format": "$0.00"}))
            sheet.write(n, 3, moment, day)
    sentence = refusal(path, skip_rows=2, timestamp_format=("%d/%m/%Y",))
    assert "'2026-05-06' (row 1, June!D4), '2026-06-06' (row 2, June!D5)" in sentence
    assert "€ first in june.xlsx row 2, June!B5 ('1')" in sentence
    assert "row 5, June!A8 ('tfb0ra07') has no timestamp" in sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a0000001,1.00,sale,"15 inch\na0000002,2.00,sale,x\na0000003,3.00,sale,30 inch"\n', 2),
        ('a0000001,1.00,sale,x\na0000002,2.00,lead,"15 inch\na0000003,3.00,lead,30 inch"\na0000004,4,sale,\n', 3),
        ('a0000001,1.00,"sale,15 inch\na0000002,2.00,sale",30 inch\n', 2),
        ('a0000001,1.00,sale,"fine\nby me"\na0000002,2.00,sale,"15\r\na0000003,3.00,sale,30"\n', 4),
    ],
)
def test_rows_between_two_stray_quotes(june: Path, text: str, line: int) -> None:
    """They would be lost as the text of one cell; the line where the first quote opens is named."""
    june.write_bytes(("message_id,revenue,attribution_type,note\n" + text).encode())
    assert f"june.csv, line {line}: the quoted cell that starts here" in refusal(june)


@pytest.mark.parametrize("note", ["one\ntwo, three\nfour", "size, colour, price, x\nS, red, 2.00, y", "a,b\nc,d,e,f"])
def test_a_note_of_several_lines_is_a_note(june: Path, note: str) -> None:
    """Commas and line breaks in a text are no rows."""
    write(june, (*FIELDS, "note"), rows([note, note]))
    assert checked(june).posted.rows == 2


def test_an_export_of_tune_would_count_twice(june: Path) -> None:
    """Trackly fetches the same conversions by itself."""
    header = ("Partner Sub ID 1", "Payout", "Transaction ID", "Status")
    write(june, header, [("tfb0raDP", "1.00", "x", "approved")])
    options: dict[str, Any] = {
        "map": {"message_id": "Partner Sub ID 1", "revenue": "Payout"},
        "set": {"attribution_type": "sale"},
    }
    with pytest.raises(InputError, match="is an export of TUNE"):
        checked(june, **options)
    assert checked(june, allow_tune=True, **options).posted.rows == 1


def advised(sentence: str, option: str) -> str:
    """The first value of an option as the sentence writes it for a shell; quotes of other words do not matter."""
    words = shlex.shlex(sentence[sentence.index(f"{option} ") :], posix=True)
    words.whitespace_split, words.commenters = True, ""
    words.get_token()
    return words.get_token() or ""


HOSTILE = st.text(st.sampled_from("=!<>~'\"+: ,;()$#-@\\x1é状\u3000\u00a0\u200b"), max_size=6)


def heard(path: Path, header: Sequence[str]) -> None:
    """The column of states is heard, and what is advised of it works, whichever delimiter the header looks like."""
    comma = {"delimiter": ","}
    values = ["approved", "declined", "approved"]
    table = [(*row[:3], *["x"] * (len(header) - 1), row[3]) for row in rows(values)]
    sentence = refusal(write(path, (*FIELDS, *header), table), **comma)
    assert checked(path, **comma, where=(advised(sentence, "--where"),)).posted.rows == 2
    assert checked(path, **comma, ignore=(advised(sentence, "--ignore"),)).posted.rows == 3
    write(path, (*FIELDS, *header), [*table, *[(f"tfb0rb{n:02}", "1", "sale", *["x"] * len(header)) for n in (1, 2)]])
    others = f"--where {shlex.quote(advised(sentence, '--where').replace('=approved', '!=declined'))}"
    assert checked(path, **comma, where=(advised(others, "--where"),)).posted.rows == 4


@pytest.mark.parametrize(
    "header",
    [
        ["Status!"],
        ["Status=x"],
        ["=Status"],
        ["!"],
        ["="],
        ["Status!", "Status"],
        ["Status=approved", "Status"],
        ["status!", "STATUS"],
        ["Status", "Status!"],
        ["'Status\"'"],
        [" Status "],
        ["\u3000Status\u3000"],
        ["--Status"],
    ],
)
def test_advice_works_with_any_header(june: Path, header: list[str]) -> None:
    """Signs that options have a meaning for may stand in names, also where one name begins with another."""
    heard(june, header)


@FEWER_EXAMPLES
@given(before=HOSTILE, behind=HOSTILE, other=HOSTILE)
def test_advice_works_with_hostile_headers(
    tmp_path_factory: pytest.TempPathFactory, before: str, behind: str, other: str
) -> None:
    """The same for names that nobody thought of, beside one that goes on where the other ends."""
    name = f"{before}Status{behind}"
    heard(tmp_path_factory.mktemp("hostile") / "june.csv", [f"{name}{other}" if other.strip() else "x", name])


@pytest.mark.parametrize(("column", "cells"), [("Status", ["approved", "rejected"]), ("Currency", ["USD", "EUR"])])
def test_what_stands_in_a_line_of_totals_is_not_heard(june, column, cells):
    """Nothing of it is sent: in another row the same cell is a question."""
    usual, strange = cells
    write(june, [*FIELDS, column], [*rows([usual, usual]), ("Total", "20.00", "", strange)])
    assert checked(june).by_status[Status.INVALID].rows == 1
    write(june, [*FIELDS, column], [*rows([usual, strange]), ("Total", "20.00", "", usual)])
    assert strange in refusal(june)
