"""The sandbox over real HTTP: what the vendor documents, what it stores, and the faults that can be chosen."""

from __future__ import annotations

import ast
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.protocols.http import auto
from uvicorn.protocols.http.h11_impl import H11Protocol

import importer.sandbox
from importer.errors import SettingsError
from importer.sandbox import Faults, Sandbox, SandboxSettings
from importer.sandbox.faults import FaultInjector
from importer.sandbox.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "trk_" + "0123456789abcdefABCDEFghijklmnop"
NO_FAULTS = {name: getattr(Faults(), name) for name in Faults.__dataclass_fields__}
GOOD = '{"message_id":"a1b2c3d4","revenue":24.90,"attribution_type":"sale"}'


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)


def call(box: Sandbox, path: str, body: str | bytes | None = None, **headers: str) -> Answer:
    """One request on a connection of its own: GET without a body, POST with one."""
    url = urlsplit(box.url)
    path = path if path.startswith("/sandbox") else url.path + path
    sent = {"X-Api-Key": KEY, "Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    try:
        data = body.encode() if isinstance(body, str) else body
        connection.request("GET" if body is None else "POST", path, data, {k: v for k, v in sent.items() if v})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})
    finally:
        connection.close()


def post(box: Sandbox, body: str = GOOD, **headers: str) -> Answer:
    return call(box, "/v2/revenue", body, **headers)


def event(**fields: Any) -> str:
    """A good event with fields changed, or left out when None; a `revenue` string is the number's raw text."""
    whole = {"message_id": "a1b2c3d4", "revenue": "24.90", "attribution_type": "sale"} | fields
    raw = whole.pop("revenue")
    members = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in whole.items() if value is not None]
    return "{" + ",".join([*members, *([f'"revenue":{raw}'] if raw is not None else [])]) + "}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.fixture
def box(shared: Sandbox) -> Iterator[Sandbox]:
    """The sandbox of this module, without faults; its ledger holds what earlier tests left there."""
    shared.set_faults(**NO_FAULTS)
    yield shared
    shared.set_faults(**NO_FAULTS)


# --- what the vendor documents ---


@pytest.mark.parametrize("revenue", ["24.90", "0", "-0", "1e3", "24.99", "51.550000000000004", "100000000000000.25"])
def test_success_echoes_the_amount_and_keeps_its_digits(box: Sandbox, revenue: str) -> None:
    """A recorded event is answered with its id, its message and the very digits that were sent, and kept with them."""
    answer = post(box, event(revenue=revenue, offer_id="007", timestamp="2026-06-08T12:00:00Z", more=[1]))
    record = box.ledger()[-1]
    assert answer.status == 200
    assert f'"revenue":{revenue}}}'.encode() in answer.body
    assert answer.json | {"revenue": 0} == {
        "success": True,
        "revenue_id": record["revenue_id"],
        "message_id": "a1b2c3d4",
        "revenue": 0,
    }
    assert record["revenue"] == revenue
    assert (record["offer_id"], record["timestamp"], record["bulk"]) == ("007", "2026-06-08T12:00:00Z", False)
    assert len(record["revenue_id"]) == 24
    assert int(record["revenue_id"], 16) >= 0


REFUSED = {
    "missing_message_id": [event(message_id=None), event(message_id=""), "{}"],
    "missing_revenue": [event(revenue=None), event(revenue="null")],
    "missing_attribution_type": [event(attribution_type=None), event(attribution_type="")],
    "invalid_revenue": [
        event(revenue=text)
        for text in ("-0.01", "-1", '"24.90"', "true", "[1]", "NaN", "Infinity", "-Infinity", "1e999", '""', "1e-900")
    ],
    "invalid_attribution_type": [event(attribution_type=kind) for kind in ("Sale", "purchase", "sale ")],
    "message_not_found": [
        event(message_id=name) for name in ("zz000001", "hist_0001", "short", "a1b2c3d!", "é1b2c3d4")
    ],
    "invalid_message_id": [event(message_id=12345678)],
    "invalid_offer_id": [event(offer_id=4521)],
    "invalid_timestamp": [event(timestamp="02/08/2026"), event(timestamp=5), event(timestamp="2026-02-30")],
    "invalid_json": ["", "{", "[]", "null", GOOD + "x", "[" * 100_000, event(revenue="01"), event(revenue=".5")],
}


