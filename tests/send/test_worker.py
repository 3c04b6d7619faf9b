"""The posting itself: whatever goes wrong or stops it, nobody waits for ever, and every row in flight has its end."""

from __future__ import annotations

import asyncio
import os
import time

import pytest

from importer.api import Client
from importer.journal import Appender, GroupCommit
from importer.send import worker
from importer.send.attempt import Row
from importer.send.breaker import CircuitBreaker, Timing
from importer.send.rate_limiter import RateLimiter
from importer.send.slots import Slots
from importer.send.stop_reasons import Stop
from importer.send.worker import WorkerPool
from tests.faultserver.plan import CANARY_KEY, answer, api_error, hang_up, plan, rule, stall, success, throttle
from tests.faultserver.server import FaultServer, stalled_port

ENOUGH_S = 5.0
STOP = Stop("interrupted", "", 130)


def row(n: int) -> Row:
    message_id, revenue = f"{n:08d}", f"{n + 1}.50"
    facts = f"-1\t0\t{n + 1}\ta.csv\t{message_id}\t{revenue}\tsale\t\t"
    body = f'{{"message_id":"{message_id}","revenue":{revenue},"attribution_type":"sale"}}'
    return Row(n, n + 1, "a.csv", message_id, revenue, facts, body)


def batches(count: int):
    return ((row(n),) for n in range(count))


class Run:
    """A posting with all its real parts, in a loop of its own, into a file that is its journal."""

    def __init__(
        self, url, path, *, rate=0.0, places=4, attempts=5, stop_after=20, resend=False, timeout_s=30.0, bulk=False
    ):
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self.client = Client(url, CANARY_KEY, timeout_s=timeout_s)
        self.slots = Slots()
        self.breaker = CircuitBreaker(
            self.slots,
            concurrency=places,
            attempts=attempts,
            outage_wait_s=900,
            stop_after=stop_after,
            is_answering=self.client.is_answering,
        )
        self.commit = GroupCommit(Appender(self.fd, 0, b""), rows_in_flight=0, on_failure=self.disk_failed)
        self.pool = WorkerPool(
            client=self.client,
            commit=self.commit,
            slots=self.slots,
            breaker=self.breaker,
            limiter=RateLimiter(rate, sleep=self.slots.sleep_unless_paused),
            concurrency=places,
            attempts=attempts,
            resend=resend,
            bulk=bulk,
            outage_wait_s=900,
            timing=Timing(),
        )

    def disk_failed(self, error):
        self.slots.end(Stop("disk", str(error)))

    async def close(self):
        await self.breaker.aclose()
        await self.client.aclose()
        self.commit.close()
        os.close(self.fd)

    async def until(self, condition):
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - it is another thread that makes it true
                await asyncio.sleep(0.005)


def go(url, path, script, rows=None, **options):
    """Run `script(run, task)` beside a posting of `rows`; returns the `Run` and what the posting raised."""
    count = 60 if rows is None else rows

    async def main():
        run = Run(url, path, **options)
        task = asyncio.create_task(run.pool.run(batches(count) if isinstance(count, int) else count))
        try:
            await script(run, task)
            began = time.monotonic()
            await asyncio.wait([task], timeout=ENOUGH_S)
            assert task.done(), "the posting hangs"
            run.took_s = time.monotonic() - began
            return run, task.exception()
        finally:
            await run.close()

    return asyncio.run(main())


async def stop(run, _task):
    await asyncio.sleep(0.3)
    run.slots.end(STOP)


