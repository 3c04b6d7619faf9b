"""A history by a seed, a crash at every step of it, what may then be on disk, and the run that continues."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from importer.errors import JournalError
from importer.journal import load
from tests.simulation import judging
from tests.simulation.choices import Choices, shortest
from tests.simulation.disk import Images
from tests.simulation.history import Known, Options, Run, Step, known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.simulation.vendor import Posted

_TORN = 3
_MOST_STEPS, _MOST_STEPS_LATER = 60, 12
_SHM = Path("/dev/shm")
_BEGAN_AT, _LATER = 1_000.0, 200_000.0
"""By the clock: the first run, and the runs that continue, when every outage is over."""
_CRASH_AGAIN_PER_CENT = 5
_ROOM = bytes(4096)


@dataclass
class History:
    """What a seed, or a list of choices, leads to: `go` raises `BrokenError` at the first broken promise.

    `told` are the words of the history, up to where it breaks. Of a long history `most_steps` are crashed at.
    """

    choices: Choices
    folder: Path
    most_steps: int = _MOST_STEPS
    figures: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def go(self) -> None:
        """The run, a crash at every step, and the runs that continue."""
        self.figures["histories"] += 1
        run = self._run(Options.chosen(self.choices, _BEGAN_AT), self.choices)
        run.disk.get_ill(self.choices)
        with self._telling(run.told):
            run.go()
            judging.check(judging.after_a_run(run, run.known()))
        self._crash(run, Choices(seed=0))

    def _run(self, options: Options, choices: Choices, image: bytes = b"", before: Sequence[Posted] = ()) -> Run:
        folder = self.folder / f"{next(self._numbers)}"
        folder.mkdir()
        path = folder / "june.results.csv.journal"
        path.write_bytes(image)
        self.figures["runs"] += 1
        return Run(options, path, choices, _LATER if before or image else _BEGAN_AT, before)

    def _crash(self, run: Run, choices: Choices, *, again: bool = False) -> None:
        """At every step, or at some of a run that continued another one."""
        images = Images(run.disk.calls, run.first_inode, run.first)
        every = max(1, len(run.steps) // (_MOST_STEPS_LATER if again else self.most_steps))
        judged = set[tuple[int, bool, bytes]]()
        continued = set[tuple[object, ...]]()
        for step in run.steps[::every]:
            for image in images.after(step.calls, choices, _TORN):
                self.figures["crash points"] += 1
                text = _written(image)
                what = step.posted, len(image) > len(text), text
                if what not in judged:
                    judged.add(what)
                    with self._telling(
                        [*run.told[: step.lines], f"it crashes; {len(image)} bytes of journal are left"]
                    ):
                        self._judge(run, step, image, continued, choices, again=again)

    def _judge(
        self, run: Run, step: Step, image: bytes, continued: set[tuple[object, ...]], choices: Choices, *, again: bool
    ) -> None:
        """What a crash left, and the run that continues, once for each thing that may be known."""
        posted = run.vendor.posted[: step.posted]
        found = self._known(image)
        self.figures["judged"] += 1
        judging.check(judging.after_a_crash(run, found, posted))
        state = step.posted, tuple(found.items())
        if state not in continued:
            continued.add(state)
            self._continue(run, posted, image, choices, again=again)

    def _known(self, image: bytes) -> dict[str, Known]:
        """What the product makes of a journal."""
        path = self.folder / "image.journal"
        text = _written(image)
        path.write_bytes(text + b"\0" * (len(image) > len(text)))
        try:
            return known(load(path))
        except JournalError as error:
            raise judging.BrokenError(f"the journal cannot be read: {error}") from error

    def _continue(self, run: Run, posted: Sequence[Posted], image: bytes, choices: Choices, *, again: bool) -> None:
        """The next run, of the input in another order; some meet bad weather, and crash as well."""
        is_flaky = not again and choices.chance(_CRASH_AGAIN_PER_CENT)
        weather = ((_LATER * 2, "flaky"),) if is_flaky else ()
        options = replace(run.options, rows=run.options.rows[::-1], weather=weather, interrupts=(), rate=0.0)
        later = self._run(options, choices if is_flaky else Choices(), image, posted)
        with self._telling(later.told):
            later.go()
            check = judging.after_a_run if is_flaky else judging.after_all
            judging.check(check(later, later.known()))
        if is_flaky:
            self._crash(later, choices, again=True)

    @contextmanager
    def _telling(self, told: list[str]) -> Iterator[None]:
        """Keep the words of the history if it breaks within."""
        try:
            yield
        except judging.BrokenError:
            self.told = [*told, *self.told]
            raise


def _written(image: bytes) -> bytes:
    """A journal without the room that was set aside behind it, which is most of it."""
    end = len(image)
    while end >= len(_ROOM) and image[end - len(_ROOM) : end] == _ROOM:
        end -= len(_ROOM)
    return image[:end].rstrip(b"\0")


def live(choices: Choices, most_steps: int = _MOST_STEPS) -> tuple[Counter[str], str, list[str]]:
    """Live a history: its figures, what broke (empty: nothing), and its words up to there."""
    memory = str(_SHM) if _SHM.is_dir() else tempfile.gettempdir()
    with tempfile.TemporaryDirectory(prefix="simulated-", dir=memory) as name, mock.patch("tempfile.tempdir", memory):
        history = History(choices, Path(name), most_steps)
        try:
            history.go()
        except judging.BrokenError as error:
            return history.figures, str(error), history.told
        return history.figures, "", []


def shortest_of(made: Sequence[int], limit_s: float = 60.0) -> tuple[str, list[str]]:
    """What breaks in the shortest history that is found within `limit_s` seconds, and its words."""
    best = shortest(made, lambda told: bool(live(Choices(told=told))[1]), limit_s)
    _, broken, told = live(Choices(told=best))
    return broken, told
