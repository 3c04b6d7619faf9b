"""What is said of an input that is not what was approved."""

from __future__ import annotations

import pytest

from importer.plan.approval.changes import _files_since

DIGESTS = ("0123456789abcdef" * 4, "fedcba9876543210" * 4)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ({"a.csv": "1"}, {}, "a.csv is not given any more"),
        ({}, {"a.csv": "1"}, "a.csv was not given"),
        ({"a.csv": DIGESTS[0]}, {"a.csv": DIGESTS[1]}, "a.csv was SHA-256 0123456789ab…, and is fedcba987654…"),
        ({"a.csv": "1", "b.csv": "2"}, {"b.csv": "2", "a.csv": "1"}, "the order of the input files"),
        ({"a.csv": "1", "b.csv": "2"}, {"b.csv": "3", "c.csv": "1"},
         "a.csv is not given any more; c.csv was not given; b.csv was SHA-256 2…, and is 3…"),
    ],
)  # fmt: skip
def test_which_files_are_other_ones(was, now, said):
    assert _files_since(was, now) == said


@pytest.mark.parametrize(("length", "shown"), [(60, "x" * 60), (61, "x" * 59 + "…")])
def test_a_long_name_is_cut(length, shown):
    """Whether it is gone, new or changed."""
    name = "x" * length
    assert _files_since({name: "1"}, {}) == f"{shown} is not given any more"
    assert _files_since({}, {name: "1"}) == f"{shown} was not given"
    assert _files_since({name: "1"}, {name: "2"}) == f"{shown} was SHA-256 1…, and is 2…"


@pytest.mark.parametrize(("files", "more"), [(5, ""), (6, ", and 1 more"), (1_205, ", and 1,200 more")])
def test_five_files_are_named(files, more):
    named = "; ".join(f"{n}.csv was not given" for n in range(5))
    assert _files_since({}, {f"{n}.csv": "1" for n in range(files)}) == named + more