@pytest.mark.parametrize(("code", "body"), [(code, body) for code, bodies in REFUSED.items() for body in bodies])
def test_what_breaks_a_rule_is_refused_by_its_code_and_not_stored(box: Sandbox, code: str, body: str) -> None:
    """Each broken rule is answered 400 with its code and a text, and nothing is stored."""
    before = box.summary()["records"]
    answer = post(box, body)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert isinstance(answer.json["error"], str)
    assert box.summary()["records"] == before


def test_case_decides_which_messages_are_unknown(box: Sandbox) -> None:
    """Every id of eight characters is a known message, except those that begin with a small zz."""
    ids = ["ZZ000001", "zZ000001", "00000000", "1e234567", "TRUE1234", "a-b_c-d_"]
    assert [post(box, event(message_id=name)).status for name in ids] == [200] * len(ids)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "missing_api_key"),
        ("trk_short", "invalid_api_key"),
        (KEY + "x", "invalid_api_key"),
        ("sk__" + KEY[4:], "invalid_api_key"),
        (KEY[:-1] + "!", "invalid_api_key"),
    ],
)
def test_a_missing_or_malformed_key_is_refused(box: Sandbox, key: str, code: str) -> None:
    """Without a key of the documented form every endpoint answers 401 with its code, and stores nothing."""
    before = box.summary()["records"]
    for answer in (post(box, X_Api_Key=key), call(box, "/v2/revenue/bulk", "{}", X_Api_Key=key)):
        assert (answer.status, answer.json["code"]) == (401, code)
    assert call(box, "/v2/offers", X_Api_Key=key).status == 401
    assert box.summary()["records"] == before


def test_bulk_stores_the_good_and_names_the_others(box: Sandbox) -> None:
    """A bulk request stores what holds, with its exact total, and reports the rest by index and code."""
    before = len(box.ledger())
    events = [event(revenue="0.10"), event(revenue="-1"), event(message_id="zz000001"), event(revenue="0.2"), "7"]
    answer = call(box, "/v2/revenue/bulk", f'{{"records":[{",".join(events)}],"imported":true}}')
    assert answer.status == 200
    errors = [(error["index"], error["code"]) for error in answer.json.pop("errors")]
    assert errors == [(1, "invalid_revenue"), (2, "message_not_found"), (4, "invalid_json")]
    assert b'"success_count":2,"error_count":3,"total_revenue":0.30,' in answer.body
    assert [(record["revenue"], record["bulk"]) for record in box.ledger()[before:]] == [("0.10", True), ("0.2", True)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{}", 400, "missing_records"),
        ('{"records":[]}', 400, "missing_records"),
        ('{"records":null}', 400, "missing_records"),
        ('{"records":{"a":1}}', 400, "missing_records"),
        ("[]", 400, "missing_records"),
        ('{"records":[', 400, "invalid_json"),
        (f'{{"records":[{",".join([GOOD] * 1001)}]}}', 413, "too_many_records"),
    ],
)
def test_a_bulk_request_that_is_no_batch_is_refused_whole(box: Sandbox, body: str, status: int, code: str) -> None:
    """Request-level errors of the bulk endpoint store nothing."""
    before = box.summary()["records"]
    answer = call(box, "/v2/revenue/bulk", body)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert box.summary()["records"] == before


def test_bulk_takes_a_thousand_and_names_a_hundred_errors(box: Sandbox) -> None:
    """A batch may hold 1,000 records, and at most 100 of its errors are listed although all are counted."""
    events = [GOOD] * 800 + [event(revenue="-1")] * 200
    answer = call(box, "/v2/revenue/bulk", f'{{"records":[{",".join(events)}]}}').json
    assert (answer["success_count"], answer["error_count"], len(answer["errors"])) == (800, 200, 100)
    assert answer["total_revenue"] == Decimal("24.90") * 800


def test_offers_come_in_pages_and_archived_ones_on_request(box: Sandbox) -> None:
    """GET /v2/offers pages through the offers, and lists archived ones only with status=archived."""
    first = call(box, "/v2/offers?page=1&per_page=4").json
    pages = first["pagination"]["total_pages"]
    offers = [o for page in range(1, pages + 1) for o in call(box, f"/v2/offers?page={page}&per_page=4").json["offers"]]
    assert len(offers) == first["pagination"]["total"] == len({offer["id"] for offer in offers})
    assert {"id", "name", "external_id", "status"} <= offers[0].keys()
    assert "archived" not in {offer["status"] for offer in offers}
    assert {o["status"] for o in call(box, "/v2/offers?status=archived").json["offers"]} == {"archived"}
    assert call(box, "/v2/offers?page=99").json["offers"] == []
    assert call(box, "/v2/offers?page=x").status == 400


