"""Who approved a plan where people log in to do so: the page tells the run that it starts, the run its journal."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

APPROVAL = "REVENUE_IMPORTER_APPROVAL"
"""The variable in which a run is told, by the process that started it. No option: whoever types a command is not asked
for a password, so that a name of theirs would say less than it seems to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A plan that somebody approved: `by` whom and when (`at`, UTC), and who had prepared it.

    `alone` where it was one person: who approved it had a hand in it.
    """

    plan: str
    by: str
    at: str
    prepared_by: str
    alone: bool = False

    def to_text(self) -> str:
        """What `from_text` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Approval | None:
        """The approval that a run was told of; None where there is none that can be read."""
        try:
            return cls.from_json(json.loads(text))
        except ValueError:
            return None

    @classmethod
    def from_json(cls, facts: Mapping[str, Any] | None) -> Approval | None:
        """The approval that an event tells; None where there is none."""
        try:
            return cls(**facts) if facts else None
        except TypeError:
            return None