# -- a stop reaches everybody ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "options"),
    [
        pytest.param([], {"rate": 0.5}, id="the rate limiter"),
        pytest.param([rule(stall(stored=False))], {"timeout_s": 0.6}, id="a slot, one at a time at the start"),
        pytest.param([rule(throttle("600"), nth=(2, None))], {}, id="the pause of a storm"),
        pytest.param([rule(throttle("600"), nth=2)], {"rows": 2}, id="a throttled row, all others done"),
        pytest.param([rule(api_error(500, "server_error"))], {"attempts": 99}, id="retries"),
        pytest.param(
            [rule(hang_up(), nth=(2, None)), rule(answer(503), endpoint="offers")], {"rows": 99}, id="the breaker"
        ),
    ],
)
def test_whoever_waits_learns_that_the_run_ends(tmp_path, rules, options):
    """Rows that wait for a permit, a slot, the end of a pause or their next attempt are let go at once, unsent."""
    with FaultServer(plan(*rules), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", stop, **options)
    assert (error, run.slots.in_flight) == (None, 0)
    assert run.took_s < 2


async def look_on(_run, _task):
    """Let it be."""


def test_to_be_throttled_is_no_attempt(tmp_path):
    """A row that is told to wait more often than it has attempts is posted in the end."""
    with FaultServer(plan(rule(throttle("0"), nth=(2, 5))), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", look_on, rows=2, attempts=2)
    assert (error, run.pool.counts.recorded, run.pool.counts.throttled) == (None, 2, 4)


@pytest.mark.parametrize(("kind", "counted"), [(throttle("0"), 4), (api_error(500, "server_error"), 4)])
def test_every_attempt_has_its_number_in_the_journal(tmp_path, kind, counted):
    """In the order in which they were made, from 1 on."""
    path = tmp_path / "journal"
    with FaultServer(plan(rule(kind, nth=(1, 3))), tmp_path / "ledger") as server:
        run, error = go(server.url, path, look_on, rows=1, attempts=9)
    assert (error, run.pool.counts.recorded) == (None, 1)
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert [line[2] for line in lines if line[0].endswith("I")] == [str(n) for n in range(1, counted + 1)]


def test_the_attempts_of_halves_go_on_from_the_whole(tmp_path):
    """A batch that was too large, of which the first half is throttled."""
    path = tmp_path / "journal"
    rules = (rule(answer(413), larger_than=1), rule(throttle("0"), nth=2))
    with FaultServer(plan(*rules), tmp_path / "ledger") as server:
        run, error = go(server.url, path, look_on, rows=iter([(row(0), row(1))]), places=1, bulk=True)
    assert (error, run.pool.counts.recorded) == (None, 2)
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert [(line[1], line[2]) for line in lines if line[0].endswith("I")] == [
        ("0", "1"), ("1", "1"), ("0", "2"), ("1", "2"), ("0", "3"),
    ]  # fmt: skip


def test_a_run_that_reaches_nobody_says_why(tmp_path):
    """What the system said of the last attempt is in the sentence."""
    run, error = go("http://127.0.0.1:1", tmp_path / "journal", look_on, rows=1, attempts=1)
    assert (error, run.slots.stop.word, "refused" in run.slots.stop.sentence) == (None, "unreachable", True)


def test_a_stop_of_the_breaker_reaches_rows_that_wait_for_their_next_attempt(tmp_path):
    """The breaker may end the run by itself, as after an outage that lasts too long; nobody else needs to notice."""

    async def end(run, _task):
        await run.until(lambda: run.pool.counts.throttled)
        await asyncio.sleep(0.1)
        run.slots.end(STOP)

    with FaultServer(plan(rule(throttle("600"), nth=2)), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", end, rows=2)
    assert error is None
    assert run.took_s < 2


def test_rows_that_wait_are_bounded_and_let_go(tmp_path, monkeypatch):
    """So many rows wait for their next attempt and no more; those in front of the door learn of a stop as well."""
    monkeypatch.setattr(worker, "WAITING_ROWS_A_SLOT", 2)

    async def script(run, _task):
        await asyncio.sleep(0.5)
        assert len(run.pool._waiting) == 4
        run.slots.end(STOP)

    with FaultServer(plan(rule(api_error(500, "server_error"))), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", script, places=2, attempts=99)
        first = {r["message_id"] for r in server.requests()}
    assert error is None
    assert run.took_s < 2
    assert len(first) <= 4 + 2


def test_a_second_stop_while_connecting(tmp_path):
    """Rows that are still connecting are cut short and stay unsent."""

    async def script(run, _task):
        await asyncio.sleep(0.2)
        run.slots.end(STOP)
        run.client.cut_short()

    with stalled_port() as port:
        run, error = go(f"http://127.0.0.1:{port}", tmp_path / "journal", script)
    assert (error, run.pool.counts.requests) == (None, 0)


# -- what must not happen ----------------------------------------------------------------------------------------------


def test_rows_that_cannot_be_read_end_the_run_with_what_was_wrong(tmp_path):
    """An exception from where rows come from is raised, once those in flight have ended."""

    def broken():
        yield from batches(5)
        raise OSError("the spool is gone")

    async def nothing(_run, _task):
        pass

    with FaultServer(plan(rule(success().but(delay_s=0.2))), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", nothing, rows=broken())
        assert len(server.ledger()) == run.pool.counts.recorded == 5
    assert isinstance(error, OSError)
    assert run.slots.stop.word == "mistake"


def test_a_disk_that_fails_stops_everything_and_nothing_hangs(tmp_path):
    """The journal fails while rows are in flight, wait for a slot, for their intent, and for their next attempt."""

    async def script(run, _task):
        await run.until(lambda: run.pool.counts.recorded >= 3)
        full = os.open("/dev/full", os.O_RDWR)
        os.dup2(full, run.fd)
        os.close(full)

    rules = [rule(api_error(500, "server_error"), nth=2), rule(success().but(delay_s=0.05))]
    with FaultServer(plan(*rules), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", script)
        before = len(server.requests())
        time.sleep(0.2)
        assert len(server.requests()) == before < 60
    assert error is None
    assert run.slots.stop.word == "disk"
    assert run.slots.in_flight == 0


def test_no_row_is_sent_after_a_stop(tmp_path):
    """Not even one whose intent is on disk: it is written down as unsent."""
    sent = []

    async def script(run, _task):
        post, put = run.client.post, run.commit.put

        async def counted(*args):
            sent.append(run.slots.stop)
            return await post(*args)

        def put_and_stop(line):
            if line.startswith(b"I") and len(sent) >= 5:
                run.slots.end(STOP)
            return put(line)

        run.client.post, run.commit.put = counted, put_and_stop

    with FaultServer(plan(), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", script)
        assert len(server.requests()) == len(sent) == run.pool.counts.requests
    assert error is None
    assert set(sent) == {None}


def test_the_breaker_does_not_wait_for_the_rate_limiter(tmp_path):
    """Rows that wait for a permit at a slow rate give up their slots when answers are lost; the probe comes at once."""

    async def script(run, _task):
        await run.until(lambda: run.breaker.state == "sending")
        for _ in range(3):
            run.breaker.rows_in_doubt(run.slots.epoch)
        await run.until(lambda: run.breaker.state == "careful")
        run.slots.end(STOP)

    began = time.monotonic()
    with FaultServer(plan(), tmp_path / "ledger") as server:
        _, error = go(server.url, tmp_path / "journal", script, rate=0.2, places=8)
    assert error is None
    assert time.monotonic() - began < 5 + ENOUGH_S, "eight permits take forty seconds"


def test_lost_answers_with_resend_end_in_doubt_when_attempts_are_spent(tmp_path):
    """Sent again as often as told, and then in doubt, not failed; one row at a time meanwhile."""

    async def nothing(_run, _task):
        pass

    with FaultServer(plan(rule(hang_up(stored=True))), tmp_path / "ledger") as server:
        run, error = go(server.url, tmp_path / "journal", nothing, rows=1, attempts=2, resend=True)
        assert len(server.ledger()) == 2
    assert (error, run.pool.counts.in_doubt, run.pool.counts.not_recorded) == (None, 1, 0)


# -- the end -----------------------------------------------------------------------------------------------------------


def scripted(path, first_steps, second_steps, error=None):
    """Post one row whose attempts take so many steps of the loop each; the second may fail. What the posting raised."""

    async def main():
        run = Run("http://127.0.0.1:9", path, places=1)

        async def work(_batches):
            run.pool._spawn_rerun(None)
            for _ in range(first_steps):
                await asyncio.sleep(0)

        async def rerun(_first):
            for _ in range(second_steps):
                await asyncio.sleep(0)
            if error is not None:
                raise error

        run.pool._work, run.pool._rerun = work, rerun
        try:
            await run.pool.run(iter(()))
        except ZeroDivisionError as raised:
            return raised
        finally:
            await run.close()

    return asyncio.run(main())


@pytest.mark.time_limit(10)
@pytest.mark.parametrize("second_steps", range(8))
def test_a_second_attempt_may_end_at_any_step_of_the_end(tmp_path, second_steps):
    """From Python 3.12 on, waiting for what has ended gives way to nobody: a task that ended must not be waited for."""
    for first_steps in range(8):
        assert scripted(tmp_path / "journal", first_steps, second_steps) is None


@pytest.mark.parametrize("first_steps", range(8))
def test_what_nobody_foresaw_in_a_second_attempt_is_raised(tmp_path, first_steps):
    """However long before the end it came."""
    mistake = ZeroDivisionError()
    assert scripted(tmp_path / "journal", first_steps, 2, mistake) is mistake
