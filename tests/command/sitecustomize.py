"""Python imports this before all else where it is on the path: it sets a command's clock and what is not installed."""

import os
import sys
from datetime import datetime
from importlib.machinery import PathFinder

ABSENT = frozenset(os.environ.get("ABSENT", "").split())


class Installed(PathFinder):
    """Finds what lies on the path, as ever, but none of the packages that are absent."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        return None if fullname in ABSENT else super().find_spec(fullname, path, target)


def set_clock(environment):
    """Let all clocks begin at CLOCK and go on, where the environment has one."""
    if clock := environment.get("CLOCK"):
        import time_machine

        time_machine.travel(datetime.fromisoformat(clock), tick=True).start()


sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
set_clock(os.environ)
