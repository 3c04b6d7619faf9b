"""Four people at the page at once: `python -m tests.soak.page [SCALE]`, 1 being ten minutes of random clicks.

Two preparers, an approver and an auditor do whatever they can think of, in any order and often twice, while answers are
lost and runs are stopped. The ledger is the judge: no row is stored twice, none that nobody approved, none is lost; and
a page that is started anew knows what the one before knew.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from importer.web import Role, UserFile
from tests.faultserver.plan import api_error, hang_up, plan, rule, success
from tests.faultserver.server import FaultServerProcess
from tests.support.command import start
from tests.support.soaking import run_all, say
from tests.web.person import PASSWORD, at, kill_children
from tests.web.test_runs import csv

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.person import Person

MINUTES = 10
PEOPLE = {"pia": Role.PREPARER, "paul": Role.PREPARER, "anna": Role.APPROVER, "otto": Role.AUDITOR}
_MOST_IMPORTS = 40
_SETTLE_S = 600
_DUE = {
    "uploaded": "check", "checked": "submit", "submitted": "approve", "approved": "run", "interrupted": "run",
    "needs_a_person": "run",
}  # fmt: skip
_STEPS = ("check", "submit", "approve", "return", "run", "stop", "compare", "apply")
_PAGES = ("", "/columns", "/rows", "/problems", "/doubts", "/compare", "/audit", "/report.html", "/results", "/rejects")
_FINE = {200, 201, 303, 400, 404, 409, 413, 429}
_NOT_ALLOWED = ("hand in this version", "not for the role", "not your password")
_FAULTS = plan(
    rule(hang_up(stored=True), chance=0.01),
    rule(hang_up(stored=False), chance=0.01),
    rule(api_error(400, "message_not_found"), chance=0.02),
    rule(success().but(delay_s=0.05)),
)


@dataclass(slots=True)
class House:
    """What the four share: the imports, the rows that each has, and what they saw."""

    server: FaultServerProcess
    most: int
    paths: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def new_rows(self, count: int) -> bytes:
        """A file of rows that no other import has."""
        with self.turn:
            self.seen["rows"] += count
            return csv(count, start=self.seen["rows"] - count)

    def stored(self) -> set[str]:
        """What the vendor has: who looks a row up sees that."""
        return {str(record["message_id"]) for record in self.server.ledger()}


class Clicker:
    """One person, who clicks at random until it is time."""

    def __init__(self, house: House, person: Person, name: str, random: Random) -> None:
        self._house, self._person, self._name, self._random = house, person, name, random
        self._does: dict[Role, list[Callable[[], Any]]] = {
            Role.PREPARER: [self._begin, self._upload, self._choose, *[self._due] * 9, *[self._step] * 3, self._judge],
            Role.APPROVER: [*[self._due] * 4, self._step, self._judge, self._look],
            Role.AUDITOR: [self._look, self._look, self._forbidden],
        }

    def click(self, until: float) -> None:
        """Do something at random, until it is time."""
        try:
            while time.monotonic() < until:
                self._random.choice(self._does[PEOPLE[self._name]])()
                if self._random.random() < 0.4:
                    self._look()
        except Exception as error:  # a thread's error is the campaign's
            self._house.broken.append(f"{self._name}: {type(error).__name__}: {error}")

    def _told(self, what: str, answer: Any) -> Any:
        with self._house.turn:
            self._house.seen[f"{what} {'taken' if answer.status_code < 400 else 'not taken'}"] += 1
            is_own = answer.status_code == 403 and any(words in answer.text for words in _NOT_ALLOWED)
            if answer.status_code not in _FINE and not is_own:
                self._house.broken.append(f"{self._name}, {what}: {answer.status_code} {answer.text[:200]}")
        return answer

    def _path(self) -> str | None:
        with self._house.turn:
            return self._random.choice(self._house.paths) if self._house.paths else None

    def _begin(self) -> None:
        if len(self._house.paths) >= self._house.most:
            return
        answer = self._told("begin", self._person.post("/imports", name=f"import of {self._name}"))
        path = str(answer.headers["location"])
        with self._house.turn:
            self._house.paths.append(path)
        self._bring(path, self._house.new_rows(self._random.randint(3, 60)))

    def _bring(self, path: str, data: bytes) -> None:
        answer = self._told("upload", self._person.put(f"{path}/file?name=june.csv", data))
        if answer.status_code == 201:
            with self._house.turn:
                self._house.files[path] = data

    def _upload(self) -> None:
        """Another version, with more rows; or the file of another import, which the overlap guard must find."""
        path = self._path()
        if path is None:
            return
        with self._house.turn:
            known = self._house.files.get(
                self._random.choice(self._house.paths if self._random.random() < 0.3 else [path])
            )
        more = self._house.new_rows(self._random.randint(1, 9)).split(b"\n", 1)[1]
        self._bring(path, (known or csv(1, start=0)) + b"\n" + more)

    def _choose(self) -> None:
        if path := self._path():
            options = self._random.choice(
                [{}, {"timezone": "Europe/Berlin"}, {"concurrency": "4"}, {"expect-rows": "7"}]
            )
            self._told("options", self._person.post(f"{path}/options", **options))

    def _step(self) -> None:
        """Any step, due or not, and now and then twice at once."""
        path = self._path()
        if path is None:
            return
        step = self._random.choice(_STEPS)
        form = {"limit": self._random.choice(["", "", "5"])} if step == "run" else {"why": "because"}
        for _ in range(self._random.choice([1, 1, 2])):
            self._told(step, self._person.post(f"{path}/{step}", **form))

    def _due(self) -> None:
        """The step that the page offers, as most people do."""
        if path := self._path():
            state = self._person.state(path)
            step = _DUE.get(state["state"], "submit")
            if step != "approve" or PEOPLE[self._name] is Role.APPROVER:
                form = {"plan": state["plan"] or "", "password": PASSWORD} if step == "approve" else {}
                self._told(step, self._person.post(f"{path}/{step}", **form))

    def _judge(self) -> None:
        """What the vendor's dashboard shows of a row in doubt."""
        path = self._path()
        if path is None or "in_doubt" not in ((self._person.state(path)["summary"] or {}).get("by_status") or {}):
            return
        judge(self._house, self._person, path, self._told)

    def _look(self) -> None:
        path = self._path()
        place = self._random.choice(_PAGES)
        self._told("look", self._person.get("/" if path is None else path + place))

    def _forbidden(self) -> None:
        path = self._path()
        if path is None:
            return
        answer = self._person.post(f"{path}/{self._random.choice(_STEPS)}", plan="x", password=PASSWORD)
        if answer.status_code != 403:
            self._house.broken.append(f"the auditor was let: {answer.status_code}")


