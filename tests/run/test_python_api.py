"""The Python API: typed, silent, cancellable, the same function that the command line calls."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
import threading
import tomllib
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import importer
from importer import ImporterError, ReconcileSettings, Settings, Share, run_check, run_import
from importer.errors import SettingsError
from importer.model import SilentListener, Status
from importer.results import COLUMNS, read_results
from importer.sandbox import Sandbox
from tests.docs.documents import OPERATIONS, ROOT
from tests.faultserver.plan import CANARY_KEY, hang_up, rule, success
from tests.reconciling.test_command import export as write_vendor
from tests.run import typed_api
from tests.support.inputs import rows, total, write_csv
from tests.support.oracle import judge


def test_an_import_from_python_prints_nothing(healthy_server, tmp_path, capfd):
    """`run_import` returns what became of every row and says nothing."""
    month = rows(30)
    file = write_csv(tmp_path / "june.csv", month)
    settings = Settings(inputs=(str(file),), base_url=healthy_server.url, api_key=CANARY_KEY, rate=0)
    summary = run_import(settings)
    judge(month, tmp_path / "june.results.csv", healthy_server.ledger())
    assert (summary.exit_status, summary.by_status[Status.RECORDED].rows) == (0, 30)
    assert run_check(settings).exit_status == 0
    assert capfd.readouterr() == ("", "")


def test_the_example_of_the_document(healthy_server, tmp_path, monkeypatch, capsys):
    """It imports the file and ends as the command would; a file that does not exist is a sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKLY_API_KEY", CANARY_KEY)
    month = rows(12)
    write_csv(tmp_path / "june.csv", month)
    example = OPERATIONS.block("python", "run_import(")
    example = example.replace("Settings(", f"Settings(base_url={healthy_server.url!r}, ")
    with pytest.raises(SystemExit, match=r"^0$"):
        exec(compile(example, OPERATIONS.name, "exec"), {})
    judge(month, tmp_path / "june.results.csv", healthy_server.ledger())
    assert capsys.readouterr().out == f"12 rows posted, {total(month)}\n"
    with pytest.raises(SystemExit, match=r"^2$"):
        exec(compile(example.replace("june", "july"), OPERATIONS.name, "exec"), {})
    assert capsys.readouterr().err.startswith("error: july.csv does not exist")


def test_every_public_name_is_described():
    """The table of names in the document has those that the package exports."""
    named = {name for cell in OPERATIONS.table("name") for name in re.findall(r"`(\w+)`", cell)}
    assert named == {*importer.__all__} - {"__version__"}


@pytest.mark.parametrize("results", ["june.results.csv", "june.results.parquet"])
def test_results_are_decimals_and_moments_without_loss(healthy_server, tmp_path, monkeypatch, results):
    """As the document reads them: every digit and nanosecond; a cell that is none is null, and in the file as read."""
    monkeypatch.chdir(tmp_path)
    cells = [
        ("99999999999999.25", "2026-06-01T10:00:00.123456789Z", "'=1+1"),
        ("0.000000000000000001", "", "00012"),
        ("24.90", "02/08/2026", ""),
        ("0.1234567890123456789", "", ""),
    ]
    lines = [f"tfb0ra{n:02},{amount},sale,{when},{kept}" for n, (amount, when, kept) in enumerate(cells)]
    header = "message_id,revenue,attribution_type,timestamp,partner"
    Path("june.csv").write_text("\n".join([header, *lines]), "utf-8")
    run_import(
        Settings(inputs="june.csv", results=results, keep="partner", base_url=healthy_server.url, api_key=CANARY_KEY)
    )
    exec(
        compile(OPERATIONS.block("python", "load_results(").replace("june.results.csv", results), "document", "exec"),
        {},
    )
    recorded = pl.read_parquet("recorded.parquet")
    assert recorded["revenue"].to_list() == [Decimal("99999999999999.25"), Decimal("0.000000000000000001")]
    assert recorded["timestamp"].cast(pl.Int64)[0] == 1_780_308_000_123_456_789
    assert recorded["timestamp"].dtype == pl.Datetime("ns", "UTC")
    assert recorded["finished_at"].null_count() == 0
    assert recorded["partner"].to_list() == ["'=1+1", "00012"]
    data, texts = importer.load_results(results), read_results(Path(results))
    assert data.row(2, named=True) | {"revenue": Decimal("24.90"), "timestamp": None} == data.row(2, named=True)
    assert (texts["revenue"][2], texts["timestamp"][2]) == ("24.90", "02/08/2026")
    assert (data["row"].to_list(), data["attempts"].to_list()) == ([1, 2, 3, 4], [1, 1, None, None])
    assert (data["revenue"][3], texts["revenue"][3]) == (None, "0.1234567890123456789")


