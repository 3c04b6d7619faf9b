"""All commands of the command line, loaded."""

from __future__ import annotations

import click

from importer.cli.program import group

LOADED = {name: command for name in group.commands if (command := group.get_command(click.Context(group), name))}
"""Each by its name."""
COMMANDS = tuple(command for name, command in LOADED.items() if name != "user")
"""Those that are no group of others."""
