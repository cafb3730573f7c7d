"""Python imports this before all else where it is on the path: it sets a command's clock and what is not installed."""

import os
import sys
from datetime import datetime
from importlib.machinery import PathFinder

if clock := os.environ.get("CLOCK"):
    import time_machine

    time_machine.travel(datetime.fromisoformat(clock), tick=True).start()

ABSENT = frozenset(os.environ.get("ABSENT", "").split())


class Installed(PathFinder):
    """Finds what lies on the path, as ever, but none of the packages that are absent."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        return None if fullname in ABSENT else super().find_spec(fullname, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
