"""The README: short, with the two commands first, and the way to every other document."""

from __future__ import annotations

import re

from tests.docs.documents import BENCHMARKS, DOCUMENTS, README, REFERENCE, SAMPLES

MAX_LINES = 230
FIRST_COMMANDS = (
    """\
python3 -m venv .venv
.venv/bin/pip install --quiet -c requirements.lock ".[sandbox]"
.venv/bin/revenue-importer import sample_data/june_2026.csv --sandbox --yes
""",
    """\
python3 -m venv .venv
.venv/bin/pip install --quiet -c requirements.lock -e ".[dev]"
.venv/bin/python -m pytest
""",
)


def test_the_first_two_commands_install_and_try() -> None:
    """The only `sh` blocks are the two commands that a fresh clone runs, before any other block."""
    assert tuple(README.blocks("sh")) == FIRST_COMMANDS
    assert README.kinds[:2] == ["sh", "sh"]
    assert set(README.kinds[2:]) == {"console"}
    assert [document.name for document in DOCUMENTS if document.blocks("sh")] == [README.name]


def test_the_readme_is_short() -> None:
    """A README that is too long is not read."""
    assert len(README.text.splitlines()) <= MAX_LINES


def test_the_readme_leads_to_every_document() -> None:
    """The table of documents has all of them."""
    found = {target for cell in README.table("document") for target in re.findall(r"\]\(([^)]+)\)", cell)}
    assert {document.name for document in DOCUMENTS if document is not README} <= found


def test_tables_that_stand_twice_are_the_same() -> None:
    """Statuses and exit statuses are in the README and in the reference."""
    for heading in ("status", "exit"):
        assert README.table(heading) == REFERENCE.table(heading)


def test_the_picture_is_of_the_sample_as_it_is() -> None:
    """The words for the picture count the rows of the messy sample that are not recorded."""
    sample = next(" ".join(cells) for cell, cells in SAMPLES.table("file").items() if "messy" in cell)
    counts = re.search(r"(\d+) are invalid .*?, (\d+) repeats .*? and (\d+) ", sample)
    assert counts, sample
    assert f"{sum(map(int, counts.groups()))} rows not recorded" in " ".join(README.text.split())


def test_the_figures_about_speed_are_those_that_were_measured() -> None:
    """The README has no figure of its own."""
    section = README.text.partition("## Speed")[2].partition("##")[0]
    figures = re.findall(r"\d[\d,.]*(?: million)? rows/s", section)
    assert len(figures) == 3
    assert [figure for figure in figures if figure not in BENCHMARKS.text] == []
