"""The parts of the documents that are made from the program: the tables of options and of codes.

A part stands between `<!-- NAME -->` and `<!-- /NAME -->`.
"""

from __future__ import annotations

import re

import click

from importer.codes import CODES, OTHER_CODES
from tests.support.commands import COMMANDS

_COMMANDS = {command.name: command for command in COMMANDS}


def parts() -> dict[str, str]:
    """Every generated part by its name."""
    named = {
        f"options of {name}": _options_table(name)
        for name in ("import", "report", "resolve", "reconcile", "status", "sandbox")
    }
    return {**named, "options of check": _options_of_check(), "codes": _codes_table()}


def regenerated(text: str) -> str:
    """A document with its generated parts as the program has them now."""
    for name, part in parts().items():
        text = re.sub(
            rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", lambda _, part=part: part, text, flags=re.DOTALL
        )
    return text


def _options_table(command: str) -> str:
    """The options of a command as a Markdown table, from their declarations."""
    lines, section = ["| option | meaning | default |", "|---|---|---|"], ""
    context = click.Context(_COMMANDS[command], info_name=command, max_content_width=10_000)
    for option in _COMMANDS[command].params:
        record = option.get_help_record(context)
        if not isinstance(option, click.Option) or record is None:
            continue
        if option.section != section:
            section = option.section
            lines.append(f"| **{section}** | | |")
        notes = re.search(r"  \[([^\]]*)\]$", record[1])
        default = re.search(r"default: ([^;]*)", notes[1]) if notes else None
        shown = "off" if option.is_flag else default[1] if default else ""
        cells = [f"`{record[0]}`", option.help or "", shown]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells).rstrip() + " |")
    return "\n".join(lines) + "\n"


def _options_of_check() -> str:
    """What `check` leaves out of the options of `import`; it has none besides."""
    taken = {option.opts[0] for option in _COMMANDS["check"].params}
    others = [option.opts[0] for option in _COMMANDS["import"].params if option.opts[0] not in taken]
    named = ", ".join(f"`{name}`" for name in others[:-1])
    return f"The options of `import`, except {named} and `{others[-1]}`.\n"


def _codes_table() -> str:
    """The codes of the package with their meanings and remedies, as a Markdown table."""
    lines = ["| code | when | what to do |", "|---|---|---|"]
    lines += [f"| `{code.word}`{code.others} | {code.meaning} | {code.remedy} |" for code in (*CODES, *OTHER_CODES)]
    return "\n".join(lines) + "\n"
