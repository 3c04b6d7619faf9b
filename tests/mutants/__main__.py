"""The command line: see `python -m tests.mutants --help`."""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter

import tests.mutants
from tests.mutants.session import ROOMS, Session, word


def main() -> None:
    """Print what survived in each room, and the figures."""
    options = _parser().parse_args()
    for room in [options.room] if options.room else ROOMS:
        session = Session(room, options.sample, options.seed)
        results = session.by_the_room(again=options.again)
        for result in results:
            if word(result) == "survived":
                print(result.diff)
        print(f"{room}: {dict(Counter(map(word, results)))} by the tests of the room", flush=True)
        if options.whole:
            print(f"{room}: {dict(Counter(map(word, session.by_the_suite())))} by the whole suite", flush=True)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "tests.mutants", description=tests.mutants.__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("room", nargs="?", choices=ROOMS, help="all five, one after the other, if none is named")
    parser.add_argument("sample", nargs="?", type=int, default=40, help="how many mistakes of a room")
    parser.add_argument("seed", nargs="?", type=int, default=1, help="which ones")
    parser.add_argument("--again", action="store_true", help="survivors meet code and tests as they are now")
    parser.add_argument("--whole", action="store_true", help="then they meet the tests of the other rooms")
    return parser


if __name__ == "__main__":
    main()
