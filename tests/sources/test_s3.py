"""Object stores: what lies in S3 is read as if it were a file here, once, and nothing of it stays behind."""

from __future__ import annotations

import gzip
import io
import json
import time
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from importer.errors import InputError
from importer.sources.expand import expand_inputs
from importer.sources.s3 import Bucket
from tests.support.inputs import FIELDS, rows, write_csv
from tests.support.oracle import judge, read_results
from tests.support.s3 import SECRET, S3Server

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not all(map(find_spec, ("moto", "flask", "flask_cors", "obstore"))), reason="moto's server or obstore is missing"
)


@pytest.fixture(scope="module")
def store() -> Iterator[S3Server]:
    with S3Server() as started:
        yield started


@pytest.fixture
def shelf(store, tmp_path):
    """Put rows under a key of the test's own folder: `shelf("june.csv", month)`; the environment and TMPDIR to use."""
    prefix = tmp_path.name

    spool = tmp_path / "spool"
    spool.mkdir()
    return SimpleNamespace(
        url=f"s3://{store.bucket}/{prefix}",
        spool=spool,
        env={**store.env, "TMPDIR": str(spool)},
        put=lambda key, content: store.put(f"{prefix}/{key}", content),
    )


def as_csv(chosen, folder):
    return write_csv(folder / "made.csv", chosen).read_bytes()


def as_parquet(chosen):
    buffer = io.BytesIO()
    columns = [list(cells) for cells in zip(*(row.cells for row in chosen), strict=True)]
    pl.DataFrame(dict(zip(FIELDS, columns, strict=True))).write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["june.csv", "june.csv.gz", "june.parquet", "juin été.csv"])
def test_an_object_is_imported(name, shelf, healthy_server, warm, tmp_path):
    """CSV, compressed or not, and Parquet: every row is posted once, under the object's name, and no copy is left."""
    month = rows(40)
    content = as_parquet(month) if "parquet" in name else as_csv(month, tmp_path)
    url = shelf.put(name, gzip.compress(content) if name.endswith(".gz") else content)
    out = tmp_path / "june.results.csv"
    command = ("import", url, "-o", out, "--base-url", healthy_server.url, "--rate", 0, "--json")
    first = warm.run(*command, env=shelf.env, cwd=tmp_path)
    judge(month, out, healthy_server.ledger(), first.json)
    assert {line["source"] for line in read_results(out)} == {name}
    again = warm.run(*command, env=shelf.env, cwd=tmp_path)
    assert (first.exit, again.exit, again.json["requests"]) == (0, 0, 0), again
    assert list(shelf.spool.iterdir()) == []
    start = next(json.loads(line[2:]) for line in journal(out) if '"event":"start"' in line)
    (source,) = start["inputs"]
    assert (source["path"], source["name"], len(source["sha256"])) == (url, name, 64)


def journal(out):
    return [line for line in (out.parent / f"{out.name}.journal").read_text().splitlines() if line.startswith("E\t")]


@pytest.mark.parametrize("what", ["**/*.parquet", ""], ids=["pattern", "folder"])
def test_patterns_and_folders(what, shelf, warm, tmp_path):
    """A pattern or a folder is one import of several objects in natural order; what programs left there is ignored."""
    for number in (10, 2):
        shelf.put(f"may/part-{number}.parquet", as_parquet(rows(5, start=10 * number)))
    shelf.put("top.parquet", as_parquet(rows(5, start=500)))
    shelf.put("_SUCCESS", b"")
    shelf.put(".hidden.parquet", b"damaged")
    result = warm.run("check", f"{shelf.url}/{what}", env=shelf.env, cwd=tmp_path)
    assert "Checked 15 rows" in result.stdout, result
    places = [result.stderr.index(name) for name in ("part-2.parquet", "part-10.parquet", "top.parquet")]
    assert places == sorted(places)


def test_partitions_of_a_pattern(shelf, healthy_server, warm, tmp_path):
    """`*` stays within a folder, and `key=value` folders are columns; equal names are told apart by their folders."""
    for month, start in (("may", 0), ("june", 100)):
        shelf.put(f"month={month}/part.csv", as_csv(rows(3, start=start), tmp_path))
    shelf.put("month=june/deeper/part.csv", b"not read")
    command = ("import", f"{shelf.url}/*/*.csv", "-o", "out.csv", "--keep", "month", "--base-url", healthy_server.url)
    result = warm.run(*command, env=shelf.env, cwd=tmp_path)
    assert result.exit == 0, result
    lines = read_results(tmp_path / "out.csv")
    assert {(line["source"], line["month"]) for line in lines} == {
        ("month=june/part.csv", "june"),
        ("month=may/part.csv", "may"),
    }


@pytest.mark.parametrize(
    ("input_", "words"),
    [
        ("s3://revenue/nowhere.csv", "does not exist"),
        ("s3://revenue/nowhere/*.csv", "nothing matches"),
        ("s3://no-such-bucket/june.csv", "does not exist"),
        ("s3://BUCKET_/june.csv", "no bucket"),
        ("gs://bucket/june.csv", "only s3://"),
        ("https://example.com/june.csv", "only s3://"),
    ],
)
def test_what_is_not_there(input_, words, shelf, warm, tmp_path):
    """An object, a pattern or a bucket that does not exist, or another kind of store: exit 2 and a sentence."""
    result = warm.run("import", input_, "-o", "june.results.csv", env=shelf.env, cwd=tmp_path)
    assert (result.exit, words in result.stderr) == (2, True), result
    assert "Traceback" not in result.stderr


