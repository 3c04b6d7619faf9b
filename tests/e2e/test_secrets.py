"""Secrets: the API key is nowhere but in the header of requests to the API, and nobody else's text is obeyed.

That the key stands in no output and no file of a run is looked for after every test; see `conftest._key_nowhere`.
"""

from __future__ import annotations

import csv
import re
import resource
import socket
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from importer.report.reading import open_book
from tests.faultserver.plan import CANARY_KEY, answer, api_error, hang_up, rule, stall, success, throttle
from tests.support.inputs import rows, write_csv
from tests.support.oracle import judge

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\n\x00\x08"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
QUICK = ("--rate", 0, "--timeout", 2, "--json")


@pytest.fixture
def month(tmp_path):
    """A file of rows, and the rows."""
    chosen = rows(30)
    return write_csv(tmp_path / "month.csv", chosen), chosen


def half(key: str) -> tuple[str, str]:
    return key[:20], key[20:]


@pytest.mark.parametrize("between", ["\n", " ", "\0", "\x1b", "\u00e9", "\u200b"])
def test_a_key_of_the_wrong_form_is_refused_without_being_printed(
    start, month, healthy_server, tmp_path_factory, between
):
    """White space, control and non-ASCII characters inside the key: exit 2, nothing sent, the key not repeated."""
    first, second = half(CANARY_KEY)
    path = tmp_path_factory.mktemp("secret") / "key"
    path.write_text(first + between + second, encoding="utf-8")
    options = ("--base-url", healthy_server.url, "--api-key-file", path, "--debug")
    result = start("import", month[0], *options, key=None).wait()
    assert result.exit == 2, result
    assert "key" in result.stderr
    assert healthy_server.connections() == []


def test_a_key_that_is_unlike_the_documented_one_is_a_warning(run, month, fault_server, tmp_path):
    """A key of another form is used as it is; the warning does not repeat it."""
    server = fault_server(key="a-key-of-another-form")
    result = run("import", month[0], "--base-url", server.url, *QUICK, key="a-key-of-another-form")
    assert (result.exit, len(server.ledger())) == (0, 30), result
    assert "warning" in result.stderr
    assert "a-key-of" not in result.stderr + result.stdout


def test_ps_does_not_show_the_key(start_cold, month, fault_server):
    """Whoever lists the processes of the machine sees no key in the arguments, and none can be given there."""
    server = fault_server(rule(success().but(delay_s=0.2)))
    running = start_cold("import", month[0], "--base-url", server.url, *QUICK, "--concurrency", 8)
    running.wait_for("Posting to")
    assert "import" in running.seen_by_ps()
    assert running.wait().exit == 0
    refused = start_cold("import", month[0], "--base-url", server.url, "--api-key", "trk_" + "k" * 32).wait()
    assert refused.exit == 2
    assert "k" * 32 not in refused.stderr


def test_an_api_that_repeats_the_key(run, month, fault_server, tmp_path):
    """The key in error texts, codes, ids, echoes, headers and broken answers reaches no file, log or terminal."""
    file, chosen = month
    key = "$KEY"
    kinds = [
        api_error(422, key, f"invalid key {key}"),
        api_error(422, None, "x" * 285 + key),
        api_error(422, f"{'c' * 50}{key}", "y"),
        answer(400, f'{{"error":{{"code":"{key}","message":"{key}"}}}}'),
        success(revenue_id=f'"{key}"'),
        success(message_id=f'["{key}"]'),
        success(revenue=f'"{key}"'),
        answer(500, f"<html>{key}</html>"),
        answer(200).but(raw=f"{key}\r\n\r\n"),
        answer(200).but(raw=f"HTTP/1.1 200 {key}\r\n{key}: {key}\r\nContent-Length: x{key}\r\n\r\n"),
        answer(400).but(raw=f"HTTP/1.1 400 {key}\r\n{key}: {key}\r\nContent-Length: 0\r\n\r\n"),
        api_error(500, key, key),
        throttle(key),
    ]
    plans = [rule(do, message_id=row.message_id, attempt=(1, 2)) for do, row in zip(kinds, chosen[1::2], strict=False)]
    server = fault_server(rule(api_error(401, key, f"the key {key} is bad"), nth=(60, None)), *plans)
    replanned = said_with_key(plans)
    server.replan(replanned)
    more = ("--rejects", tmp_path / "rejects.csv", "--attempts", 2, "--stop-after", 99)
    for form in ("text", "json"):
        result = run("import", file, "--base-url", server.url, *QUICK, *more, "--debug", "--log-format", form)
        assert result.exit == 1, result
        assert "Traceback" not in result.stderr
    judge(chosen, tmp_path / "month.results.csv", server.ledger(), promised_in_doubt=8)
    assert "[key]" in (tmp_path / "month.results.csv").read_text()


