"""Which ids are a label of a total, and which only have its letters."""

from __future__ import annotations

import polars as pl
import pytest

from importer.schema.lines import total_labels


@pytest.mark.parametrize(
    ("message_id", "found"),
    [
        # In turn: it has letters of one, is one by its sum, at an end of a file, and wherever it stands.
        ("TOTAL_06", "like label perhaps says"),
        ("06-Summe", "like label perhaps says"),
        ("JunTotal", "like label perhaps says"),
        ("Total123", "like label perhaps says"),
        ("x.Total.", "like label perhaps says"),
        ("averages", "like label perhaps says"),
        ("Promedio", "like label perhaps says"),
        ("MOYENNES", "like label perhaps says"),
        ("aGesamt1", "like label perhaps says"),
        ("Delsumma", "like label perhaps says"),
        ("Celkem_6", "like label perhaps says"),
        ("RAZEM_06", "like label perhaps says"),
        ("x_Kokku6", "like label perhaps says"),
        ("June_sum", "like label perhaps"),
        ("JuneSum1", "like label perhaps"),
        ("TTL_2026", "like label perhaps"),
        ("a_Somme1", "like label perhaps"),
        ("Totalsum", "like label perhaps"),
        ("totaalab", "like label perhaps"),
        ("abcTotaal", "like label perhaps says"),
        ("abctotal", "like label perhaps"),
        ("1subtotal2b", "like label perhaps says"),
        ("sumtotal", "like label perhaps"),
        ("a1gesamt2", "like label perhaps says"),
        ("xgesamt2", "like label perhaps"),
        ("summa_xy", "like label perhaps says"),
        ("xysumme1", "like label perhaps"),
        ("All_June", "like perhaps"),
        ("June-Tot", "like perhaps"),
        ("ALLE2026", "like perhaps"),
        ("toTAL123", "like label perhaps"),
        ("aTotalBc", "like label perhaps says"),
        ("atotalbc", "like"),
        ("assume12", "like"),
        ("aSumB123", "like label perhaps"),
        ("ballroom", "like"),
        ("tOtAl_xy", "like label perhaps"),
        ("xy_tOtAl", "like label perhaps"),
        ("x_tOtA_y", "like"),
        ("tfb0raDP", ""),
        ("celkema1", "like"),
        ("tota_1", "like"),
        ("", ""),
        (None, ""),
    ],
)
def test_what_an_id_says(message_id: str | None, found: str) -> None:
    ids = pl.Series([None, message_id], dtype=pl.String)
    says = {
        "like": total_labels.like_labels(ids).to_list() == [1],
        "label": total_labels.labels_in(ids).to_list() == [1],
        "perhaps": total_labels.may_be_labels(ids).to_list() == [None, True],
        "says": total_labels.say_total(ids).to_list() == [None, True],
    }
    assert " ".join(name for name, is_so in says.items() if is_so) == found
