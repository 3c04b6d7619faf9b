"""The program itself: which commands there are, and how each of them ends.

A command is loaded when it is asked for, and at module level only click and what is as light may be imported, so that
`--help` comes at once. Errors of the package become a sentence and an exit status here, in `run`, and nowhere else.
"""

from __future__ import annotations

import errno
from importlib import import_module
from typing import TYPE_CHECKING

import click

from importer import __version__
from importer.cli.base import PROGRAM, Session, refuse_key, refuse_key_argument
from importer.cli.interrupted import interrupted_text
from importer.errors import ImporterError
from importer.signals import Interrupted, held_back
from importer.text import holds_key

if TYPE_CHECKING:
    from collections.abc import Sequence


class Named(click.Command):
    """A command by its name and the line that the list of commands has of it; `load` gives the command."""

    def __init__(self, name: str, home: str, line: str) -> None:
        super().__init__(name, short_help=line)
        self._home = home

    def load(self) -> click.Command:
        """Import it; the function is called as the command, with `_` where that is a word of Python."""
        module, _, function = self._home.partition(":")
        command: click.Command = getattr(import_module(f"importer.cli.{module}"), function or str(self.name))
        return command


class Program(click.Group):
    """The commands, each loaded when it is asked for; their list needs none of them."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, ready to run."""
        found = super().get_command(ctx, cmd_name)
        return found.load() if isinstance(found, Named) else found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write their list."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str()) for name in self.list_commands(ctx)])


_NAMED = (
    Named("check", "commands", "Read and validate FILEs and say what an import would do."),
    Named("import", "commands:import_", "Check FILEs, post each row once, and write the results file."),
    Named("report", "report", "Reconcile RESULTS with their journals: every row, every cent."),
    Named("resolve", "resolve", "Say what became of rows in doubt."),
    Named("reconcile", "reconcile", "Compare RESULTS with an export of the vendor's records."),
    Named("status", "status", "Say what a run is doing, or how it ended."),
    Named("serve", "serve", "Serve the page for finance until Ctrl-C."),
    Named("sandbox", "sandbox", "Serve a stand-in for the vendor's API on this computer."),
    Named("user", "user", "Add, list and disable the users of the page for finance."),
)


@click.group(
    cls=Program,
    commands={one.name: one for one in _NAMED},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="\b\nEnvironment:\n"
    "  TRACKLY_API_KEY   the API key (or --api-key-file, or a hidden question)\n"
    "  TRACKLY_BASE_URL  the API, when it is not the vendor's\n"
    "  NO_COLOR          no colours\n",
)
@refuse_key
@click.version_option(__version__, message=f"{PROGRAM} %(version)s")
def group() -> None:
    """Import revenue events from files into Trackly SMS: each row once, every cent accounted for.

    Start with `check`, which posts nothing. The same `import` again continues where it was interrupted.

    \b
    Example:
      revenue-importer check june.csv
      revenue-importer import june.csv
    """  # noqa: D301 - \b is click's mark for lines that must not be joined


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit status. Says one sentence about whatever goes wrong."""
    session = Session(arguments)
    try:
        if any(map(holds_key, arguments)):
            refuse_key_argument()
        return int(group.main(list(arguments), PROGRAM, standalone_mode=False, obj=session) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except (Exception, KeyboardInterrupt, Interrupted) as error:  # noqa: BLE001 - whatever it is, it becomes a sentence
        with held_back():  # why it ends is said once, whatever comes now
            text, exit_status = _ending(error, arguments, may_have_posted=session.may_have_posted)
            return session.fail(text, exit_status, error)
    finally:
        with held_back():
            session.close()


def _ending(error: BaseException, arguments: Sequence[str] = (), *, may_have_posted: bool) -> tuple[str, int]:
    """Return the sentence and the exit status for what ended the command."""
    if isinstance(error, click.ClickException):
        ctx = getattr(error, "ctx", None)
        return error.format_message() + (f" Try '{ctx.command_path} --help'." if ctx is not None else ""), 2
    if isinstance(error, ImporterError):
        return str(error), error.exit_status
    if isinstance(error, (Interrupted, KeyboardInterrupt, click.Abort)):
        exit_status = error.exit_status if isinstance(error, Interrupted) else 130
        return interrupted_text(arguments, may_have_posted=may_have_posted), exit_status
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        next_step = "Run the same command again to continue." if may_have_posted else "Nothing was posted."
        text = f"This computer lets the program open no more files: raise its limit (ulimit -n). {next_step}"
        return text, 3 if may_have_posted else 2
    from importer.text import safe_text  # noqa: PLC0415 - not needed to start up

    what = f"This is a mistake in {PROGRAM}, not in your file ({type(error).__name__}: {safe_text(str(error), 200)})."
    if may_have_posted:
        return f"{what} Run the same command again to continue; --debug shows more.", 3
    return f"{what} Nothing was posted; --debug shows more.", 2
