"""Options from the environment: what is the same for every run of a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.cli.commands import check, import_
from importer.settings import Settings, options_of
from tests.cli.test_options import parse

TOLD = {
    "rate": ("7", 7.0), "concurrency": ("3", 3), "timeout_s": ("4.5", 4.5), "attempts": ("2", 2), "bulk": ("50", 50),
    "outage_wait_s": ("9", 9.0), "stop_after": ("6", 6), "results": ("out.csv", Path("out.csv")),
}  # fmt: skip
OPTIONS = [one for one in options_of(Settings) if one.in_environment]


def test_what_the_environment_may_say() -> None:
    """How a run sends and where it writes, and nothing that overrides a guard."""
    assert {one.name for one in OPTIONS} == TOLD.keys()


@pytest.mark.parametrize("one", OPTIONS, ids=lambda one: one.name)
def test_it_is_said_by_the_environment(one, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable is called after the flag; the command line wins; an empty variable says nothing."""
    monkeypatch.chdir(tmp_path)
    variable, (text, value) = f"REVENUE_IMPORTER_{one.flag[2:].upper().replace('-', '_')}", TOLD[one.name]
    monkeypatch.setenv(variable, text)
    assert parse()[one.name] == value
    assert parse(one.flag, "8" if one.name != "results" else "b.csv")[one.name] in (8, 8.0, Path("b.csv"))
    monkeypatch.setenv(variable, "")
    assert parse()[one.name] == one.default
    assert any(variable in str(param.envvar) for command in (check, import_) for param in command.params)


def test_what_cannot_be_names_the_variable_s_option(run, tmp_path: Path) -> None:
    """A sentence, as on the command line."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type\n")
    refused = run("import", "june.csv", env={"REVENUE_IMPORTER_RATE": "fast"})
    assert (refused.exit, "--rate" in refused.stderr) == (2, True)
