"""What all commands share: help in sections, and a session that knows how to talk and how to end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from importer.signals import told_by_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from click.shell_completion import CompletionItem

    from importer.cli.console import Console

    Decorator = Callable[[Any], Any]  # of what click makes a command of, which is a function first and a command then

PROGRAM = "revenue-importer"
PROFILE = "importer.cli.profile"  # where click's context keeps the profile that was loaded

_TERM_WIDTH = 24
_FILE_METAVARS = ("FILE", "PATH", "RESULTS")


class Command(click.Command):
    """A command whose help shows the options under the headings of their sections, in order of declaration."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one definition list for each section."""
        from importer.settings import Section  # noqa: PLC0415 - the list of commands needs no options

        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections.setdefault(getattr(parameter, "section", Section.OUTPUT), []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                # One column width for all sections.
                formatter.write_dl([(f"{term:<{_TERM_WIDTH}}", text) for term, text in records], _TERM_WIDTH)


class SectionOption(click.Option):
    """An option that says under which heading of the help it stands."""

    def __init__(self, *args: Any, section: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.section = section

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Let the shell complete the names of files where the help says that one is meant."""
        found = super().shell_complete(ctx, incomplete)
        return found or (file_names(ctx, self, incomplete) if self.metavar in _FILE_METAVARS else [])

    def get_help_extra(self, ctx: click.Context) -> click.types.OptionHelpExtra:
        """Show a default that is described in words as it is, where click would put it in parentheses."""
        extra = super().get_help_extra(ctx)
        if isinstance(self.show_default, str):
            extra["default"] = self.show_default
        return extra


def file_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Tell the shell to complete names of files: for a command that completes itself, it does so only if told."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415 - for shells alone

    return [CompletionItem(incomplete, type="file")]


def section_option(section: str, *names: str, **attributes: Any) -> Decorator:
    """Return the decorator of an option that stands under the heading `section`; `attributes` are those of click."""
    return click.option(*names, cls=SectionOption, section=section, **attributes)


def together(options: Sequence[Decorator]) -> Decorator:
    """Return one decorator that does what those of several options do; the help lists them in their order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class Session:
    """One invocation, the `obj` of click's context. Its console exists once a command knows how it is to talk."""

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        self.arguments = tuple(arguments)
        self._console: Console | None = None

    def listen(self, given: Mapping[str, Any]) -> Console:
        """Return the console for the options of the section Output in `given`."""
        from importer.cli.console import Console  # noqa: PLC0415 - not needed to start up
        from importer.cli.logs import route_logs  # noqa: PLC0415 - nor is logging
        from importer.cli.own_options import Style, picked  # noqa: PLC0415 - nor are options for the list of commands

        self._console = Console(picked(Style, given))
        told_by_signal(self._console.tell_status)
        route_logs(self._console.notice, debug=self._console.style.debug)
        return self._console

    @property
    def may_have_posted(self) -> bool:
        """Whether the question before the first post was passed."""
        return self._console is not None and self._console.may_have_posted

    def fail(self, text: str, exit_status: int, error: BaseException | None = None) -> int:
        """Say why the command ends; return `exit_status`."""
        from importer.text import safe_text  # noqa: PLC0415 - not needed to start up

        if self._console is None:
            click.echo(f"error: {safe_text(text)}", err=True)
            return exit_status
        if error is not None:
            self._console.debug(error)
        if self._console.declined:
            self._console.notice("info", "declined", text)
        else:
            self._console.error(text)
        return exit_status

    def close(self) -> None:
        """Let everything be said, and the terminal be as it was."""
        sys.stdout.flush()
        if self._console is not None:
            self._console.close()


def _refuse_key(_ctx: click.Context, _param: click.Parameter, value: object) -> None:
    if value is not None:
        refuse_key_argument()


refuse_key = click.option(
    "--api-key", hidden=True, expose_value=False, is_eager=True, is_flag=False, flag_value="", callback=_refuse_key
)
"""Refuses `--api-key` with an explanation."""


def refuse_key_argument() -> NoReturn:
    """Raise the usage error that says why the key is never an argument. It does not repeat the value."""
    from importer.api import KEY_WAYS  # noqa: PLC0415 - not needed to start up

    raise click.UsageError(
        f"The API key is never an argument, which `ps` and the shell's history would show. {KEY_WAYS} "
        "If it was typed just now, it is in the shell's history: remove it there."
    )
