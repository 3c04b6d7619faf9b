"""Templates to pages. Whatever comes from a file or a person is escaped, and shown as one line that does nothing."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import jinja2

from importer import __version__
from importer.codes import MEANING, TITLES, remedy
from importer.codes import words as reason
from importer.model import Share, Status
from importer.text import amount, rough_duration, rows_text, safe_text, share_text
from importer.web.phrases import comes_next, headline
from importer.web.wording import STATES, event_text
from importer.web.words import CHOICES, LABELS, SURE, linked, named_option

if TYPE_CHECKING:
    from importer.web.sessions import Sessions
    from importer.web.settings import ServeSettings
    from importer.web.users import User
    from importer.web.words import Words

_MOST_CHARACTERS = 160
_ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,.parquet,.pq,.gz,.zst,.bz2,.xz,.zip"


class Pages:
    """The templates of the page."""

    def __init__(self, settings: ServeSettings, sessions: Sessions, words: Words) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.PackageLoader("importer.web"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            cell=lambda text: safe_text(str(text), _MOST_CHARACTERS), line=lambda text: safe_text(str(text)),
            count="{:,}".format, money=_money, duration=rough_duration, moment=_moment, event=event_text,
            in_words=words, reason=reason, linked=linked,
        )  # fmt: skip
        self._environment.globals.update(
            Status=Status, titles=TITLES, meaning=MEANING, states=STATES, version=__version__,
            remedy=remedy, rows_text=rows_text, share_text=_share_text, sandbox=settings.sandbox,
            has_users=sessions.has_users, headline=headline, comes_next=comes_next,
            because=lambda code, text: words(text.removeprefix(f"{code}: ")), named_option=named_option,
            labels=LABELS, choices=CHOICES, sure=SURE, max_upload=settings.max_upload, accepted=_ACCEPTED,
        )  # fmt: skip

    def render(self, template: str, user: User | None, **values: Any) -> str:  # Any: what templates take
        """The page as text, as this user may see it."""
        return self._environment.get_template(template).render(user=user, **values)


def _money(text: object) -> str:
    try:
        return amount(Decimal(str(text)), 2)
    except (InvalidOperation, TypeError):
        return str(text)


def _share_text(share: dict[str, Any]) -> str:
    return share_text(Share(share["rows"], Decimal(share["revenue"])))


def _moment(text: str) -> str:
    return f"{text[:10]} {text[11:16]} UTC" if len(text) > 16 else text