def judge(house: House, person: Person, path: str, told: Callable[[str, Any], Any]) -> None:
    """Say of each row in doubt whether the vendor has it."""
    rows = [line.split(",") for line in person.get(f"{path}/results").text.splitlines()]
    if len(rows) < 2 or "status" not in rows[0]:
        return
    number, message, status = (rows[0].index(name) for name in ("row", "message_id", "status"))
    for row in rows[1:]:
        if row[status] == "in_doubt":
            name = row[message].removeprefix("'")
            verdict = "recorded" if name in house.stored() else "not_recorded"
            which = {"row": row[number]} if row[number] else {"message_id": name}
            form = {"verdict": verdict, "why": "looked up", "sure": "yes", **which}
            told("verdict", person.post(f"{path}/doubts", **form))


def clicks(scale: float) -> str:
    """Click, then bring every import to its end that somebody approved; and let the ledger judge."""
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        data, users = Path(name) / "data", Path(name) / "users.json"
        for who, role in PEOPLE.items():
            UserFile(users).add(who, role, PASSWORD)
        with FaultServerProcess(_FAULTS, Path(name) / "server" / "ledger") as server:
            house, command = (
                House(server, max(8, round(_MOST_IMPORTS * scale))),
                ("serve", "--data", data, "--port", 0, "--users", users),
            )
            command = (*command, "--base-url", server.url)
            try:
                with start(*command) as serving:
                    people = {who: _fresh(at(serving)) for who in PEOPLE}
                    _click(house, people, MINUTES * 60 * scale)
                    server.replan(plan())
                    _settle(house, people)
                    before = [people["otto"].state(path) for path in house.paths]
                    told = serving.stderr_so_far().decode()
                    assert "Traceback" not in told, told[-3000:]
                with start(*command) as serving:
                    otto = at(serving)
                    otto.log_in("otto")
                    _judge(house, data, before, [otto.state(path) for path in house.paths])
            finally:
                kill_children(data)
        return ", ".join(f"{what} {number:,}" for what, number in sorted(house.seen.items()))


