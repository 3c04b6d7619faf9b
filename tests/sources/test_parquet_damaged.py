"""Parquet that is damaged, changes, or would end the process that decodes it."""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl
import pytest

from importer.errors import InputError
from importer.sources import open_inputs
from tests.sources.parquet_source import source_of


@pytest.mark.parametrize("compression", ["zstd", "uncompressed", "snappy"])
def test_a_file_cut_off_anywhere_is_refused(compression, tmp_path):
    """A Parquet file ends with what says where everything is: without its end it is not read at all."""
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [f"{index:08}" for index in range(500)]}).write_parquet(path, compression=compression)
    whole = path.read_bytes()
    for end in range(0, len(whole), 61):
        path.write_bytes(whole[:end])
        with pytest.raises(InputError, match=r"x\.parquet is"):
            list(source_of(path).batches())


def test_a_damaged_file_is_refused_or_read_but_never_fails_otherwise(tmp_path, capfd):
    """Flipped bytes end in a sentence, or in rows; polars' own panics do not come through."""
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": [f"{index:08}" for index in range(500)], "n": range(500)}).write_parquet(
        path, row_group_size=100
    )
    whole, chance = path.read_bytes(), random.Random(7)
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        damaged[chance.randrange(4, len(whole))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            assert sum(batch.height for batch in source_of(path).batches()) == 500
        except InputError:
            refused += 1
    capfd.readouterr()
    assert refused > 50


@pytest.mark.parametrize("change", ["cut", "longer", "replaced"])
def test_a_file_that_changes_between_two_slices_is_refused(change, tmp_path):
    """Slices of two different files are never handed out as one."""
    path = tmp_path / "x.parquet"
    frame = pl.DataFrame({"a": pl.int_range(0, 5_000, eager=True)})
    frame.write_parquet(path)
    batches = source_of(path).batches()
    next(batches)
    other = tmp_path / "y.parquet"
    frame.reverse().write_parquet(other)
    if change == "replaced":
        other.replace(path)
    else:
        path.write_bytes(path.read_bytes()[:-10] if change == "cut" else path.read_bytes() + b"x")
    with pytest.raises(InputError, match=r"x.parquet changed while it was read"):
        list(batches)


FATAL = {"an absurd amount of memory": (135, 1), "a panic": (132, 0), "a panic in the footer": (432, 0)}
FATAL_FOOTERS = [(522, 1), (558, 1), (609, 1), (611, 1)]
DECODE = "import sys; import polars; polars.read_parquet(sys.argv[1])"


def fatal(path: Path, at: int, value: int) -> Path:
    """Write a file with one wrong byte, at which polars ends the process or lets its threads print."""
    frame = pl.DataFrame({"message_id": [f"{i:08}" for i in range(9)], "revenue": ["1.5"] * 9})
    frame.with_columns(attribution_type=pl.lit("sale")).write_parquet(
        path, compression="uncompressed", statistics=False
    )
    damaged = bytearray(path.read_bytes())
    damaged[at] = value
    path.write_bytes(damaged)
    return path


@pytest.mark.parametrize(("at", "value"), FATAL.values(), ids=FATAL.keys())
def test_a_file_that_would_end_the_process_is_refused_with_one_sentence(warm, at, value, tmp_path):
    """What makes polars abort or print traces ends in one sentence on stderr, and nothing else."""
    path = fatal(tmp_path / "x.parquet", at, value)
    control = subprocess.run([sys.executable, "-c", DECODE, str(path)], capture_output=True, text=True, check=False)
    assert control.returncode < 0 or "panicked" in control.stderr, "polars reads it in peace: take another byte"
    refused = warm.run("check", "x.parquet", cwd=tmp_path)
    path.unlink()  # before the search for the key reads it
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.stderr == (
        "Checking x.parquet\n"
        "error: x.parquet is damaged, or cut off, or uses something unknown in Parquet, or unpacks to far more than "
        "its size. Export it again.\n"
    )


def test_the_proof_names_the_damaged_one_of_many_files(tmp_path):
    """One process proves many files; the one at which it dies is named, not those before or behind it."""
    paths = {name: tmp_path / f"{name}.parquet" for name in "abc"}
    for name in "ac":
        pl.DataFrame({"id": [name] * 3_000}).write_parquet(paths[name])
    for source in open_inputs([str(paths[name]) for name in "ac"]):
        assert sum(batch.height for batch in source.batches()) == 3_000
    first, damaged, _ = open_inputs(
        [str(path) if path.exists() else str(fatal(path, 135, 1)) for path in paths.values()]
    )
    assert sum(batch.height for batch in first.batches()) == 3_000
    with pytest.raises(InputError, match=r"b\.parquet is damaged"):
        list(damaged.batches())
    paths["b"].unlink()


def test_proven_files_are_read_in_any_order_and_again(tmp_path):
    """The other process goes through the files once, in their order; who reads them need not."""
    for name in "ab":
        pl.DataFrame({"id": [name] * 3_000}).write_parquet(tmp_path / f"{name}.parquet")
    first, second = open_inputs([str(tmp_path / f"{name}.parquet") for name in "ab"])
    for source, name in [(second, "b"), (first, "a"), (second, "b")]:
        assert pl.concat(source.batches())["0"].to_list() == [name] * 3_000


def test_an_unread_file_leaves_no_process_behind(tmp_path):
    """The other process ends with the sources, however far they were read."""
    pl.DataFrame({"id": ["x" * 1_000] * 60_000}).write_parquet(tmp_path / "a.parquet")
    sources = open_inputs([str(tmp_path / "a.parquet")])
    next(sources[0].batches())
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    if not children.exists():
        pytest.skip("this system does not tell")
    before = len(children.read_text().split())
    del sources
    gc.collect()
    assert len(children.read_text().split()) == before - 1


def test_parquet_beside_the_input_is_looked_at_with_care(warm, healthy_server, tmp_path):
    """Damaged files in the folder are passed over in silence; Parquet results that record the rows are still found."""
    (tmp_path / "june.csv").write_text("message_id,revenue,attribution_type\na1b2c3d4,5,sale\n")
    for i, (at, value) in enumerate(FATAL_FOOTERS):
        fatal(tmp_path / f"{i}.parquet", at, value)
    command = ("import", "june.csv", "--base-url", healthy_server.url)
    first = warm.run(*command, "-o", "a.parquet", cwd=tmp_path)
    assert (first.exit, "panicked" in first.stderr) == (0, False), first
    second = warm.run(*command, "-o", "b.parquet", cwd=tmp_path)
    for i in range(len(FATAL_FOOTERS)):
        (tmp_path / f"{i}.parquet").unlink()
    assert (second.exit, "panicked" in second.stderr) == (2, False), second
    assert "a.parquet (1 row" in second.stderr