def said_with_key(rules):
    """A plan whose answers hold the key; built here and never written to the folder that is searched."""
    from tests.faultserver.plan import plan

    text = plan(*rules)
    for one in text["rules"]:
        for name in ("body", "raw"):
            if one["do"][name]:
                one["do"][name] = one["do"][name].replace("$KEY", CANARY_KEY)
        one["do"]["headers"] = [[n, v.replace("$KEY", CANARY_KEY)] for n, v in one["do"]["headers"] or []] or None
    return text


def test_plain_http_to_another_host_is_refused(run, month):
    """The key is not sent in clear text to another machine; --allow-http is the only way, and says so."""
    result = run("import", month[0], "--base-url", "http://api.example.org/api", *QUICK)
    assert result.exit == 2, result
    assert "--allow-http" in result.stderr


# -- the way to the API ------------------------------------------------------------------------------------------------


ELSEWHERE = "api.example.org"
"""A host that is not this machine; only a proxy of the tests can be asked for it."""


class Proxy:
    """A proxy on loopback: forwards requests with an absolute URI, and tunnels; keeps everything that it was sent.

    Whatever host it is asked for, it connects to `server`, or refuses with 407 where there is none.
    """

    def __init__(self, server=None) -> None:
        self.server = server and (urlsplit(server.url).hostname, urlsplit(server.url).port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.heads: list[bytes] = []
        self.seen = b""

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                threading.Thread(target=self._serve_one, args=(peer,), daemon=True).start()

    def _serve_one(self, peer: socket.socket) -> None:
        with peer, suppress(OSError):
            data = b""
            while b"\r\n\r\n" not in data:
                data += peer.recv(65536) or b"\r\n\r\n"
            head, _, rest = data.partition(b"\r\n\r\n")
            self.heads.append(head)
            self.seen += data
            method, uri, _ = head.split(b" ", 2)
            where = urlsplit(b"//" + uri if method == b"CONNECT" else uri)
            if self.server is None:
                peer.sendall(b"HTTP/1.1 407 Proxy Auth\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(self.server) as upstream:
                if method == b"CONNECT":
                    peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    upstream.sendall(head.replace(uri, where.path, 1) + b"\r\n\r\n" + rest)
                back = threading.Thread(target=self._relay, args=(upstream, peer), daemon=True)
                back.start()
                while data := peer.recv(65536):
                    self.seen += data
                    # On a connection that is kept the next request has an absolute URI again.
                    upstream.sendall(data if method == b"CONNECT" else data.replace(uri, where.path, 1))

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)


@contextmanager
def proxying(server=None):
    proxy = Proxy(server)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.listener.shutdown(socket.SHUT_RDWR)
        proxy.listener.close()


def test_the_proxy_of_the_environment_is_used_and_named_without_its_password(start, fault_server, tmp_path):
    """HTTP_PROXY and HTTPS_PROXY carry the requests; the tunnel of https hides even the key."""
    clear, secret = fault_server(), fault_server(tls="other_host")
    with proxying(clear) as plain, proxying(secret) as tunnel:
        ways = [
            (f"http://{ELSEWHERE}/api", ("--allow-http",), {"http_proxy": f"http://clerk:hunter2@{plain.address}"}),
            (
                f"https://{ELSEWHERE}/api",
                (),
                {"https_proxy": f"http://clerk:hunter2@{tunnel.address}", "SSL_CERT_FILE": str(secret.ca_file)},
            ),
        ]
        begun = []
        for i, (url, more, env) in enumerate(ways):
            file = write_csv(tmp_path / f"month-{i}.csv", rows(10))
            options = ("--base-url", url, *more, *QUICK, "--overlap", "allow", "--debug")
            begun.append(start("import", file, *options, env=env))
        ends = [running.wait() for running in begun]
    for server, end in zip((clear, secret), ends, strict=True):
        assert (end.exit, len(server.ledger())) == (0, 10), end
        assert "hunter2" not in end.stderr + end.stdout
    assert f"proxy: {plain.address}" in ends[0].stderr
    assert f"proxy: {tunnel.address}" in ends[1].stderr
    assert f"SSL_CERT_FILE={secret.ca_file}" in ends[1].stderr
    assert all(b"Proxy-Authorization: Basic" in head for head in plain.heads[:1] + tunnel.heads[:1])
    assert CANARY_KEY.encode() in plain.seen, "a proxy reads what is sent in clear text"
    assert CANARY_KEY.encode() not in tunnel.seen
    assert tunnel.heads[0].split()[0] == b"CONNECT"


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux tells the limits of another process")
def test_no_core_dump_holds_the_key(start_cold, month, fault_server):
    """A crash writes no memory to the disk, neither of the command nor of what it starts."""
    server = fault_server(rule(stall(stored=False)))
    running = start_cold("import", month[0], "--base-url", server.url, *QUICK)
    running.wait_for("Posting to")
    assert resource.prlimit(running.pid, resource.RLIMIT_CORE) == (0, 0)


def test_a_key_file_that_others_can_read_is_a_warning(run, month, healthy_server):
    """The key is used, and the sentence says how to keep it to oneself."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        key_file = Path(folder) / "key"
        key_file.write_text(CANARY_KEY)
        key_file.chmod(0o644)
        result = run("import", month[0], "--base-url", healthy_server.url, "--api-key-file", key_file, *QUICK, key=None)
    assert (result.exit, f"chmod 600 {key_file}" in result.stderr) == (0, True), result


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"HTTPS_PROXY": "http://clerk:hunter2#@127.0.0.1:1"}, "HTTPS_PROXY"),
        ({"ALL_PROXY": "http://clerk:hunter2@127.0.0.1:port"}, "ALL_PROXY"),
        ({"SSL_CERT_FILE": "nowhere/ca.pem"}, "SSL_CERT_FILE names nowhere/ca.pem, which cannot be read"),
        ({"SSL_CERT_FILE": "month.csv"}, "SSL_CERT_FILE names month.csv, which holds no certificate"),
        ({"SSL_CERT_DIR": "nowhere"}, "SSL_CERT_DIR names nowhere, which is no folder"),
    ],
)
def test_an_environment_that_cannot_be_meant_is_a_sentence_before_anything_is_opened(
    run, month, tmp_path, variables, named
):
    """A proxy that cannot be understood, certificates that are not there: exit 2, no journal, no password shown."""
    result = run("import", month[0], "--base-url", f"https://{ELSEWHERE}/api", "--debug", env=variables)
    assert result.exit == 2, result
    assert named in result.stderr
    assert "hunter2" not in result.stderr + result.stdout
    assert list(tmp_path.iterdir()) == [month[0]]


def test_no_proxy_stands_between_this_machine_and_itself(start, healthy_server, tmp_path):
    """To loopback, and to the sandbox above all, no proxy is used: it would read the key, and refuse or count rows."""
    file = write_csv(tmp_path / "month.csv", rows(10))
    with proxying() as proxy:
        env = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), f"http://{proxy.address}")
        own = start("import", file, "--base-url", healthy_server.url, *QUICK, "--debug", env=env)
        sandbox = start("import", file, "--sandbox", "--overlap", "allow", *QUICK, key=None, env=env)
        ends = own.wait(), sandbox.wait()
    assert [end.exit for end in ends] == [0, 0], ends
    assert len(healthy_server.ledger()) == 10
    assert "proxy:" not in ends[0].stderr
    assert (proxy.heads, proxy.seen) == ([], b"")


def test_a_proxy_that_cannot_be_used(start, month):
    """A proxy of another kind stops the run before it starts; one that refuses is an outage; no password is printed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dead = f"http://clerk:hunter2@127.0.0.1:{listener.getsockname()[1]}"
    options = ("--base-url", f"https://{ELSEWHERE}/api", *QUICK)
    socks = start("import", month[0], *options, env={"https_proxy": "socks5://clerk:hunter2@h:1"})
    refused = start("import", month[0], "-o", "b.csv", *options, "--attempts", 1, env={"https_proxy": dead})
    first, second = socks.wait(), refused.wait()
    assert (first.exit, second.exit, second.json["stopped"]) == (2, 3, "unreachable"), (first, second)
    assert "hunter2" not in first.stderr + second.stderr + second.stdout


# -- text from outside -------------------------------------------------------------------------------------------------


def strange(tmp_path, fault_server):
    """A file and a server that try to speak to the terminal and to the spreadsheet."""
    chosen = rows(6)
    file = write_csv(tmp_path / "month.csv", chosen)
    with file.open("a", newline="", encoding="utf-8") as out:
        said = ESCAPES.replace("\0", "")  # a file with NULs is refused as a whole
        csv.writer(out).writerow((f"a{said}b", said, "=cmd|' /C calc'!A0", "@SUM(A1)", "-1+1"))
    kinds = [
        api_error(422, f"bad{ESCAPES}", f"=cmd|' /C calc'!A0{ESCAPES}"),
        api_error(422, "+code", "\tTab and @formula"),
        api_error(400, None, f"{ESCAPES}-2+3"),
        success(revenue_id='"=1+1"'),
        answer(200, f"{ESCAPES}{{".encode()),
    ]
    server = fault_server(*(rule(do, message_id=row.message_id) for do, row in zip(kinds, chosen, strict=False)))
    return file, server


def test_terminal_escapes_and_formulas_stay_text(run, fault_server, tmp_path):
    """What the API or a cell says is shown, not obeyed: by the terminal, by the spreadsheet, by a log's reader."""
    file, server = strange(tmp_path, fault_server)
    rejects = tmp_path / "rejects.csv"
    result = run("import", file, "--base-url", server.url, "--rate", 0, "--rejects", rejects, "--debug")
    assert result.exit == 1, result
    shown = result.stdout + result.stderr
    assert [c for c in shown if c != "\n" and (ord(c) < 32 or 127 <= ord(c) < 160 or c == "\u202e")] == []
    with (tmp_path / "month.results.csv").open(encoding="utf-8", newline="") as lines:
        cells = [cell for line in csv.reader(lines) for cell in line]
    assert [cell for cell in cells if cell.startswith(FORMULA)] == []
    assert "'=1+1" in cells
    texts = [cell for cell in cells if "calc" in cell]
    assert len(texts) >= 2


def test_formulas_in_a_header_and_in_reasons_stay_text(run, fault_server, tmp_path):
    """The name of a kept column, the reasons of a rejects file: harmless as written, read back as they were."""
    server = fault_server(
        rule(api_error(422, "+code", "=cmd|' /C calc'!A0"), nth=1), rule(hang_up(stored=False), nth=2)
    )
    file = tmp_path / "june.csv"
    file.write_text("message_id,revenue,attribution_type,=1+1,'=twice\nAbCdEf01,1,sale,a,b\nAbCdEf02,2,sale,c,d\n")
    command = ("import", file, "--base-url", server.url, "--keep", "all", "--rejects", "rejects.csv")
    run(*command)
    results = tmp_path / "june.results.csv"

    def formulas(path):
        with path.open(encoding="utf-8", newline="") as lines:
            return [cell for line in csv.reader(lines) for cell in line[15:] if cell.startswith(FORMULA)]

    assert formulas(results) == []
    with (tmp_path / "rejects.csv").open(encoding="utf-8", newline="") as lines:
        header, *rejected = csv.reader(lines)
    assert (header[3:], [line[5:] for line in rejected]) == (
        ["=1+1", "'=twice", "error_code", "error_message"],
        [["'+code", "'=cmd|' /C calc'!A0"]],
    )
    assert open_book(results).keep == ("=1+1", "'=twice")
    assert run("resolve", results, "--row", 2, "--recorded", "--why", "x").exit == 0
    assert formulas(results) == []
    assert open_book(results).keep == ("=1+1", "'=twice")
    assert run("report", results, "--json").json["balanced"]
    taken = ("--ignore", "error_code", "--ignore", "error_message")  # the code is none that rejects are known by
    again = run("import", "rejects.csv", "--base-url", server.url, "--json", *taken)
    assert (again.exit, again.json["requests"]) == (0, 1), again


def test_terminal_escapes_on_a_terminal(run_tty, fault_server, tmp_path):
    """On a terminal too, where the display itself uses escapes."""
    file, server = strange(tmp_path, fault_server)
    shown = run_tty("import", file, "--base-url", server.url, "--rate", 0, "--yes")
    assert shown.exit == 1, shown
    assert not re.search(rb"owned\x07|\x1b\]0;|\x1b\[2J|\x9b31m", shown.raw)
