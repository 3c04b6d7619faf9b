"""The profiles that come with the program: how the exports of affiliate networks are to be read."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent
_SUFFIX = ".toml"


def names() -> list[str]:
    """The names of the networks."""
    return sorted(file.stem for file in _FOLDER.glob(f"*{_SUFFIX}"))


def path_of(profile: str) -> str:
    """Return the path of a profile by what somebody called it: a network's bare name, or a path of their own.

    A file of one's own that is called like a network is named with its folder: `./awin`.
    """
    return str(_FOLDER / f"{profile.lower()}{_SUFFIX}") if profile.lower() in names() else profile
