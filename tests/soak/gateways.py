"""The command behind gateways that nobody here wrote: `python -m tests.soak.gateways [SCALE] [--only NAME] …`.

nginx, haproxy, varnish, apache2, squid and stunnel4 as the system has them, `@fastify/http-proxy` from npm, and
gunicorn, waitress, granian, uvicorn and mitmproxy from PyPI, each with a throw-away configuration on loopback; the
ledger of the API behind them is the judge. A scenario whose program is missing is skipped by name. A line a run:

rows, stored, twice      rows of the input, records of the ledger, and how many of these are one too many
in doubt, of them stored how many rows are in doubt, and how many of these the API has
verdict                  "as required", or everything that is not: of the promises of every run (the oracle), and of
                         what the scenario asks for

`--tools FOLDER` keeps what npm and PyPI brought for the next time; `--keep FOLDER` keeps all that a scenario wrote.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tests.soak.behind import limiting, losing, proxies, refusing, twice, waiting
from tests.soak.behind.judging import broken, table
from tests.soak.behind.programs import MissingProgramError, Tools
from tests.soak.behind.yard import Yard
from tests.support.soaking import say

if TYPE_CHECKING:
    from tests.soak.behind.judging import Line

SCENARIOS = (
    losing.varnish_default,
    losing.varnish_default_bulk,
    losing.nginx_error_page,
    losing.nginx_error_page_bulk,
    losing.fastify_proxy,
    losing.fastify_proxy_bulk,
    limiting.nginx_limit_req,
    limiting.nginx_limit_req_nodelay,
    limiting.nginx_limit_req_bulk,
    limiting.nginx_limit_req_429,
    limiting.haproxy_queue,
    limiting.haproxy_deny,
    limiting.haproxy_deny_403,
    limiting.uvicorn_limit_concurrency,
    waiting.apache_prefork,
    waiting.waitress_connection_limit,
    waiting.gunicorn_sync,
    waiting.gunicorn_threads,
    waiting.granian_backpressure,
    waiting.uvicorn_keep_alive,
    waiting.nginx_keep_alive,
    waiting.late_storage,
    refusing.nginx_444,
    refusing.nginx_444_bulk,
    refusing.nginx_444_for_all,
    refusing.mtu_hole,
    refusing.haproxy_client_certificate,
    refusing.stunnel_client_certificate,
    refusing.stunnel_client_certificate_tls_1_2,
    refusing.stunnel_without_the_api,
    refusing.stunnel_spoken_to_in_clear_text,
    refusing.nginx_no_certificate_sent,
    refusing.nginx_plain_to_https,
    refusing.nginx_too_large,
    refusing.no_such_certificates,
    proxies.squid_407,
    proxies.squid_407_wrong_password,
    proxies.squid_403,
    proxies.mitmproxy_407,
    proxies.mitmproxy_403,
    proxies.squid_killed,
    proxies.squid_killed_thrice,
    twice.nginx_non_idempotent,
    twice.haproxy_retry_on,
    twice.varnish_return_retry,
)
INSTALLED = Path(sys.executable).with_name("revenue-importer")


def campaign(scale: float, only: list[str], command: Path, tools: Tools, folder: Path) -> list[Line]:
    """Play the scenarios whose name contains one of the words (none: all); the lines of the table."""
    lines: list[Line] = []
    for scenario in SCENARIOS:
        name = scenario.__name__
        if only and not any(word in name for word in only):
            continue
        with Yard(folder / name, name, tools, [str(command)], scale) as yard:
            try:
                scenario(yard)
            except MissingProgramError as missing:
                say(f"{name}: skipped, there is no {missing}")
            except (RuntimeError, OSError) as error:
                yard.lines.append(broken(name, error))
        lines += yard.lines
        for line in yard.lines:
            say("  ".join(line.cells))
    return lines


def main(scale: float = 1.0, words: list[str] | None = None) -> None:
    """Run the campaign and print its table, or fail."""
    options = _parsed(words or [])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # everything is ended at the end, also then
    with ExitStack() as stack:
        folder, tools = (_folder(stack, chosen) for chosen in (options.keep, options.tools))
        lines = campaign(options.scale or scale, options.only, options.command.absolute(), Tools(tools), folder)
    print(table(lines), flush=True)
    if wrong := [line.name for line in lines if line.complaints]:
        raise AssertionError(f"{len(wrong)} of {len(lines)} runs are not as required: {', '.join(wrong)}")


def _folder(stack: ExitStack, chosen: Path | None) -> Path:
    """The folder that was asked for, or one that is gone at the end; programs that gave up being root may enter it."""
    folder = chosen or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateways-")))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    return folder.absolute()


def _parsed(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scale", type=float, nargs="?", help="1 is a thousand rows for most scenarios")
    parser.add_argument("--only", action="append", default=[], help="scenarios whose name contains this")
    parser.add_argument("--command", type=Path, default=INSTALLED, help="the revenue-importer to try")
    parser.add_argument("--tools", type=Path, help="a folder for what npm and PyPI bring")
    parser.add_argument("--keep", type=Path, help="a new folder for all that the scenarios write")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(words=sys.argv[1:])
