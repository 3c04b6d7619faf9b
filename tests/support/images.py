"""What a power cut may leave of a journal: every prefix, every torn byte, sectors that never reached the disk.

A chunk is synced before the next is written, so only the last one can be damaged: `Recording` knows each chunk of a
real journal and what the server had seen before that chunk was durable, and `judge` says whether a run that reads
the damaged image could post again what was stored, or forget what was durable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.journal.history import load
from tests.faultserver.ledger import read_lines, requests_path
from tests.support.inputs import write_csv
from tests.support.oracle import OracleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

    from tests.faultserver.server import FaultServerProcess
    from tests.support.inputs import InputRow
    from tests.support.warm import Warm

SECTOR_BYTES = 512
_COMMIT = re.compile(rb"\n#[0-9a-f]{32}\n")
_INTENT = re.compile(rb"^I\t(\d+)\t\d+\t[^\t]*(?:\t[^\t]*){4}\t([^\t]*)\t", re.MULTILINE)
_OUTCOME = re.compile(rb"^D\t(\d+)\t\d+\t[^\t]*\t(recorded|rejected|pending)\t", re.MULTILINE)
Statuses = dict[str, str]


@dataclass(frozen=True)
class Recording:
    """The journal of a killed run, and the requests in the order in which the server saw them.

    `ends` are the ends of the chunks that were appended, the first entry being where appending began; `seen[k]` is
    how many requests had been seen when the k-th of them was written and not yet synced.
    """

    journal: bytes
    ends: list[int]
    seen: list[int]
    requests: list[dict[str, Any]]
    concurrency: int

    @classmethod
    def of(cls, journal: Path, watched: Path, ledger: Path, concurrency: int) -> Recording:
        """Read what a run with the saboteur's `watch` left behind."""
        content = journal.read_bytes().rstrip(b"\0")
        seen = [count for _, count in read_lines(watched)]
        ends = [match.end() for match in _COMMIT.finditer(content)]
        requests = read_lines(requests_path(ledger))
        return cls(content, ends[-len(seen) - 1 :], seen, requests, concurrency)

    def chunks(self) -> Iterator[tuple[int, int, int]]:
        """Of each appended chunk its number, beginning and end."""
        for number in range(len(self.seen)):
            yield number, self.ends[number], self.ends[number + 1]

    def judge(self, number: int, found: Statuses) -> None:
        """Judge what a reader makes of an image whose chunk `number` is damaged: message ids to statuses."""
        durable = self.journal[: self.ends[number]]
        ids = {n: message.decode() for n, message in _INTENT.findall(durable)}
        complaints = [
            f"{request['message_id']} was stored, and looks {found.get(request['message_id'], 'new')}"
            for request in self.requests[: self.seen[number]]
            if request["stored"] and found.get(request["message_id"]) not in ("recorded", "in_doubt")
        ]
        for n, status in _OUTCOME.findall(durable):
            if status != b"pending" and found.get(ids[n]) != status.decode():
                complaints.append(f"{ids[n]} was {status.decode()}, and looks {found.get(ids[n], 'new')}")
        complaints += [f"{message} was announced, and looks new" for message in ids.values() if message not in found]
        if list(found.values()).count("in_doubt") > self.concurrency:
            complaints.append(f"more than {self.concurrency} in doubt")
        if complaints:
            raise OracleError(f"chunk {number}: " + "; ".join(complaints))


def record(
    warm: Warm,
    server: FaultServerProcess,
    folder: Path,
    month: list[InputRow],
    *,
    concurrency: int,
    syncs: int = 18,
    breaks: dict[str, Any] | None = None,
) -> Recording:
    """Kill an import at one of its syncs, and keep what there is to know."""
    file, watched = write_csv(folder / "june.csv", month), folder / "watched"
    paths = [str(watched), str(requests_path(server.ledger_path))]
    command = ("import", file, "--base-url", server.url, "--rate", 0, "--concurrency", concurrency)
    died = warm.run(
        *command, cwd=folder, breaks={"die": ["fdatasync", syncs, "before"], "watch": paths, **(breaks or {})}
    )
    if died.exit >= 0:
        raise RuntimeError(f"it was not killed: {died}")
    return Recording.of(folder / "june.results.csv.journal", watched, server.ledger_path, concurrency)


def reader(folder: Path) -> Callable[[bytes], Statuses]:
    """What the product makes of a journal."""
    path = folder / "image.journal"

    def read(image: bytes) -> Statuses:
        path.write_bytes(image)
        return dict(load(path).live.select("message_id", "status").iter_rows())

    return read


def prefixes(recording: Recording, number: int, step: int = 1) -> Iterator[bytes]:
    """The journal cut at every (`step`-th) byte of a chunk, its end claimed and unwritten every other time."""
    _, begin, end = next(chunk for chunk in recording.chunks() if chunk[0] == number)
    for length in sorted({*range(begin, end, step), *range(end - 40, end)}):
        yield recording.journal[:length] + (b"\0" * 600 if length % 2 else b"")


def lost_sectors(recording: Recording, number: int, random: Random) -> bytes:
    """The journal with a chunk of which some sectors, or parts as small as 64 bytes, never reached the disk."""
    _, begin, end = next(chunk for chunk in recording.chunks() if chunk[0] == number)
    image = bytearray(recording.journal[:end])
    size = random.choice([64, SECTOR_BYTES])
    for start in range(begin - begin % size, end, size):
        if random.random() < 0.4:
            low, high = max(start, begin), min(start + size, end)
            image[low:high] = bytes(high - low)
    return bytes(image[: random.randint(begin, end)] if random.random() < 0.3 else image)


def check(recording: Recording, number: int, images: Iterator[bytes], read: Callable[[bytes], Statuses]) -> int:
    """Judge all images; returns how many there were."""
    count = 0
    for image in images:
        recording.judge(number, read(image))
        count += 1
    return count
