"""Files of a table format are not read by themselves: they hold superseded rows, too."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from importer.errors import InputError
from importer.sources.expand import expand_inputs
from importer.sources.table_formats import refuse_tables

ROWS = pl.DataFrame({"message_id": ["tfb0raDP"], "revenue": ["1.00"], "attribution_type": ["sale"]})
MANIFESTS = {
    "Delta": "_delta_log/00000000000000000000.json",
    "Iceberg": "metadata/v1.metadata.json",
    "Hudi": ".hoodie/hoodie.properties",
}


@pytest.fixture(params=MANIFESTS)
def table(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A table with a file at its top and one in a partition, within another folder."""
    folder = tmp_path / "lake" / "revenue"
    for path in (folder / "part-0.parquet", folder / "data" / "month=6" / "part-1.parquet"):
        path.parent.mkdir(parents=True, exist_ok=True)
        ROWS.write_parquet(path)
    manifest = folder / MANIFESTS[request.param]
    manifest.parent.mkdir()
    manifest.write_text("{}", "utf-8")
    return request.param, folder


@pytest.mark.parametrize(
    "given",
    ["..", "data", "*.parquet", "data/*/*.parquet", "data/month=6/part-1.parquet"],
)
def test_a_table_is_refused(table: tuple[str, Path], given: str) -> None:
    """As a folder, one above or within it, a pattern or a file; with a way to export what it holds now."""
    name, folder = table
    with pytest.raises(InputError, match=rf"is a table of {name} .* superseded rows.* Export what the table holds now"):
        expand_inputs([str(folder / given)])


def test_a_link_into_a_table_leads_there(table: tuple[str, Path], tmp_path: Path) -> None:
    """The file is where the link leads."""
    (tmp_path / "june").symlink_to(table[1] / "data")
    with pytest.raises(InputError, match="superseded"):
        expand_inputs([str(tmp_path / "june")])


def test_an_export_is_read(table: tuple[str, Path], tmp_path: Path) -> None:
    """A copy elsewhere, and a CSV file beside the manifest, are files like any."""
    shutil.copy(table[1] / "part-0.parquet", tmp_path / "june.parquet")
    (table[1] / "june.csv").write_text("message_id\n", "utf-8")
    assert len(expand_inputs([str(tmp_path / "june.parquet"), str(table[1] / "june.csv")])) == 2


def test_folders_that_only_look_alike(tmp_path: Path) -> None:
    """A folder `metadata` with other files, and an empty `_delta_log`, are no manifest."""
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "june.json").write_text("{}", "utf-8")
    (tmp_path / "_delta_log").mkdir()
    ROWS.write_parquet(tmp_path / "june.parquet")
    assert len(expand_inputs([str(tmp_path)])) == 1


def test_no_folder_is_looked_at_twice() -> None:
    """Thousands of files in one folder cost no more than one."""
    asked: list[tuple[Path, tuple[str, ...]]] = []
    files = [Path("/lake") / f"month={n % 3}" / f"{n}.parquet" for n in range(1000)]
    refuse_tables(files, lambda folder, endings: bool(asked.append((Path(folder), endings))))
    assert len(asked) == len(set(asked)) <= 5 * 3