def test_results_without_a_line_are_data_and_other_files_are_not(tmp_path):
    """The types are there; the input, and results with a line that lost a cell, are a sentence."""
    empty = tmp_path / "june.results.csv"
    empty.write_text(",".join(COLUMNS) + "\r\n", "utf-8")
    assert importer.load_results(empty).schema["revenue"] == pl.Decimal(38, 18)
    empty.write_text(",".join(COLUMNS) + "\r\n1,june.csv\r\n", "utf-8")
    with pytest.raises(ImporterError, match="line 2: the line has the wrong number of cells"):
        importer.load_results(empty)
    with pytest.raises(ImporterError, match="is not a results file"):
        importer.load_results(write_csv(tmp_path / "june.csv", rows(2)))


def test_the_type_checker_reads_the_examples_and_every_name():
    """They stand in the file that `mypy --strict` reads with the package: to the letter, and none is forgotten."""
    checked = Path(typed_api.__file__)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    assert settings["strict"]
    assert str(checked.relative_to(ROOT)) in settings["files"]
    text = checked.read_text("utf-8")
    examples = [block for block in OPERATIONS.blocks("python") if "from importer import" in block]
    assert len(examples) >= 2
    assert all(textwrap.indent(block, "    ") in text for block in examples)
    used = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    assert set(importer.__all__) <= used


def test_after_an_import_all_is_done_from_python(fault_server, tmp_path, monkeypatch, capsys):
    """Status, a verdict, the report and a comparison with the vendor's records, as the document has them.

    Results are named by a text or a path, as in the command.
    """
    monkeypatch.chdir(tmp_path)
    month = rows(40)
    server = fault_server(rule(hang_up(stored=True), message_id=month[16].message_id))
    settings = Settings(inputs=str(write_csv(tmp_path / "june.csv", month)), base_url=server.url, api_key=CANARY_KEY)
    assert run_import(settings).by_status[Status.IN_DOUBT].rows == 1
    write_vendor(tmp_path / "vendor.csv", server.ledger())
    found = importer.reconcile("june.results.csv", "vendor.csv", None, ReconcileSettings(ours="source=api", settle_s=0))
    assert (found.exit_status, found.balanced, found.settled["recorded"].rows) == (1, True, 1)
    before = importer.read_status("june.results.csv")
    assert before.by_status[Status.IN_DOUBT].rows == 1
    exec(compile(OPERATIONS.block("python", "resolve("), OPERATIONS.name, "exec"), {})
    assert capsys.readouterr().out.splitlines()[-1] == "True"
    importer.write_report("june.results.csv", "june.html")
    assert "Ana" in (tmp_path / "june.html").read_text("utf-8")
    one, several = importer.make_report("june.results.csv"), importer.make_report([tmp_path / "june.results.csv"])
    assert one.by_status == several.by_status == {Status.RECORDED: Share(40, total(month))}


def test_settings_are_taken_as_people_write_them(healthy_server, tmp_path, monkeypatch):
    """One input without a list, paths as texts, an amount as text: all are what they mean."""
    monkeypatch.chdir(tmp_path)
    month = rows(3)
    file, total = write_csv(tmp_path / "june.csv", month), str(sum(Decimal(row.revenue) for row in month))
    summary = run_import(
        Settings(
            inputs=file,
            results="out.csv",
            rejects="rejects.csv",
            expect_total=total,
            base_url=healthy_server.url,
            api_key=CANARY_KEY,
        )
    )
    assert summary.exit_status == 0
    judge(month, tmp_path / "out.csv", healthy_server.ledger())
    assert Settings(inputs="june.csv").inputs == Settings(inputs=["june.csv"]).inputs == ("june.csv",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": -1},
        {"rate": float("nan")},
        {"timeout_s": 0},
        {"concurrency": 0},
        {"concurrency": 2000},
        {"concurrency": 1.5},
        {"attempts": 0},
        {"stop_after": 0},
        {"limit": -1},
        {"bulk": 101},
        {"expect_rows": "many"},
        {"expect_total": 24.9},
        {"expect_total": "NaN"},
        {"expect_total": "a lot"},
        {"shard": (5, 4)},
        {"shard": "1/4"},
        {"duplicates": "keep"},
        {"in_doubt": "retry"},
        {"overlap": "ignore"},
        {"ambiguous": "later"},
        {"decimal": ","},
        *(
            {name: None}
            for name in ("overlap", "duplicates", "rate", "attempts", "stop_after", "concurrency", "timezone", "map")
        ),
        *({name: None} for name in ("inputs", "keep", "strict", "base_url", "api_key", "outage_wait_s")),
        {"inputs": [1]},
        {"inputs": 7},
        {"map": ["a"]},
        {"map": {"revenue": 5}},
        {"shard": (True, 4)},
        {"rate": "100"},
        {"bulk": True},
        {"strict": "no"},
        {"results": ""},
        {"results": 5},
        {"timezone": 1},
        {"expect_total": "-5"},
        {"expect_total": "1_000"},
        {"expect_total": True},
    ],
)
def test_settings_that_cannot_be_used(wrong):
    """A value that the command line would refuse is refused from Python too, by its name."""
    with pytest.raises(SettingsError, match=f"^{next(iter(wrong))} is "):
        Settings(**wrong)


