"""What a column is by its name: moments, amounts and reasons of what was taken back, or of what made a row revenue."""

from __future__ import annotations

import pytest

from importer.schema.guards.status.names import Kind, kind_of, may_be_of_places, may_tell_of_a_part


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Return reason", Kind.BAD_IF_FILLED),
        ("return_number", Kind.BAD_IF_FILLED),
        ("Refund date", Kind.BAD_IF_FILLED),
        ("Cancelled at", Kind.BAD_IF_FILLED),
        ("Refund", Kind.BAD_IF_YES),
        ("Returned", Kind.BAD_IF_YES),
        ("Return", Kind.ANY),
        ("Return date", Kind.ANY),
        ("Return date reason", Kind.ANY),
        ("Approved at", Kind.BAD_IF_EMPTY),
        ("Paid at", Kind.BAD_IF_EMPTY),
        ("Order", Kind.ANY),
        ("Error code", Kind.BAD_IF_FILLED),
        ("Refund error", Kind.ANY),
        ("Refund error date", Kind.ANY),
        ("Approved invalid date", Kind.ANY),
        ("Approval date", Kind.BAD_IF_EMPTY),
        ("Approved confirmation date", Kind.BAD_IF_EMPTY),
        ("Customer approved at", Kind.ANY),
        ("Approval locked at", Kind.BAD_IF_EMPTY),
        ("Approval date note", Kind.ANY),
        ("Approved amount", Kind.ANY),
        ("Refund approved at", Kind.ANY),
        ("Refund date number", Kind.BAD_IF_FILLED),
        ("Return number date", Kind.ANY),
        ("Failed", Kind.BAD_IF_FILLED),
        ("Approved", Kind.BAD_IF_NO),
    ],
)
def test_a_moment_or_a_reason_says_that_something_happened(name, kind):
    """Of a return, which may be the way back of a journey, only a reason, an amount or a number says so."""
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Status", Kind.STATUS),
        ("Order status", Kind.STATUS),
        ("Customer order status", Kind.STATUS),
        ("Previous status", Kind.EARLIER),
        ("Order state before", Kind.EARLIER),
        ("Customer status", Kind.STATE_OF_ANOTHER),
        ("Customer order state", Kind.STATE_OF_ANOTHER),
        ("Campaign status", Kind.STATE),
        ("State", Kind.STATE),
        ("Order state", Kind.STATE),
        ("Status date", Kind.ANY),
        ("Approval", Kind.STATUS),
        ("Approval confirmation", Kind.STATUS),
        ("Campaign order status", Kind.STATUS),
        ("Publisher status", Kind.STATE),
        ("Result before", Kind.EARLIER),
        ("Status changed", Kind.ANY),
        ("Refund status", Kind.BAD_IF_DONE),
        ("Статус возврата", Kind.BAD_IF_DONE),
        ("退款状态", Kind.BAD_IF_DONE),
        ("Return state", Kind.BAD_IF_DONE),
        ("Order/refund status", Kind.STATUS),
        ("Refund status date", Kind.ANY),
    ],
)
def test_whose_state_it_is(name, kind):
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Approved (Y/N)", Kind.BAD_IF_NO),
        ("Not approved", Kind.BAD_IF_YES),
        ("No aprobado", Kind.BAD_IF_YES),
        ("Nº de devolución", Kind.BAD_IF_FILLED),
        ("Jóváírás", Kind.CORRECTS),
        ("Live", Kind.PERHAPS_BAD_IF_NO),
        ("Not live", Kind.PERHAPS_BAD_IF_YES),
        ("Voided or live", Kind.ANY),
        ("payload.refunded", Kind.BAD_IF_YES),
        ("status.id", Kind.ANY),
        ("order status.event", Kind.STATUS),
        ("Soll/Haben", Kind.SIDE),
        ("Flag", Kind.MARK),
        ("Order type", Kind.TYPE),
        ("Void not", Kind.BAD_IF_NO),
        ("Not test", Kind.PERHAPS_BAD_IF_NO),
        ("Not void date", Kind.ANY),
        ("Order kz", Kind.MARK),
        ("Row flag count", Kind.ANY),
        ("Original invoice number", Kind.CORRECTS),
        ("Storno zu Rechnung", Kind.CORRECTS),
        ("Reason code", Kind.BAD_IF_FEW_ARE_FILLED),
        ("Reason", Kind.BAD_IF_FEW_ARE_FILLED),
        ("Refund type", Kind.CORRECTS),
        ("Cancelled by", Kind.CORRECTS),
        ("Cancel by", Kind.ANY),
        ("Storno mit", Kind.CORRECTS),
        ("Credits", Kind.CORRECTS),
        ("Credit score", Kind.ANY),
        ("Gutschriftsnummer", Kind.CORRECTS),
        ("Rückgabe", Kind.CORRECTS),
        ("Click type", Kind.ANY),
        ("Posting", Kind.PERHAPS_BAD_IF_NO),
        ("Soll und Haben", Kind.SIDE),
        ("Kt/Dt", Kind.ANY),
        ("Кт/Дт", Kind.SIDE),
        ("借贷方向", Kind.SIDE),
        ("A/B", Kind.ANY),
        ("Impatto sul saldo", Kind.SIDE),
        ("Impact", Kind.ANY),
    ],
)
def test_what_its_words_say(name, kind):
    assert kind_of(name) is kind


@pytest.mark.parametrize(("name", "may"), [("State", True), ("Order status", False), ("Result", False)])
def test_states_may_be_those_of_a_country(name, may):
    assert may_be_of_places(name) is may


@pytest.mark.parametrize(
    ("name", "may"), [("Refunded amount", True), ("Refund", True), ("Refund date", False), ("Kwota zwrotu", True)]
)
def test_what_may_tell_of_a_part(name, may):
    assert may_tell_of_a_part(name) is may