def test_both_prefixes_are_served_and_other_paths_are_not(box: Sandbox) -> None:
    """The API is at /api/v2 and at /v2; other paths are 404, other methods 405, in the API's own JSON."""
    for path, status in {"/api/v2/revenue": 200, "/v2/revenue": 200, "/v1/revenue": 404, "/api/v2/offers": 405}.items():
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(box.url).port)
        connection.request("POST", path, GOOD, {"X-Api-Key": KEY, "Content-Type": "application/json"})
        answer = connection.getresponse()
        assert (answer.status, "error" in json.loads(answer.read())) == (status, status != 200)
        connection.close()
    assert call(box, "/v2/revenue").status == 405


def test_another_content_type_and_too_large_a_body_are_refused(box: Sandbox) -> None:
    """Only JSON of at most 5 MB is taken."""
    before = box.summary()["records"]
    assert post(box, Content_Type="text/plain").json["code"] == "invalid_content_type"
    assert post(box, Content_Type="").status == 400
    assert post(box, Content_Type="application/JSON; charset=utf-8").status == 200
    padded = GOOD[:-1] + ',"pad":"' + "x" * (5 * 1024 * 1024) + '"}'
    assert post(box, padded).status == 413
    assert box.summary()["records"] == before + 1


# --- what it stores ---


@settings(max_examples=40, deadline=None)
@given(st.lists(st.decimals(0, 10**15, places=2) | st.decimals(0, 1, places=18) | st.decimals(0, 10**15), min_size=1))
def test_the_ledger_adds_up_to_the_last_digit(amounts: list[Decimal]) -> None:
    """Whatever amounts are sent, the ledger holds their digits and the summary their exact sum."""
    texts = [format(amount, "f") for amount in amounts]
    with_exact_sum = sum(map(Scaled, texts), Scaled("0"))
    with_ledger = Ledger()
    api = importer.sandbox.api.RevenueApi(with_ledger, None, 200)  # type: ignore[attr-defined]
    for text in texts:
        assert api.one({b"content-type": b"application/json"}, event(revenue=text).encode()).status == 200
    assert [json.loads(line)["revenue"] for line in with_ledger.lines()] == texts
    assert Scaled(format(with_ledger.total, "f")) == with_exact_sum


class Scaled:
    """Exact decimal sums by another way than the code under test: whole numbers of 10^-400."""

    def __init__(self, text: str) -> None:
        whole, _, fraction = text.partition(".")
        self.units = int(whole + fraction.ljust(400, "0"))

    def __add__(self, other: Scaled) -> Scaled:
        total = Scaled("0")
        total.units = self.units + other.units
        return total

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scaled) and self.units == other.units

    __hash__ = None  # type: ignore[assignment]


def test_the_ledger_is_on_disk_before_the_answer(tmp_path: Path) -> None:
    """When an answer arrives its record is a whole line of the ledger file, which only its owner can read."""
    path = tmp_path / "ledger.jsonl"
    with Sandbox(SandboxSettings(ledger=path)) as box:
        for number in range(1, 4):
            revenue_id = post(box).json["revenue_id"]
            lines = path.read_bytes().splitlines(keepends=True)
            assert len(lines) == number
            assert json.loads(lines[-1])["revenue_id"] == revenue_id
            assert lines[-1].endswith(b"\n")
        assert [json.loads(line) for line in path.read_text().splitlines()] == box.ledger()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_ledger_is_served_in_pages(tmp_path: Path) -> None:
    """GET /sandbox/ledger gives all records as JSON lines, or those after the first N, for a file as in memory."""
    for ledger in (None, tmp_path / "ledger.jsonl"):
        with Sandbox(SandboxSettings(ledger=ledger)) as box:
            call(box, "/v2/revenue/bulk", f'{{"records":[{",".join([GOOD] * 250)}]}}')
            whole = call(box, "/sandbox/ledger").body.splitlines()
            assert [json.loads(line) for line in whole] == box.ledger()
            assert call(box, "/sandbox/ledger?after=240").body.splitlines() == whole[240:]
            assert call(box, "/sandbox/ledger?after=10&limit=5").body.splitlines() == whole[10:15]
            assert call(box, "/sandbox/ledger?after=250").body == b""
            assert call(box, "/sandbox/ledger?after=x").status == 400


