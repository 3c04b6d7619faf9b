"""The plan that a person approves: the same wherever and however it is made, and another one for any change."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer import Settings, run_check
from importer.errors import PlanChangedError
from importer.journal import no_fates
from importer.model import FIELDS
from importer.plan import Checked, PlanParts, whole_of
from importer.plan.approval.changes import refusal
from importer.plan.approval.parts import RowsDigest, plan_parts
from importer.plan.checked import SHORT_LINE
from importer.plan.fates import Fates
from importer.plan.keys import with_keys
from importer.plan.matching import make_plan
from importer.settings import InputSettings, Option, options_of
from tests.faultserver.plan import hang_up, rule
from tests.support.inputs import invalid_rows, rows, write_csv
from tests.support.option_values import other_value

if TYPE_CHECKING:
    from pathlib import Path

MONTH = [*rows(20), *invalid_rows(), *rows(3)]
HEADER = ",".join(FIELDS)
ROW = ("aaaaaaaa", "10.00", "sale", "4521", "2026-06-01T12:00:00Z")
OTHER_CELLS = ("bbbbbbbb", "10.01", "click", "4522", "2026-06-01T12:00:01Z")


def plan(file: Path, **settings: object) -> str:
    """What `check` prints of a file."""
    digest = run_check(InputSettings(inputs=file, **settings)).plan
    assert digest is not None
    return digest


@pytest.fixture
def june(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "june.csv", MONTH)


def lines(*cells: tuple[str, ...]) -> str:
    return "\n".join([HEADER, *map(",".join, cells), ""])


def test_check_prints_it_and_import_keeps_to_it(run_here, healthy_server, june, tmp_path):
    """As text, in --json, and in the summary of the import; another machine has no state, and another folder."""
    printed = run_here("check", june, "--base-url", healthy_server.url)
    digest = next(line.removeprefix("Plan: ") for line in printed.stdout.splitlines() if line.startswith("Plan: "))
    assert run_here("check", june, "--base-url", healthy_server.url, "--json").json["plan"] == digest
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(june, elsewhere / "june.csv")
    command = ("import", "june.csv", "--base-url", healthy_server.url, "--rate", 0, "--json", "--expect-plan", digest)
    environment = {"XDG_STATE_HOME": str(elsewhere / "state"), "POLARS_MAX_THREADS": "1"}
    few = run_here(*command, "--limit", 5, cwd=elsewhere, env=environment)
    assert (few.exit, few.json["plan"], few.json["by_status"]["recorded"]["rows"]) == (1, digest, 5), few
    rest = run_here(*command, cwd=elsewhere, env=environment)
    assert (rest.json["plan"], rest.json["by_status"]["recorded"]["rows"]) == (digest, 20), rest
    assert run_here(*command, cwd=elsewhere).json["plan"] == digest
    assert len(healthy_server.ledger()) == 20


def test_what_this_import_did_needs_no_new_plan(run_here, fault_server, june):
    """Rows recorded, in doubt or refused by now are in the plan as rows to be posted."""
    server = fault_server(rule(hang_up(stored=True), message_id=MONTH[3].message_id, attempt=1))
    options = ("--base-url", server.url, "--rate", 0, "--json")
    digest = run_here("check", june, *options[:2], "--json").json["plan"]
    first = run_here("import", june, *options, "--expect-plan", digest.removeprefix("sha256:").upper())
    assert first.json["by_status"]["in_doubt"]["rows"] == 1, first
    assert run_here("import", june, *options, "--expect-plan", digest).json["plan"] == digest
    assert run_here("check", june, *options[:2], "--json").json["plan"] == digest


@pytest.mark.parametrize("at", range(5))
def test_every_field_of_a_row_counts(at: int, tmp_path: Path) -> None:
    """One cell of one row, and the rows' order."""
    file = tmp_path / "june.csv"
    changed = (*ROW[:at], OTHER_CELLS[at], *ROW[at + 1 :])
    found = []
    for two in ((ROW, OTHER_CELLS), (changed, OTHER_CELLS), (OTHER_CELLS, ROW)):
        file.write_text(lines(*two))
        parts = run_check(InputSettings(inputs=file)).plan_parts
        assert parts is not None
        found.append(parts.rows)
    assert len(set(found)) == 3


