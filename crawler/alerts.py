"""Runs the operator's own command when a source breaks or recovers. Knows no shell and no rule of what is broken."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Seconds the command may take: the run is over, but its lock is still held.
ALERT_SECONDS = 30
#: Characters of what a failing command says of itself.
SAID = 200


def arguments(setting: str | Sequence[str] | None) -> list[str]:
    """Return the command of ON_ALERT and its arguments: a list, or one text that is split as a shell splits it.

    Raises ValueError for an unclosed quote.
    """
    return shlex.split(setting) if isinstance(setting, str) else [str(part) for part in setting or ()]


def call(command: Sequence[str], facts: dict[str, Any], *, seconds: float = ALERT_SECONDS) -> str | None:
    """Run *command* with *facts* as JSON on its standard input; return why it failed, or None."""
    try:
        process = subprocess.Popen(  # noqa: S603  # the operator's own command, and no shell
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in an argument
        return f"{command[0]}: {getattr(error, 'strerror', None) or error}"
    try:
        _, said = process.communicate(json.dumps(facts).encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"{command[0]}: took longer than {seconds:g} s"
    if not process.returncode:
        return None
    last = said.decode(errors="replace").strip().splitlines()[-1:]
    return f"{command[0]}: ended with {process.returncode}" + "".join(f": {line[:SAID]}" for line in last)