def test_the_sandbox_is_never_the_vendor(tmp_path):
    """`sandbox=True` without the address of one on this computer posts nothing: the default address is the vendor's."""
    file = write_csv(tmp_path / "june.csv", rows(3))
    with pytest.raises(SettingsError, match="Start a sandbox on this computer"):
        run_import(Settings(inputs=(str(file),), sandbox=True, api_key=CANARY_KEY))
    with Sandbox() as sandbox:
        settings = Settings(inputs=(str(file),), sandbox=True, base_url=sandbox.url, api_key=CANARY_KEY)
        summary = run_import(settings)
    assert (summary.exit_status, summary.target, summary.posted.rows) == (0, "sandbox", 3)


def test_progress_comes_by_callback(healthy_server, tmp_path):
    """A listener is told how far the run is and asked before the first post."""

    class Heard(SilentListener):
        settled = 0
        asked = 0

        def progress(self, progress):
            self.settled = progress.settled

        def confirm(self, preview):
            self.asked = preview.to_post.rows
            return True

    heard = Heard()
    file = write_csv(tmp_path / "june.csv", rows(10))
    run_import(Settings(inputs=(str(file),), base_url=healthy_server.url, api_key=CANARY_KEY), heard)
    assert (heard.asked, heard.settled) == (10, 10)


def test_cancelled_from_another_thread(fault_server, tmp_path):
    """Setting the event ends the run in good order: answers in flight count, the rest stays pending, and can follow."""
    server = fault_server(rule(success().but(delay_s=0.1)))
    month = rows(200)
    file = write_csv(tmp_path / "june.csv", month)
    settings = Settings(inputs=(str(file),), base_url=server.url, api_key=CANARY_KEY, rate=0, concurrency=2)
    cancel = threading.Event()
    ended = []
    thread = threading.Thread(target=lambda: ended.append(run_import(settings, cancel=cancel)))
    thread.start()
    while len(server.ledger()) < 3:
        assert thread.is_alive()
    cancel.set()
    thread.join(20)
    counts = judge(month, tmp_path / "june.results.csv", server.ledger())
    assert (ended[0].exit_status, ended[0].stopped) == (130, "interrupted")
    assert counts["pending"] > 0
    assert counts["in_doubt"] == 0


def test_what_is_wrong_is_raised(tmp_path):
    """Errors come as the tree of `errors.py`, with a sentence."""
    with pytest.raises(ImporterError, match="nowhere"):
        run_check(Settings(inputs=(str(tmp_path / "nowhere.csv"),)))


@pytest.mark.parametrize("key", ["", "trk_a b", "trk_\n", "trk_é"])
def test_unusable_keys_are_refused_before_anything_is_read(tmp_path, key):
    """A key that cannot stand in a header ends here, unprinted, not on the wire."""
    with pytest.raises(ImporterError) as raised:
        run_import(Settings(inputs=(str(tmp_path / "nowhere.csv"),), api_key=key))
    assert "key" in str(raised.value)
    assert key == "" or key not in str(raised.value)


def test_settings_never_show_the_key():
    """A printed or logged `Settings` has no key in it."""
    assert CANARY_KEY not in repr(Settings(api_key=CANARY_KEY))


def test_importing_the_package_is_light():
    """`import importer` loads neither polars nor httpx; its public names come when they are used."""
    code = (
        "import importer, sys; assert not {'polars', 'httpx', 'httptools', 'click'} & set(sys.modules); "
        "importer.Settings"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert all(getattr(importer, name) for name in importer.__all__)