def test_results_stay_on_a_disk(shelf, warm, tmp_path):
    """The results of an object need a name, and a place on a disk: a journal in an object store could not be synced."""
    url = shelf.put("june.csv", as_csv(rows(1), tmp_path))
    unnamed = warm.run("import", url, env=shelf.env, cwd=tmp_path)
    remote = warm.run("import", url, "-o", f"{shelf.url}/june.results.csv", env=shelf.env, cwd=tmp_path)
    assert (unnamed.exit, "--results" in unnamed.stderr) == (2, True), unnamed
    assert (remote.exit, "on a disk" in remote.stderr) == (2, True), remote


def test_the_same_object_twice(shelf, warm, tmp_path):
    """An object that is named twice, by itself and by a pattern, is refused: its rows would count double."""
    url = shelf.put("june.csv", as_csv(rows(1), tmp_path))
    result = warm.run("check", url, f"{shelf.url}/*.csv", env=shelf.env, cwd=tmp_path)
    assert (result.exit, "twice" in result.stderr) == (2, True), result


def test_the_copy(store, tmp_path, monkeypatch):
    """A large object comes in parts into a file for the owner only, as old as the object, gone with its last user."""
    url = store.put("copied/june.csv", bytes(range(256)) * 4)
    monkeypatch.setattr("importer.sources.s3._PART_BYTES", 100)
    for name, value in store.env.items():
        monkeypatch.setenv(name, value)
    (file,) = expand_inputs([url])
    status = file.path.stat()
    assert file.path.read_bytes() == bytes(range(256)) * 4
    assert (status.st_mode & 0o777, file.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert abs(status.st_mtime - time.time()) < 60
    folder = file.path.parent
    del file
    assert not folder.exists()


def test_an_object_of_a_table_is_refused(store, monkeypatch):
    """One file of a table, named by itself: its rows may have been replaced. One that only lies near it is read."""
    for name, value in store.env.items():
        monkeypatch.setenv(name, value)
    store.put("lake/revenue/_delta_log/00000000000000000000.json", b"{}")
    url = store.put("lake/revenue/month=6/part-1.parquet", as_parquet(rows(2)))
    with pytest.raises(
        InputError, match=r"s3://revenue/lake/revenue is a table of Delta .*delta_scan\('s3://revenue/lake"
    ):
        expand_inputs([url])
    assert expand_inputs([store.put("lake/export/june.parquet", as_parquet(rows(2)))])


def test_who_may_not_list_reads_objects(store, monkeypatch):
    """Credentials for one object are enough for it: whether there is a manifest cannot be known."""
    for name, value in store.env.items():
        monkeypatch.setenv(name, value)

    def refused(*_: object, **__: object) -> None:
        raise obstore.exceptions.PermissionDeniedError("no")

    url = store.put("alone/june.parquet", as_parquet(rows(2)))
    obstore = pytest.importorskip("obstore")
    monkeypatch.setattr("obstore.list", refused)
    assert expand_inputs([url])


def test_an_object_that_changes(store, tmp_path, monkeypatch):
    """An object that is replaced after it was listed is refused, not read half and half."""
    for name, value in store.env.items():
        monkeypatch.setenv(name, value)
    bucket = Bucket(store.put("changing/june.csv", b"one"))
    _, (listed,) = bucket.find()
    store.put("changing/june.csv", b"two")
    with pytest.raises(InputError, match="changed while it was read"):
        bucket.download(listed, tmp_path / "copy")


def test_the_client_is_an_extra(monkeypatch):
    """Without it the sentence says what to install."""
    monkeypatch.setattr("importer.sources.s3.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"\[s3\]"):
        Bucket("s3://revenue/june.csv")


def test_a_store_that_cannot_be_reached(warm, tmp_path):
    """Nobody at the endpoint: exit 2 and a sentence, before anything is posted."""
    env = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": SECRET}
    result = warm.run("check", "s3://revenue/june.csv", env=env, cwd=tmp_path)
    assert (result.exit, "AWS_ENDPOINT_URL" in result.stderr) == (2, True), result


def test_an_empty_variable_is_unset(shelf, run):
    """`AWS_ENDPOINT_URL=` of a shell or a container is no address; the other name of the endpoint is used."""
    shelf.put("june.csv", b"message_id,revenue,attribution_type\naaaaaaaa,1.00,sale\n")
    env = {**shelf.env, "AWS_ENDPOINT": shelf.env["AWS_ENDPOINT_URL"], "AWS_ENDPOINT_URL": "", "AWS_SESSION_TOKEN": ""}
    result = run("check", f"{shelf.url}/june.csv", env=env)
    assert result.exit == 0, result


def test_wrong_credentials(tmp_path, run):
    """Credentials that the store refuses: exit 2 and a sentence, and they are printed nowhere, not with --debug."""
    with S3Server() as strict:
        url = strict.put("june.csv", as_csv(rows(1), tmp_path))
        strict.demand_credentials()
        result = run("check", url, "--debug", env=strict.env)
    assert (result.exit, "refused the credentials" in result.stderr) == (2, True), result
    assert SECRET not in result.stderr + result.stdout