def test_a_change_that_no_row_shows(tmp_path: Path) -> None:
    """A column that is not used, the file's name, and the order of the files."""
    file, other = tmp_path / "june.csv", tmp_path / "july.csv"
    file.write_text(lines(ROW))
    other.write_text(lines(OTHER_CELLS))
    before = plan(file)
    both = [run_check(InputSettings(inputs=names)).plan for names in ((file, other), (other, file))]
    file.write_text(f"{HEADER},Invoice\n{','.join(ROW)},17\n")
    shutil.copy(other, tmp_path / "july 2.csv")
    found = [before, plan(file), *both, plan(other), plan(tmp_path / "july 2.csv")]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("one", [one for one in options_of(InputSettings) if one.decides], ids=lambda one: one.name)
def test_every_option_that_decides_counts(one: Option) -> None:
    """By its declaration, and the refusal names it."""
    checked = Checked(pl.DataFrame(schema=SHORT_LINE), [])
    already = with_keys(no_fates()).with_columns(results=pl.lit(None, pl.String), near=False)
    nothing = make_plan(checked.index, Fates(), already, Settings())
    before = plan_parts(checked, already, Settings(), nothing)
    after = plan_parts(checked, already, Settings(**{one.name: other_value(one)}), nothing)
    assert before.digest != after.digest
    assert f"options that decide what is posted, or where (now https://app.tracklysms.com/api, {one.flag}" in (
        refusal(after, before.digest)
    )


DECIDES_NOTHING = {
    *("inputs", "already", "keep", "max_unpacked", "results", "rejects", "allow_http", "sandbox", "base_url"),
    *("expect_rows", "expect_total", "api_key", "header", "no_index"),
}
"""What the plan covers in another way, or what decides only where something is written."""


def test_what_decides_is_known_to_a_check() -> None:
    """An option that is the import's alone is not covered, and so may not decide what is posted, or where."""
    assert {one.name for one in options_of(InputSettings) if not one.decides} == DECIDES_NOTHING
    only_import = {one.name for one in options_of(Settings)} - {one.name for one in options_of(InputSettings)}
    assert only_import >= {"rate", "concurrency", "limit", "report", "expect_plan"}
    assert not only_import & {"in_doubt", "bulk", "retry_rejected", "duplicates", "shard"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--duplicates", "post"), "options that decide what is posted, or where (now {url}, --duplicates post)"),
        (("--base-url", "http://127.0.0.1:1"), "options that decide what is posted, or where (now http://127.0.0.1:1)"),
        (("--expect-rows", len(MONTH)), "the totals by status, or the control totals (now"),
        (("--set", "offer_id=9"), None),
    ],
)
def test_nothing_is_posted_with_another_option(run_here, healthy_server, june, tmp_path, changed, said):
    """Exit 2, and what changed is said. (A constant beside a column of that name is refused as such.)"""
    another_computer = {"XDG_STATE_HOME": str(tmp_path / "state")}
    options = ("--base-url", healthy_server.url)
    digest = run_here("check", june, *options, "--json").json["plan"]
    refused = run_here("import", june, *options, *changed, "--expect-plan", digest, env=another_computer)
    assert refused.exit == 2
    if said is not None:
        assert " ".join(refused.stderr.split()).count(said.format(url=healthy_server.url)), refused
        assert "nothing was posted" in refused.stderr
    assert not healthy_server.ledger()
    assert not (june.parent / "june.results.csv").exists()


def test_nothing_is_posted_of_another_file(run_here, healthy_server, june):
    """The file is named, with its digest; so are its rows."""
    digest = run_here("check", june, "--json").json["plan"]
    june.write_text(june.read_text().replace("sale", "click", 1))
    refused = run_here("import", june, "--base-url", healthy_server.url, "--expect-plan", digest)
    said = " ".join(refused.stderr.split())
    assert refused.exit == 2
    assert "june.csv was SHA-256" in said
    assert "1 changed row: june.csv row 1 (line 2), 1.99, has another message id or type; " in said
    mistyped = run_here("import", june, "--expect-plan", digest[:-1])
    assert (mistyped.exit, "is not the digest of a plan" in mistyped.stderr) == (2, True)
    assert not healthy_server.ledger()


