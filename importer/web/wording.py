"""The words of the page: what a state means, and what an event of the audit trail says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.text import rows_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.web.events import Event


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state as people read it: its name, what is to be done, its tone (`good`, `open`, `bad`), its step's number."""

    name: str
    next: str
    tone: str
    step: int


STEPS = ("Upload", "Columns", "Check", "Approve", "Run", "Done")
STATES = {
    "new": StateWords("Upload the file", "Nothing is here yet. Start with the file of the month.", "open", 0),
    "uploaded": StateWords(
        "Ready to check",
        "Type the control totals and look at the columns, then check. A check posts nothing.",
        "open",
        1,
    ),
    "checked": StateWords("Checked", "Look at the figures, then submit them for approval.", "open", 2),
    "submitted": StateWords("Waiting for approval", "", "open", 3),
    "approved": StateWords("Approved", "The run may start.", "open", 4),
    "running": StateWords("Posting rows", "This page may be closed: the run goes on.", "open", 4),
    "interrupted": StateWords("Not finished", "The run ended early. Continue: no row is posted twice.", "bad", 4),
    "needs_a_person": StateWords(
        "Needs a person", "Some rows cannot be settled by the program. Each says what to look up.", "bad", 5
    ),
    "done": StateWords("Done", "Every row is accounted for. Download the report and keep it.", "good", 5),
}
BEFORE = {
    "checked": "Nothing is posted yet.",
    "submitted": "Nothing is posted before somebody has approved it.",
    "approved": "",
}
"""Of states before a run: what is posted, as long as no run has posted anything."""
AGAIN = {
    "checked": "What is recorded stays so, and is not posted again.",
    "submitted": "What is recorded is not posted again, and no more is posted before somebody has approved it.",
    "approved": "What is recorded is not posted again.",
}
"""The same once one has."""

_SAYS = "Who runs this page looks after that; then continue."
STOPPED = {
    "key_refused": f"The API refused the key. {_SAYS}",
    "account_refused": f"The API refused the account. {_SAYS}",
    "proxy_refused": f"The proxy on the way to the API refused. {_SAYS}",
    "wrong_url": f"The API was not found at its address. {_SAYS}",
    "gateway_refused": f"Something on the way to the API refused the requests, and it is not the API. {_SAYS}",
    "certificate": f"The certificate of the API is not trusted. {_SAYS}",
    "unreachable": "The API cannot be reached. Continue later.",
    "outage": "The API lost answers, and did not come back. Continue later.",
    "throttled": "The API asks to wait, or answered nothing but “too many requests”. Continue later.",
    "doubts": "Too many answers were lost. Look the rows in doubt up first: who runs this page finds out why.",
    "too_many_failures": "Too many rows in a row ended badly. Look at the reasons below before you continue.",
    "disk": "The disk of this page's computer refused. Who runs this page makes room; then continue.",
    "mistake": "Something unforeseen happened. Ask who runs this page to look at its log.",
}
"""Why a run stopped, by the word that the journal has for it."""


KINDS = {
    "matched": ("Matched", "The vendor has them as they were sent."),
    "settled_recorded": ("In doubt, and recorded", "The export proves it."),
    "settled_not_recorded": ("In doubt, and not recorded", "The export proves it."),
    "open": ("In doubt still", "The export proves neither."),
    "only_in_file": ("Missing at the vendor", "Recorded here, and not in the export."),
    "only_at_vendor": ("Only at the vendor", "In the export, and never sent from here."),
    "stored_twice": ("Stored twice", "The vendor has them more often than they were sent."),
    "amount_differs": ("Other amount", "The vendor has another amount."),
    "time_differs": ("Other time", "The vendor has another time."),
}
"""What a comparison with the vendor's records finds: its name, and what it means."""


def said_options(options: dict[str, list[str]]) -> list[str]:
    """Options as a command line says them, which the words of the page are made of."""
    return [f"--{name} {value}" for name, values in options.items() for value in values]


def event_text(event: Event) -> str:
    """What happened, as a sentence without its subject."""
    text = _TEXTS.get(event.what)
    return text(dict(event.facts)) if text is not None else event.what.replace("_", " ")


Facts = dict[str, Any]  # JSON


def _uploaded(facts: Facts) -> str:
    return (
        f"uploaded {facts['name']}, {facts['bytes']:,} bytes, as version {facts['version']} (SHA-256 {facts['sha256']})"
    )


def _options(facts: Facts) -> str:
    text = "chose the options: " + (", ".join(said_options(facts["options"])) or "none")
    for what in ("added", "removed"):
        if changed := facts.get(what):
            text += f"; {what}: {', '.join(changed)}"
    return text


def _checked(facts: Facts) -> str:
    if facts["failure"]:
        return f"got no plan from the check: {facts['failure']}"
    return f"checked version {facts['version']}: plan {facts['plan']}"


def _started(facts: Facts) -> str:
    limit = f", of {facts['limit']:,} rows at most" if facts["limit"] else ""
    return f"started run {facts['run']}{limit}, of plan {facts['plan']}"


def _verdict(facts: Facts) -> str:
    which = f"row {facts['row']}" if "row" in facts else f"message {facts.get('message_id', '')}"
    if "rows" in facts:
        which = rows_text(facts["rows"]) + (f", by the export {facts['export']}" if facts.get("export") else "")
    return f"gave the verdict {facts['verdict'].replace('_', ' ')} on {which}: {facts['why']}"


def _export(facts: Facts) -> str:
    what = f"{facts['name']}, an export of the vendor's records"
    return f"uploaded {what}, {facts['bytes']:,} bytes (SHA-256 {facts['sha256']})"


def _compared(facts: Facts) -> str:
    if facts["failure"]:
        return f"got nothing from the comparison: {facts['failure']}"
    chosen = ", ".join(said_options(facts["options"]))
    return f"compared with export {facts['export']}" + (f", with the options: {chosen}" if chosen else "")


_TEXTS: dict[str, Callable[[Facts], str]] = {
    "created": lambda facts: f"began the import “{facts['name']}”",
    "created_options": lambda _facts: "began without options",
    "uploaded": _uploaded,
    "options": _options,
    "checking": lambda _facts: "asked for a check",
    "checked": _checked,
    "submitted": lambda facts: f"submitted version {facts['version']} for approval",
    "approved": lambda facts: f"approved plan {facts['plan']}",
    "returned": lambda facts: f"returned it: {facts['why']}",
    "asked_to_run": lambda _facts: "asked for a run",
    "left_the_line": lambda _facts: "took it out of the line",
    "started": _started,
    "stopping": lambda facts: f"asked run {facts['run']} to stop",
    "ended": lambda facts: f"run {facts['run']} ended with exit status {facts['exit']}",
    "verdict": _verdict,
    "judging": lambda _facts: "said that rows were not recorded",
    "not_taken": lambda _facts: "was told that this verdict was not taken",
    "export": _export,
    "comparing": lambda _facts: "asked for a comparison with the export",
    "compared": _compared,
    "refused": lambda facts: f"was refused a step ({facts['step']}): {facts['why']}",
}
