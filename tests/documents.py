"""Commands that pages of the documentation show."""

from __future__ import annotations

import re
import shlex

import typer.main

from vidcolor import cli


def commands_in(page: str) -> list[str]:
    """Lines of a page that begin with `vidcolor`, each once."""
    return sorted(set(re.findall(r"^vidcolor .*$", page, re.M)))


def parse_command(line: str) -> None:
    """Reads a command as the command line does, without running it; raises what it raises."""
    words = shlex.split(line)[1:]
    command = typer.main.get_command(cli.app)
    sub = command.commands[words[0]]  # type: ignore[attr-defined]
    sub.make_context(words[0], words[1:])