def test_results_of_other_imports_count(run_here, healthy_server, june, tmp_path):
    """By what they know, wherever they lie; a verdict in them makes another plan."""
    run_here("import", june, "--base-url", healthy_server.url, "--rate", 0, "--limit", 4)
    old = tmp_path / "old"
    old.mkdir()
    for path in (june, *tmp_path.glob("june.results*")):
        shutil.move(path, old / path.name)
    july = write_csv(tmp_path / "july.csv", MONTH)
    settings = {"base_url": healthy_server.url, "already": old / "june.results.csv"}
    with_them = plan(july, **settings)
    assert with_them != plan(july, base_url=healthy_server.url, overlap="allow")
    moved = shutil.copytree(old, tmp_path / "moved")
    assert plan(july, **(settings | {"already": f"{moved}/*.results.csv"})) == with_them
    assert run_here("import", old / "june.csv", "--base-url", healthy_server.url, "--rate", 0, "--limit", 1).exit == 1
    assert plan(july, **settings) != with_them


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_rows_have_one_digest_in_whatever_parts(size: int) -> None:
    """Chunks and their borders do not show; an empty cell and a missing one are sent alike."""
    frame = pl.DataFrame(
        {name: [f"{name}{i}" if i % 3 else None for i in range(50)] for name in (*FIELDS, "error_code")}
    )
    whole, parts = RowsDigest(), RowsDigest()
    whole.add(frame.fill_null(""))
    for part in frame.iter_slices(size):
        parts.add(part)
    assert whole.hexdigest() == parts.hexdigest()


def test_shards_together_are_the_whole(june: Path) -> None:
    """Each shard reads all rows; of all of them the plan is that of the input."""
    shards = [run_check(InputSettings(inputs=june, shard=(part, 3))).plan_parts for part in (1, 2, 3)]
    whole = run_check(InputSettings(inputs=june)).plan_parts
    assert whole is not None
    assert whole_of([parts for parts in shards if parts is not None]).digest == whole.digest
    assert len({parts.digest for parts in shards if parts is not None} | {whole.digest}) == 4


def test_a_version_of_its_own() -> None:
    """Another version may read the same cells otherwise; a digest that only was miscopied is said to be so."""
    parts = PlanParts("0.1.0", (("june.csv", "0" * 64),), {"api": "x"}, "", "1", {}, (None, None))
    assert "the version of this program (now 0.1.0)" in refusal(parts, replace(parts, version="0.0.9").digest)
    miscopied = parts.digest.replace("sha256:", "")
    assert "copied whole" in refusal(parts, "sha256:" + ("f" if miscopied[0] != "f" else "e") + miscopied[1:])


def test_the_one_option_that_is_missing_is_named(june: Path) -> None:
    """Or too much; where none explains it alone, there is no guess."""
    parts = run_check(InputSettings(inputs=june)).plan_parts
    assert parts is not None
    with_one = {
        name: replace(parts, options={**parts.options, name: True}) for name in ("check_offers", "allow_missing")
    }
    for name, other in with_one.items():
        flag = "--" + name.replace("_", "-")
        assert f"): {flag} is missing." in refusal(parts, other.digest)
        assert f"): {flag} was not given to `check`." in refusal(other, parts.digest)
    both = replace(parts, options={**parts.options, "check_offers": True, "allow_missing": True})
    assert " is missing" not in refusal(parts, both.digest)


def test_a_digest_of_nothing_known_blames_no_part(june: Path) -> None:
    """What was not given cannot have changed; `--already` is named where it was given to the check alone."""
    parts = run_check(InputSettings(inputs=june)).plan_parts
    assert parts is not None
    unknown = refusal(parts, "sha256:" + "0" * 64)
    assert ("another plan altogether (now june.csv" in unknown, "--already" in unknown) == (True, False)
    assert "What changed: --already, which is not given now." in refusal(parts, replace(parts, already="1" * 64).digest)


def test_from_python(june: Path) -> None:
    """`run_check` gives it, `run_import` with `expect_plan` raises what the command says."""
    from importer import run_import

    with pytest.raises(PlanChangedError, match="nothing was posted"):
        run_import(
            Settings(inputs=june, api_key="trk_" + "0" * 32, base_url="http://127.0.0.1:1", expect_plan="0" * 64)
        )
    assert json.dumps(plan(june))
    assert [*june.parent.iterdir()] == [june]
