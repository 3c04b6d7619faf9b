"""What the command says, in the words of the page: options by the labels of the form, results by their imports' names.

What a person reads here must be possible here: whoever follows a sentence finds what it names on the page, or is sent
to who runs it.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from importer.web.events import EventLog
    from importer.web.folder import DataFolder

LABELS = {
    "expect-rows": "Control total: rows", "expect-total": "Control total: revenue", "map": "Column of the file",
    "set": "The same in every row", "decimal": "How amounts are written", "timezone": "Time zone of the file",
    "timestamp-format": "Form of dates", "period": "Period", "max-revenue": "Largest amount",
    "ambiguous": "A local time that a clock change makes happen twice", "profile": "Where the file comes from",
    "duplicates": "Rows that are equal to an earlier one", "hidden": "Rows that a workbook hides",
    "where": "Only rows with", "currency": "Only amounts in", "ignore": "Columns to ignore",
    "null": "Words for an empty cell", "value": "Words of the file", "keep": "Columns to repeat in the results",
    "key": "Columns that make equal rows different events", "sheet": "Sheets of a workbook",
    "skip-rows": "Lines above the header", "columns": "Columns of a file without a header",
    "delimiter": "What separates cells", "escape": "A backslash before a quote",
    "already": "Other imports to compare",
    "any-message-id": "Take message ids that are not 8 characters",
    "strict": "Post nothing while any row is invalid or held",
    "check-offers": "Ask the API whether the account has these offers",
    "allow-tune": "Take an export of TUNE, which the vendor may fetch itself",
    "retry-rejected": "Post rows again that the API refused earlier",
    "allow-missing": "Go on although recorded rows are not in this version of the file",
    "in-doubt": "Rows whose answer was lost", "overlap": "Rows that other results record already",
    "rate": "Requests a second", "concurrency": "Requests at once", "timeout": "Seconds to wait for an answer",
    "attempts": "Tries of one row", "outage-wait": "Seconds to wait for an API that is away",
    "stop-after": "Bad ends in a row that stop a run", "bulk": "Rows in one request",
}  # fmt: skip
"""What the form of the columns calls each option."""
CHOICES = {
    "decimal": (
        ("", "found in the file; asked where it is not clear"), ("point", "1,234.56"), ("comma", "1.234,56"),
    ),
    "ambiguous": (("", "is not posted"), ("earliest", "is the earlier one"), ("latest", "is the later one")),
    "profile": (
        ("", "no network of these"), ("awin", "Awin"), ("cj", "CJ"), ("everflow", "Everflow"), ("rakuten", "Rakuten"),
    ),
    "duplicates": (
        ("", "hold for a decision"), ("skip", "leave out: they are the same event"),
        ("post", "post: they are events of their own"),
    ),
    "hidden": (("", "ask"), ("read", "read them"), ("skip", "leave them out")),
    "escape": (("", "is text"), ("backslash", "makes it a part of the cell")),
    "in-doubt": (
        ("", "are held until a person has looked them up"), ("resend", "are posted again: they may count twice"),
    ),
    "overlap": (("", "stop the import"), ("allow", "are no reason to stop: they may count twice")),
}  # fmt: skip
"""What the form offers where an option has some values, each with its words."""
SURE = "I looked again some minutes after it was sent"
_ASK = "ask who runs this page"
_SENTENCES = (
    (r"Continue there with --results", "Continue that import"),
    (r"continue there with --results", "continue that import"),
    (r"The plan is not the one of --expect-plan", "The plan is not the one that was approved"),
    (r"Give what was approved, or `check` again with these files and options, and have that plan approved\.",
     "Save the options again, check, and have that plan approved."),
    (r"not the (\S+) of --expect-total", r"not the \1 of the control total"),
    (r"Is --base-url \(TRACKLY_BASE_URL\) the one that you mean\? If it is, choose another --results\.",
     f"{_ASK.capitalize()} whether its API is the one that you mean."),
    (r"is --base-url \(TRACKLY_BASE_URL\) not the one", "is the API of this page not the one"),
    (r"(?:Check|check) --base-url", f"{_ASK.capitalize()} to check the address of the API"),
    (r"Put it into the environment variable TRACKLY_API_KEY.*be asked\.", "Who runs this page gives it a key."),
    (r"Use https, or --allow-http if you know the network", _ASK.capitalize()),
    (r"Set XDG_STATE_HOME to a folder that can be.*?--no-index", f"{_ASK.capitalize()}, who sets XDG_STATE_HOME"),
    (r"If it is meant to, say --max-unpacked", "Upload it unpacked, or in parts"),
    (r"(?:[Cc]hoose another(?: place)?(?: with)?|choose a local disk with) --results", _ASK.capitalize()),
    (r", or give the same --shard", ""),
    (r"give --results (?:a name that ends in one of them|another, or one in \.csv)", _ASK),
    (r"\(--rejects writes them to a file\)", "(the rows that were not taken are among the downloads)"),
    (r"or say --sure now", f"or tick “{SURE}” now"),
    (r"; --debug shows more", ""),
    (r"\*\.results\.csv", "those of other imports"),
    (r"from a file of its own with a new name and", "as a new import from a file of its own with"),
    (r"with a new name: import that with", "and a new import with"),
    (r", without --already(?: and --results)?", ", without other imports to compare"),
    (r"then use `resolve`", "then say what you found, under Doubts"),
    (r"then `resolve` it in the earlier results", "then say what you found, under Doubts of the earlier import"),
    (r"[Ss]ettle with `resolve` what is in doubt", "Settle under Doubts what is in doubt"),
    (r"\(`resolve`\)", "(under Doubts)"),
    (r"`revenue-importer report [^`]*` makes it any time", "The downloads have it"),
    (r"see `check`", "see Problems"),
    (r"`check`", "the check"),
    (r"`import`", "the import"),
    (r"Run the same (?:command|import) again to continue", "Continue it here"),
    (r"Run the same (?:command|import) again", "Continue it here"),
    (r"run the same (?:command|import) again", "continue it here"),
    (r"run again with", "check again with"),
    (r"(needs --\S+) on the command line", r"\1"),
    (r"later than the attempt and --settle", "more than an hour after the attempt"),
)  # fmt: skip
"""What can be done on a command line alone, and what is to be done here in its place; in this order."""
_ELSEWHERE = {
    "base-url": "the address of the API, which who runs this page sets", "results": "the results",
    "expect-plan": "the plan that was approved", "limit": "How many rows at most", "row": "the row",
    "source": "the file of the row", "message-id": "the message", "recorded": "It is recorded",
    "not-recorded": "It is not recorded", "revenue-id": "Its revenue id in the dashboard", "sure": SURE,
    "why": "How do you know?", "from": "the table of verdicts", "verdicts": "the table of verdicts",
    "against": "the export", "ours": "What marks lines that came by the API", "apply": "Note these verdicts",
    "settle": "the time after which a row is no longer stored", "window": "the difference of the clocks",
}  # fmt: skip
_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)\b(?:[ =]'?(\w+)'?(?!=))?")
_NAMED = re.compile(r"(?<![\w-])--([a-z][a-z-]*)\b")
_NAMES = {str(escape(label)): name for name, label in LABELS.items()}
_LABEL = re.compile(f"“({'|'.join(map(re.escape, _NAMES))})”")
_RESULTS = re.compile(r"([\"']?)\b([a-z0-9]{4,40})\.results\.csv(?:\.journal)?\1")


def in_words(text: str) -> str:
    """A sentence of the command, with the labels of the form where it names options, and no other command."""
    for said, here in _SENTENCES:
        text = re.sub(said, here, text)
    return _OPTION.sub(_labelled, text)


def _labelled(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    words = LABELS.get(name) or _ELSEWHERE.get(name) or name.replace("-", " ")
    chosen = dict(CHOICES.get(name, ())).get(value or "") if value else None
    if chosen:
        return f"“{words}”: “{chosen}”"
    return f"“{words}”{found[0].removeprefix(f'--{name}')}"


def linked(text: str, base: str) -> Markup:
    """A sentence in the words of the page, as HTML: what it calls by a label of the form leads there."""
    return Markup(_LABEL.sub(lambda found: _link(found[1], base), str(escape(text))))  # noqa: S704 - escaped


def _link(label: str, base: str) -> str:
    return f'“<a href="{escape(base)}/columns#o-{_NAMES[label]}">{label}</a>”'


def named_option(text: str) -> str:
    """The first option of the form that a sentence of the command names; empty where there is none."""
    return next((name for name in _NAMED.findall(text) if name in LABELS), "")


class Words:
    """What the command says of one page, whose results it names by the imports that have them."""

    def __init__(self, folder: DataFolder, log: EventLog) -> None:
        roots = {str(folder.root), os.path.relpath(folder.root)}
        self._places, self._log = [re.escape(root) for root in sorted(roots, key=len, reverse=True)], log

    def __call__(self, text: str) -> str:
        """A sentence in the words of the page."""
        for place in self._places:
            text = re.sub(rf"(?<![\w/.]){place}/uploads/[a-z0-9]+/v\d+/file/", "", text)
            text = re.sub(rf"(?<![\w/.])('?){place}/results/([a-z0-9]+\.results\.csv)", r"\1\2", text)
        return in_words(_RESULTS.sub(self._named, text))

    def _named(self, found: re.Match[str]) -> str:
        events = self._log.of(found[2])
        return title(str(events[0]["name"]), found[2]) if events else found[0]


def title(name: str, import_id: str) -> str:
    """An import as sentences and choices name it: several may have one name."""
    return f"“{name}” ({import_id})"