def test_a_ledger_file_is_continued_without_its_torn_end(tmp_path: Path) -> None:
    """A second sandbox goes on with the ledger of the first; a line without its end was not answered, and is cut."""
    path = tmp_path / "ledger.jsonl"
    with Sandbox(SandboxSettings(ledger=path)) as box:
        post(box)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:50])
    with Sandbox(SandboxSettings(ledger=path, suspend_after=1)) as box:
        assert (box.summary()["records"], box.summary()["revenue"]) == (1, "24.90")
        assert post(box, event(revenue="0.1")).status == 200
        assert post(box).status == 403
    assert path.read_bytes().startswith(whole)
    assert box.summary()["revenue"] == "25.00"
    assert [record["revenue"] for record in box.ledger()] == ["24.90", "0.1"]


A_LINE = (
    b'{"revenue_id":"0123456789abcdef01234567","message_id":"a1b2c3d4","revenue":"1","attribution_type":"sale",'
    b'"offer_id":null,"timestamp":null,"received_at":"2026-06-01T00:00:00Z","bulk":false}\n'
)


@pytest.mark.parametrize(
    "content",
    [
        b"row,source\r\n1,june.csv\r\n", b'{"a":1}\n', b"\xff\n", b"[]\n",
        b"a note", b"row,source\r1,june.csv\r", b'{"a":1}', b'{"revenue_id":1}', b'{"revenue_id":"A', b"\0", b" ",
        A_LINE + b"a note", A_LINE + b'{"message_id":', b'{ "revenue_id": "0123456789abcdef01234567"',
        A_LINE.replace(b'":', b'": ').rstrip(), A_LINE.replace(b"0123456789abcdef01234567", b"an export").rstrip(),
    ],
)  # fmt: skip
def test_a_file_that_is_no_ledger_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """A file of another kind, given as the ledger, is refused and not touched."""
    path = tmp_path / "june.csv"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="not a sandbox ledger"), Sandbox(SandboxSettings(ledger=path)):
        pass
    assert path.read_bytes() == content


def test_every_torn_end_of_a_ledger_is_cut(tmp_path: Path) -> None:
    """Wherever a kill cut the last line, the ledger is continued behind the whole ones."""
    path = tmp_path / "ledger.jsonl"
    for cut in range(len(A_LINE)):
        path.write_bytes(A_LINE + A_LINE[:cut])
        assert Ledger(path).records == 1
        assert path.read_bytes() == A_LINE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a named pipe")
