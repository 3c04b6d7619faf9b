"""A few simulated histories, fresh ones among them, and that the simulation would notice a product that cheats."""

from __future__ import annotations

import time

import pytest

from importer.api.wire.connections import Connections
from tests.simulation.choices import Choices, shortest
from tests.simulation.clock import SimulatedLoop
from tests.simulation.controls import CONTROLS, found
from tests.simulation.crashes import live, shortest_of
from tests.simulation.history import Options

KNOWN = (1, 3, 8)
# Seeds from which on each mistake is found soon.
FIRST = dict.fromkeys(CONTROLS, 0) | {"a gateway believed": 20}
FRESH = 2


def lived(seed: int, steps: int = 60) -> dict[str, int]:
    print(f"python -m tests.simulation {seed}")
    choices = Choices(seed)
    figures, broken, _ = live(choices, steps)
    if broken:
        shorter, told = shortest_of(choices.made, limit_s=20)
        pytest.fail(
            "\n".join([f"seed {seed}: {broken}", "the shortest history that breaks a promise:", *told, shorter])
        )
    return figures


@pytest.mark.parametrize("seed", KNOWN)
def test_every_crash_keeps_every_promise(seed):
    """Nothing is stored twice, nothing recorded that is not stored, nothing lost, and few rows are in doubt."""
    assert lived(seed)["crash points"] > 20


def test_fresh_seeds_keep_every_promise():
    """The same for seeds that nobody has tried: what fails here fails again under its number."""
    first = time.time_ns() // 1_000_000
    assert sum(lived(seed, 15)["histories"] for seed in range(first, first + FRESH)) == FRESH


@pytest.mark.parametrize("control", CONTROLS)
def test_a_product_that_cheats_is_found_out(control):
    """The negative controls: each mistake breaks a promise within seconds."""
    assert found(control, FIRST[control], limit_s=45).broken


def test_a_seed_is_one_history():
    """The same seed leads to the same choices, and so to the same words and figures."""
    with CONTROLS["outcomes kept in memory"]():
        one, other = Choices(0), Choices(0)
        lived = live(one, 10)
        assert live(other, 10) == lived
        assert live(Choices(told=one.made), 10) == lived


def test_what_fails_is_made_short():
    """Of many choices only those are left without which nothing fails, as small as they can be."""
    made = [Choices(7).below(50) for _ in range(40)]
    assert shortest([*made, 33, *made, 44], lambda told: sum(number >= 33 for number in told) >= 2) == [33, 33]


def test_chosen_options_are_harmless_by_themselves():
    """Where nothing is told, one row is sent in fine weather: what a shrunk history is made of."""
    options = Options.chosen(Choices(), 0.0)
    assert (len(options.rows), options.bulk, options.interrupts, options.weather_at(0.0)) == (1, None, (), "fine")


def test_idle_connections_are_let_go_when_their_timer_is_due():
    """To the last bit of the clock: a timer that comes due just before the time is over would be set again for ever."""
    turns = 0

    class Idle:
        def __init__(self, since: float) -> None:
            self.idle_since, self.was_closed = since, False

        def is_open(self) -> bool:
            return True

        def close(self) -> None:
            self.was_closed = True

    async def main(loop: SimulatedLoop) -> bool:
        nonlocal turns
        connections, link = Connections(None), Idle(0.0)
        loop.now = 3.465052180902799
        connections.give_back(link, succeeded=False)
        while not link.was_closed and turns < 50:
            turns += 1
            at = connections._timer_at
            loop.now = at
            connections._let_go()
        return link.was_closed

    loop = SimulatedLoop(Choices(), 0.0)
    assert loop.run(main(loop))
    assert turns == 1
