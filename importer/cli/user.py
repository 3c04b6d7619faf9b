"""The command `user`: who may log in to the page for finance. It alone writes their file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli.base import Command, refuse_key, section_option, together
from importer.cli.options import FilePath
from importer.cli.streams import is_interactive
from importer.errors import SettingsError

if TYPE_CHECKING:
    from importer.web import UserFile

_WHERE = "Which users"
_ROLES = ("preparer", "approver", "auditor", "admin")
_PATH = FilePath(path_type=Path)
_where = together(
    [
        section_option(
            _WHERE, "--users", type=_PATH, metavar="FILE", help="The file of users; users.json of --data unless told."
        ),
        section_option(
            _WHERE,
            "--data",
            type=_PATH,
            metavar="DIR",
            help="The data folder of the page; that of `serve` unless told.",
        ),
    ]
)


@click.group()
@refuse_key
def user() -> None:
    """Add, list and disable the users of the page for finance (see `serve`).

    \b
    Example:
      revenue-importer user add anna --role preparer --data /srv/revenue
      revenue-importer user list --data /srv/revenue
    """  # noqa: D301 - \b is click's mark for lines that must not be joined


@user.command(cls=Command, epilog="\b\nExample:\n  revenue-importer user add anna --role preparer --users users.json\n")
@click.argument("name")
@click.option(
    "--role", type=click.Choice(_ROLES), required=True,
    help="preparer: uploads, checks, submits. approver: approves. Both run. auditor: only looks. admin: all of it.",
)  # fmt: skip
@_where
@refuse_key
def add(name: str, role: str, **given: Any) -> None:
    """Add the user NAME, or give one another role and password.

    The password is asked for, twice; off a terminal it is the first line of standard input.
    """
    from importer.web import Role  # noqa: PLC0415 - not needed to start up

    users = _users(given)
    users.add(name, Role(role), _asked_password(name))
    click.echo(f"{name} may log in as {role}.")


@user.command("list", cls=Command, epilog="\b\nExample:\n  revenue-importer user list --users users.json\n")
@_where
@refuse_key
def list_(**given: Any) -> None:
    """List the users with their roles."""
    for one in _users(given).users().values():
        click.echo(f"{one.name}  {one.role}{'  disabled' if one.disabled else ''}")


@user.command(cls=Command, epilog="\b\nExample:\n  revenue-importer user disable anna --users users.json\n")
@click.argument("name")
@_where
@refuse_key
def disable(name: str, **given: Any) -> None:
    """Let the user NAME log in no more, and end the sessions that there are."""
    _users(given).disable(name)
    click.echo(f"{name} cannot log in any more.")


def _users(given: dict[str, Any]) -> UserFile:
    try:
        from importer.web import UserFile, data_folder, users_file  # noqa: PLC0415 - not needed to start up
    except ImportError:
        raise SettingsError(
            "The page needs some more packages: pip install '.[web]', in the folder of the program."
        ) from None
    return UserFile(users_file(given["users"], data_folder(given["data"])))


def _asked_password(name: str) -> str:
    if is_interactive(sys.stdin, sys.stderr):
        return str(click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