def test_what_is_no_file_is_no_ledger(tmp_path: Path) -> None:
    """A named pipe would be waited for for ever, and a device cannot keep anything."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(SettingsError, match="not a regular file"):
            Ledger(path)


FULL_DISK = """
import resource, sys
from pathlib import Path
from importer.sandbox import Sandbox, SandboxSettings
sys.path.insert(0, sys.argv[2])
from test_sandbox import post
with Sandbox(SandboxSettings(ledger=Path(sys.argv[1]))) as box:
    first = post(box).status
    size = Path(sys.argv[1]).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 30, resource.RLIM_INFINITY))
    second = post(box)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(first, second.status, second.json["code"], post(box).status, len(box.ledger()), box.summary()["records"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of a file")
def test_a_record_that_cannot_be_written_is_not_stored(tmp_path: Path) -> None:
    """When the ledger's disk is full the answer is 500 with a code, and half a line does not stay."""
    path = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-c", FULL_DISK, str(path), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert (done.stdout, done.stderr) == ("200 500 save_error 200 2 2\n", "")
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


def test_a_request_cut_short_is_not_stored(box: Sandbox) -> None:
    """When the client leaves before its body is whole nothing is stored."""
    before = box.summary()
    url = urlsplit(box.url)
    with socket.create_connection((url.hostname, url.port)) as client:
        head = f"POST /api/v2/revenue HTTP/1.1\r\nHost: [::1]\r\nX-Api-Key: {KEY}\r\nContent-Type: application/json\r\n"
        client.sendall(f"{head}Content-Length: {len(GOOD) + 1}\r\n\r\n{GOOD}".encode())
    wait_until(lambda: box.summary()["by_status"].get("closed", 0) > before["by_status"].get("closed", 0))
    assert box.summary()["records"] == before["records"]


def test_the_summary_counts_every_request_by_its_answer(tmp_path: Path) -> None:
    """Requests and answers are counted by status, `closed` for none; those to /sandbox are not."""
    with Sandbox(SandboxSettings(ledger=tmp_path / "l")) as box:
        post(box)
        post(box, "{}")
        call(box, "/v2/offers")
        call(box, "/elsewhere")
        assert call(box, "/sandbox/faults", '{"dropped_rate":1}').status == 200
        with pytest.raises(ConnectionError):
            post(box)
        wait_until(lambda: "closed" in box.summary()["by_status"])
        expected = {
            "records": 2,
            "revenue": "49.80",
            "requests": 5,
            "by_status": {"200": 2, "400": 1, "404": 1, "closed": 1},
        }
        assert call(box, "/sandbox/summary").json == box.summary() == expected
    assert box.summary() == expected


def wait_until(condition: Any) -> None:
    """Wait for what another thread is about to do."""
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within 10 s")


# --- faults ---


@pytest.fixture(params=["fastest", "h11"], scope="module")
def any_protocol(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox on each of uvicorn's HTTP implementations: closing a connection reaches into them."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "h11":
            patch.setattr(auto, "AutoHTTPProtocol", H11Protocol)
        with Sandbox() as box:
            yield box


@pytest.mark.parametrize(
    ("fault", "status", "api_json", "stored"),
    [
        ({"stray_429_rate": 1}, 429, True, 0),
        ({"server_error_rate": 1}, 500, True, 0),
        ({"malformed_rate": 1}, 200, False, 1),
        ({"dropped_rate": 1}, None, False, 1),
        ({"reset_rate": 1}, None, False, 0),
        ({"outages": [(0, 3600)]}, None, False, 0),
        ({"suspend_after": 0}, 403, True, 0),
        ({"unauthorized_after": 0}, 401, True, 0),
        ({"latency_ms": 1, "jitter_ms": 2}, 200, True, 1),
    ],
)
def test_each_fault_looks_and_stores_as_it_says(
    any_protocol: Sandbox, fault: dict[str, Any], status: int | None, api_json: bool, stored: int
) -> None:
    """Each fault gives its answer, or none, and stores the record or does not."""
    box = any_protocol
    box.set_faults(**NO_FAULTS)
    before = box.summary()["records"]
    box.set_faults(**fault)
    if status is None:
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            post(box)
    else:
        answer = post(box)
        assert answer.status == status
        assert answer.body.startswith(b"{") == api_json
    wait_until(lambda: box.summary()["records"] == before + stored)
    box.set_faults(**NO_FAULTS)
    assert post(box).status == 200
    assert box.summary()["records"] == before + stored + 1


def test_a_dropped_answer_ends_and_a_reset_resets(any_protocol: Sandbox) -> None:
    """A dropped answer is a plain end of the connection, a reset is a reset, also on a connection in use."""
    box, url = any_protocol, urlsplit(any_protocol.url)
    request = (
        f"POST /api/v2/revenue HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {KEY}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(GOOD)}\r\n\r\n{GOOD}"
    ).encode()
    for fault in ("dropped_rate", "reset_rate"):
        box.set_faults(**NO_FAULTS)
        with socket.create_connection((url.hostname, url.port), timeout=10) as client:
            client.sendall(request)
            received = b""
            while not received.endswith(b"}"):
                received += client.recv(4096)
            box.set_faults(**{fault: 1})
            client.sendall(request)
            if fault == "dropped_rate":
                assert client.recv(4096) == b""
            else:
                with pytest.raises(ConnectionResetError):
                    client.recv(4096)
    box.set_faults(**NO_FAULTS)


def test_a_gateway_error_hides_half_of_what_was_stored(box: Sandbox) -> None:
    """Of the posts behind a gateway error some are stored and some not; all are answered 502 or 504 in HTML."""
    before = box.summary()["records"]
    box.set_faults(gateway_error_rate=1)
    answers = [post(box, event(revenue=str(number))) for number in range(40)]
    assert {answer.status for answer in answers} == {502, 504}
    assert all(b"<html>" in answer.body for answer in answers)
    assert 10 <= box.summary()["records"] - before <= 30


def test_a_suspended_account_and_a_withdrawn_key_say_so(box: Sandbox) -> None:
    """After so many records the account is suspended (403, no code) or the key withdrawn (401), for every endpoint."""
    with Sandbox(SandboxSettings(suspend_after=2)) as own:
        assert [post(own).status for _ in range(4)] == [200, 200, 403, 403]
        assert post(own).json == {"error": "Account is suspended"}
        assert call(own, "/v2/offers").status == 403
        own.set_faults(unauthorized_after=2)
        assert (post(own).status, post(own).json["code"]) == (401, "unauthorized")
        assert own.summary()["records"] == 2


def test_the_rate_limit_says_how_long_to_wait(box: Sandbox) -> None:
    """Above the rate limit the answer is 429 with Retry-After; a stray 429 has none."""
    box.set_faults(rate_limit=0.01)
    assert post(box).status == 200
    limited = post(box)
    assert (limited.status, "error" in limited.json) == (429, True)
    assert 1 <= int(limited.headers["retry-after"]) <= 100
    box.set_faults(rate_limit=0, stray_429_rate=1)
    assert "retry-after" not in post(box).headers


def test_the_record_is_stored_before_a_late_answer() -> None:
    """Latency and slowness hold back the answer, not the record, and do not hold up the end of the sandbox."""
    with Sandbox(SandboxSettings(slow_rate=1, slow_ms=600_000)) as box:
        url = urlsplit(box.url)
        connection = http.client.HTTPConnection(url.hostname, url.port)
        connection.request("POST", "/v2/revenue", GOOD, {"X-Api-Key": KEY, "Content-Type": "application/json"})
        wait_until(lambda: box.summary()["records"] == 1)
        assert box.summary()["by_status"] == {}
        connection.close()
    assert not box.is_alive()


FOREIGN = [
    {"Host": "evil.example"},
    {"Host": "evil.example:{port}"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "box.localhost:{port}"},
    {"Host": "10.0.0.1:{port}"},
    {"Host": "0.0.0.0:{port}"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "https://127.0.0.1:{port}"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_somebody_else_gets_no_answer(box: Sandbox, headers: dict[str, str]) -> None:
    """Neither by a name that was made to lead here nor across origins can a web page store, read or change anything."""
    port = urlsplit(box.url).port
    sent = {name: text.format(port=port) for name, text in headers.items()}
    before = (box.summary()["records"], box.summary()["requests"])
    for path, body in (("/v2/revenue", GOOD), ("/sandbox/faults", '{"dropped_rate":1}'), ("/sandbox/ledger", None)):
        answer = call(box, path, body, **sent)
        assert (answer.status, answer.json["code"]) == (403, "foreign_request")
    assert (box.summary()["records"], box.summary()["requests"]) == before
    assert call(box, "/sandbox/faults").json["dropped_rate"] == 0


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:{port}", "127.0.0.1:{port}", "127.0.0.1:1", "[::1]:{port}"])
def test_programs_on_this_computer_are_answered(box: Sandbox, host: str) -> None:
    """By every name of this computer, also through a tunnel from another port, and from a page of its own."""
    named = host.format(port=urlsplit(box.url).port)
    assert post(box, Host=named).status == 200
    assert post(box, Host=named, Origin=f"http://{named}").status == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_only_json_is_taken(box: Sandbox, kind: str) -> None:
    """What browsers send across origins without asking first is refused wherever something would be changed."""
    records = box.summary()["records"]
    statuses = [call(box, path, GOOD, Content_Type=kind).status for path in ("/v2/revenue", "/v2/revenue/bulk")]
    assert (statuses, box.summary()["records"]) == ([400, 400], records)
    assert call(box, "/sandbox/faults", '{"dropped_rate":1}', Content_Type=kind).status == 415
    assert call(box, "/sandbox/faults").json["dropped_rate"] == 0


def test_faults_change_while_it_runs(box: Sandbox) -> None:
    """POST /sandbox/faults changes the faults that it names and keeps the others; nonsense changes nothing."""
    assert call(box, "/sandbox/faults", '{"server_error_rate":1,"outages":[[5,6.5]]}').status == 200
    assert post(box).status == 500
    now = call(box, "/sandbox/faults", '{"server_error_rate":0,"stray_429_rate":1}').json
    assert (now["server_error_rate"], now["stray_429_rate"], now["outages"]) == (0, 1, [[5, Decimal("6.5")]])
    for nonsense in ('{"stray_429_rate":2}', '{"stray_429":1}', '{"stray_429_rate":"1"}', "[]", "{", '{"port":1}'):
        answer = call(box, "/sandbox/faults", nonsense)
        assert (answer.status, "error" in answer.json) == (400, True)
    assert call(box, "/sandbox/faults").json == now


class Clock:
    """Time that passes when told."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_outages_last_from_second_to_second() -> None:
    """An outage window begins with its first second and is over at its last, counted from when it was set."""
    clock = Clock()
    faults = FaultInjector(Faults(outages=((2, 5), (8, 9))), 0, clock)
    expected = {0: False, 1.9: False, 2: True, 4.9: True, 5: False, 8.5: True, 9: False}
    for second, out in expected.items():
        clock.now = 1000 + second
        assert faults.in_outage() is out
    faults.change({"outages": [(0, 1)]})
    assert faults.in_outage()


@given(rate=st.floats(0.5, 500), gaps=st.lists(st.floats(0, 2), min_size=1, max_size=300))
def test_the_rate_limit_lets_through_what_it_says(rate: float, gaps: list[float]) -> None:
    """In no stretch of time do more requests pass than the limit times its length, plus one second's worth."""
    clock = Clock()
    faults = FaultInjector(Faults(rate_limit=rate), 0, clock)
    passed = 0
    for gap in gaps:
        clock.now += gap
        wait_s = faults.retry_after_s()
        passed += wait_s is None
        assert wait_s is None or wait_s >= 1
    assert passed <= (clock.now - Clock.now) * rate + max(1, rate) + 1e-6


@pytest.mark.parametrize("rate", [2, 50, 333])
def test_the_rate_limit_is_used_up(rate: int) -> None:
    """A client that tries far too often gets the full bucket once, and then just the limit for each second."""
    clock = Clock()
    faults = FaultInjector(Faults(rate_limit=rate), 0, clock)
    passed = 0
    for attempt in range(10 * rate * 7):
        clock.now = 1000 + attempt / (rate * 7)
        passed += faults.retry_after_s() is None
    assert passed == pytest.approx(rate + 10 * rate, abs=1)


def test_a_client_that_waits_as_told_gets_through() -> None:
    """After the seconds of Retry-After the next request passes."""
    for rate in (0.3, 1, 7.5, 100):
        clock = Clock()
        faults = FaultInjector(Faults(rate_limit=rate), 0, clock)
        while (wait_s := faults.retry_after_s()) is None:
            pass
        clock.now += wait_s
        assert faults.retry_after_s() is None


def fates(seed: int, bodies: list[bytes]) -> dict[tuple[bytes, int], str | None]:
    """What each body draws, at its first, second, third time."""
    faults = Faults(stray_429_rate=0.1, server_error_rate=0.1, gateway_error_rate=0.1, dropped_rate=0.1)
    injector = FaultInjector(faults, seed, Clock())
    drawn: dict[tuple[bytes, int], str | None] = {}
    for body in bodies:
        occurrence = sum(1 for seen, _ in drawn if seen == body)
        drawn[body, occurrence] = injector.draw(body).kind
    return drawn


@given(st.randoms(use_true_random=False), st.integers())
@settings(max_examples=30)
def test_a_request_meets_its_fault_whatever_the_order(chance: Any, seed: int) -> None:
    """The same body meets the same faults, at its first and at its later attempts, in whatever order bodies arrive."""
    bodies = [b"%d" % (number % 15) for number in range(45)]
    shuffled = list(bodies)
    chance.shuffle(shuffled)
    assert fates(seed, bodies) == fates(seed, shuffled)


def test_another_seed_is_another_choice() -> None:
    """The seed decides which requests meet faults."""
    bodies = [b"%d" % number for number in range(200)]
    assert fates(1, bodies) != fates(2, bodies)


def test_faults_keep_the_share_that_they_say() -> None:
    """Among many requests each fault has its rate, however many others are chosen."""
    faults = Faults(
        stray_429_rate=0.05, server_error_rate=0.1, gateway_error_rate=0.2, dropped_rate=0.3, malformed_rate=0.15
    )
    injector = FaultInjector(faults, 7, Clock())
    draws = [injector.draw(b"%d" % number).kind for number in range(20_000)]
    for kind, rate in (("stray_429", 0.05), ("gateway_error", 0.2), ("dropped", 0.3), ("malformed", 0.15), (None, 0.2)):
        assert draws.count(kind) / len(draws) == pytest.approx(rate, abs=0.012)
    resets = FaultInjector(Faults(reset_rate=0.25), 7, Clock())
    assert sum(resets.resets() for _ in range(20_000)) / 20_000 == pytest.approx(0.25, abs=0.012)


# --- settings, start and end ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "0.0.0.0"},
        {"host": "192.168.1.5"},
        {"host": "example.com"},
        {"port": 70_000},
        {"success_status": 202},
        {"dropped_rate": 1.1},
        {"dropped_rate": float("nan")},
        {"reset_rate": -0.1},
        {"latency_ms": -1},
        {"rate_limit": float("inf")},
        {"suspend_after": -1},
        {"outages": ((5, 5),)},
        {"outages": ((-1, 5),)},
        {"server_error_rate": 0.6, "malformed_rate": 0.6},
        {"keep_alive_s": -1},
    ],
)
def test_settings_out_of_range_are_refused_by_name(wrong: dict[str, Any]) -> None:
    """A setting that cannot be is refused when it is made, with its name."""
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        SandboxSettings(**wrong)


def test_options_of_the_server(tmp_path: Path) -> None:
    """One key only, known ids from a file, status 201, and IPv6's loopback can be chosen."""
    ids = tmp_path / "ids.txt"
    ids.write_text("zz000001\nhist_0001\n\n", encoding="utf-8")
    chosen = SandboxSettings(api_key="only this one", known_ids=ids, success_status=201, host="localhost")
    assert "only this" not in repr(chosen)
    with Sandbox(chosen) as box:
        assert box.url.startswith("http://127.0.0.1:")
        assert post(box).json["code"] == "invalid_api_key"
        assert post(box, event(message_id="hist_0001"), X_Api_Key="only this one").status == 201
        assert post(box, X_Api_Key="only this one").json["code"] == "message_not_found"


@pytest.mark.parametrize("name", ["ledger", "known_ids"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str) -> None:
    """A folder where a file is wanted stops the start with its name, and frees the port."""
    with pytest.raises(SettingsError, match=tmp_path.name), Sandbox(SandboxSettings(**{name: tmp_path})):
        pass


def test_a_port_in_use_is_refused(box: Sandbox) -> None:
    """A second sandbox on the same port does not start."""
    port = urlsplit(box.url).port
    with pytest.raises(SettingsError, match=f"port {port}"), Sandbox(SandboxSettings(port=port or 0)):
        pass


def test_the_same_port_is_free_again_at_once() -> None:
    """When a sandbox has ended the next can take its port, and until then connecting is refused."""
    with Sandbox() as box:
        post(box)
        port = urlsplit(box.url).port or 0
    with pytest.raises(ConnectionRefusedError):
        post(box)
    with Sandbox(SandboxSettings(port=port)) as box:
        assert post(box).status == 200


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the sandbox names the command that installs it."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(SettingsError, match=r"pip install '\.\[sandbox\]', in the folder"), Sandbox():
        pass


def test_it_logs_nothing_and_leaves_signals_alone(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither requests nor keys reach a log or the terminal, and signal handlers stay as they are."""
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with caplog.at_level(0), Sandbox() as box:
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
        post(box)
        box.set_faults(dropped_rate=1)
        with pytest.raises(ConnectionError):
            post(box)
        with socket.create_connection(("127.0.0.1", urlsplit(box.url).port or 0)) as client:
            client.sendall(b"nonsense\r\n\r\n")
            assert b"400" in client.recv(100)
    text = caplog.text + "".join(capfd.readouterr())
    assert KEY not in text
    assert "a1b2c3d4" not in text
    assert "uvicorn" not in text


SERVE = """
import sys
from importer.sandbox import SandboxSettings, serve
serve(SandboxSettings(), lambda url: print(url, flush=True))
print("ended")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serving_ends_cleanly_at_a_signal(number: int) -> None:
    """Ctrl-C, SIGTERM and SIGHUP end `serve` as a return, without a word."""
    running = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    assert running.stdout is not None
    assert running.stdout.readline().startswith("http://127.0.0.1:")
    running.send_signal(number)
    assert running.communicate(timeout=20) == ("ended\n", "")
    assert running.returncode == 0


def test_it_shares_no_code_with_what_it_judges() -> None:
    """The sandbox imports of the package only what says nothing of the API, so that one mistake cannot be in both."""
    allowed = ("importer.sandbox", "importer.errors", "importer.hosts", "importer.signals")
    for path in Path(importer.sandbox.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith("importer") or name.startswith(allowed), f"{path.name} imports {name}"
