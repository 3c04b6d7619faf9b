"""What a check asks, with its answers: the answers are the command's own, and none is a guess."""

from __future__ import annotations

import csv

import pytest

from importer.web.history import History
from importer.web.questions import question_of
from importer.web.view import View

COMMA = (
    "The revenue column has decimal commas: '1,5' (june.csv row 1). Nothing was posted. Say --decimal comma "
    "(`1.234,56`) or --decimal point (`1,234.56`); rows that are not written so are then `invalid_revenue`."
)
HIDDEN = (
    "june.xlsx: the sheet hides 2 rows (9.00). --hidden skip leaves them out, --hidden read takes them. "
    "Nothing was posted."
)
OVERLAP = (
    "Rows of this input are recorded already: results/aaaa1111.results.csv (7 rows, 4.00); '/a b/bbbb2222.results.csv' "
    "(1 row, 1.00). Nothing was posted. Continue there with --results, leave such rows out with --already "
    "results/aaaa1111.results.csv --already '/a b/results/bbbb2222.results.csv', or post them once more with "
    "--overlap allow."
)
LOST = "The results are gone: results/aaaa1111.results.csv. Put the file back, or post these rows with --overlap allow."


@pytest.fixture
def ask(tmp_path):
    """The question of a check with this problem, or that refused these rows."""

    def asked(problem="", refused=(), by_code=None, **options):
        path = tmp_path / "refused.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("id", "error_code", "error_message"), *(("x", *one) for one in refused)])
        summary = {"rows": 10, "by_code": by_code or {}}
        history = History("cccc3333", options=options)
        return question_of(View(history, "checked" if not problem else "uploaded", summary, problem=problem), path)

    return asked


def chosen(question):
    return [answer.fields for answer in question.answers]


def test_what_can_be_read_two_ways_is_asked_with_its_cells_and_without_options(ask):
    question = ask(COMMA)
    assert question.text == "The revenue column has decimal commas: '1,5' (june.csv row 1)."
    assert chosen(question) == [(("decimal", "point"),), (("decimal", "comma"),)]
    assert question.tells_all
    question = ask(HIDDEN)
    assert question.text == "june.xlsx: the sheet hides 2 rows (9.00)."
    assert chosen(question) == [(("hidden", "read"),), (("hidden", "skip"),)]


def test_rows_of_other_imports_are_left_out_with_one_answer_that_keeps_what_was_chosen(ask):
    question = ask(OVERLAP, already=["dddd4444"])
    assert chosen(question) == [(("already", "dddd4444"), ("already", "aaaa1111"), ("already", "bbbb2222"))]
    assert not question.tells_all  # there are other ways on, which the command names
    assert ask(LOST) is None


def test_words_that_others_have_for_a_type_are_asked_about_together(ask):
    code = "invalid_attribution_type"
    refused = [
        (
            code,
            "'Verkauf' is not `sale`, `click` or `send`: if it is a sale, say --value attribution_type:Verkauf=sale.",
        ),
        (code, "'a=b' is not `sale`, `click` or `send`: if it is a click, say --value attribution_type:a=b=click."),
        (code, "'gift' is not `sale`, `click` or `send`."),
    ]
    question = ask(refused=refused, by_code={code: 3}, value=["attribution_type:Kauf=sale"])
    values = ("attribution_type:Kauf=sale", "attribution_type:Verkauf=sale", "attribution_type:a=b=click")
    assert chosen(question) == [tuple(("value", one) for one in values)]
    assert question.answers[0].text == "Yes: “Verkauf” is a sale, “a=b” is a click"
    assert ask(refused=refused[2:], by_code={code: 1}) is None


@pytest.mark.parametrize(("rows", "asks"), [(6, True), (5, False)])
def test_dates_are_asked_about_where_most_are_not_read(ask, rows, asks):
    code = "invalid_timestamp"
    day, month = "say --timestamp-format '%d/%m/%Y' if the day is first", "'%m/%d/%Y' if the month is first"
    message = f"'06/02/2026' could be two days: {day}, {month}."
    question = ask(refused=[(code, "'x' is no date."), (code, message)], by_code={code: rows})
    assert (question is not None) is asks
    if asks:
        assert chosen(question) == [(("timestamp-format", "%d/%m/%Y"),), (("timestamp-format", "%m/%d/%Y"),)]