def _fresh(person: Person) -> Person:
    """With a connection for each request: one that was kept may be closed just when it is used again."""
    base = person.headers["Origin"]
    person.client = httpx.Client(base_url=base, timeout=120, limits=httpx.Limits(max_keepalive_connections=0))
    return person


def _click(house: House, people: dict[str, Person], seconds: float) -> None:
    until = time.monotonic() + seconds
    for who, person in people.items():
        assert person.log_in(who).status_code == 303
    clickers = [Clicker(house, person, who, Random(who)) for who, person in people.items()]
    threads = [threading.Thread(target=clicker.click, args=(until,)) for clicker in clickers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if house.broken:
        raise AssertionError(house.broken[:5])
    say(f"{sum(house.seen.values()):,} clicks, {len(house.paths)} imports")


def _settle(house: House, people: dict[str, Person]) -> None:
    """Bring to its end what was begun: as people do, and without asking for a thing that is not due."""
    deadline = time.monotonic() + _SETTLE_S
    open_ = list(house.paths)
    while open_:
        if time.monotonic() > deadline:
            raise AssertionError([people["otto"].state(path) for path in open_][:3])
        open_ = [path for path in open_ if not _goes_on(house, people, path)]


def _goes_on(house: House, people: dict[str, Person], path: str) -> bool:
    """Take the next step of an import; whether there is none."""
    state = people["pia"].state(path)
    if state["state"] == "running" or state["busy"] or state["waiting"]:
        time.sleep(0.2)
        return False
    if state["problem"] and state["state"] in {"uploaded", "approved"}:
        return not _mended(people["pia"], path, state["problem"])
    step = _DUE.get(state["state"])
    if step is None:
        return True
    if step in {"run", "submit"}:
        judge(house, people["paul"], path, lambda _what, answer: answer)
    form = {"plan": state["plan"] or "", "password": PASSWORD} if step == "approve" else {}
    answer = people["anna" if step == "approve" else "pia"].post(f"{path}/{step}", **form)
    if step == "run":
        time.sleep(0.2)
    return answer.status_code == 403  # she gave a verdict on it


def _mended(pia: Person, path: str, problem: str) -> bool:
    """Take wrong control totals out. Rows that another import has posted are refused, and stay so."""
    if "control total" not in problem:
        return False
    pia.post(f"{path}/options")
    pia.post(f"{path}/check")
    return True


def _judge(house: House, data: Path, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    stored = Counter(str(record["message_id"]) for record in house.server.ledger())
    twice = [message for message, times in stored.items() if times > 1]
    assert not twice, twice
    told = [(name, was[name], now[name]) for was, now in zip(before, after, strict=True) for name in was]
    lost = [one for one in told if one[1] != one[2]]
    assert not lost, lost
    events = [json.loads(line) for line in (data / "events.jsonl").read_text("utf-8").splitlines()]
    for state in after:
        _judge_one(state, [event for event in events if event["import"] == state["id"]], data, set(stored))
    done = sum(state["state"] == "done" for state in after)
    house.seen["stored"], house.seen["imports done"] = len(stored), done
    assert done, "nobody came to the end of anything"


def _judge_one(state: dict[str, Any], events: list[dict[str, Any]], data: Path, stored: set[str]) -> None:
    approved: set[str] = set()
    for event in events:
        if event["what"] == "approved":
            assert event["who"] == "anna"
            approved.add(event["plan"])
        if event["what"] == "started":
            assert event["plan"] in approved, "a run of what nobody approved"
    started, ended = (sum(event["what"] == what for event in events) for what in ("started", "ended"))
    assert started == ended, (started, ended)
    results = data / "results" / f"{state['id']}.results.csv"
    if not results.exists():
        return
    header, *lines = [line.split(",") for line in results.read_text("utf-8").splitlines()]
    for line in lines:
        row = dict(zip(header, line, strict=False))
        if row["status"] == "recorded":
            assert row["message_id"].removeprefix("'") in stored, row


def main(scale: float = 1.0) -> None:
    """Run it, or fail."""
    run_all((clicks,), scale)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
