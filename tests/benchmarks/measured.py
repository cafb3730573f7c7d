"""Runs one command and measures its whole process tree: wall time, CPU of all processes that ever lived, peak memory.

    python tests/benchmarks/measured.py RESULT.json COMMAND...

Memory is the sum over the tree's processes of their proportional set sizes (PSS: what two share counts once), looked at
every 0.2 s. CPU is what the kernel counted for all descendants, those included that outlived their parents; ``first``
is that of the command's own process alone (and of those it has waited for itself). Linux only.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

LOOK_EVERY = 0.2
_PR_SET_CHILD_SUBREAPER = 36
_KILOBYTE = 1024


def run(words, result, **more):
    """Run *words* through this file in a process of its own and return what it measured."""
    process = subprocess.run([sys.executable, __file__, str(result), *map(str, words)], check=False, **more)
    return json.loads(Path(result).read_text()) | {"code": process.returncode}


def tree(root):
    """Return the process ids of *root* and all its descendants."""
    parents = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, open_ = [], [root]
    while open_:
        process = open_.pop()
        found.append(process)
        open_ += parents.get(process, [])
    return found


def memory(process):
    """Return the proportional set size of a process, bytes; 0 of one that has gone."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * _KILOBYTE
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    return 0


def _idle():
    """Return the seconds all cores have been idle since the start of the machine."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


class _Watch(threading.Thread):
    """Looks at the memory of a tree until told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.samples, self.over = [], threading.Event()
        self._began, self._own = time.monotonic(), os.getpid()

    def run(self):
        while not self.over.wait(LOOK_EVERY):
            total = sum(memory(process) for process in tree(self._own) if process != self._own)
            self.samples.append((round(time.monotonic() - self._began, 1), total))


def main():
    result, *words = sys.argv[1:]
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    watch = _Watch()
    watch.start()
    began, idle = time.monotonic(), _idle()
    with subprocess.Popen(words) as process:
        _, status, first = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
    seconds, idle = time.monotonic() - began, _idle() - idle
    while True:  # what outlived its parent is ours now
        try:
            os.wait()
        except ChildProcessError:
            break
    watch.over.set()
    watch.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    Path(result).write_text(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": used.ru_utime + used.ru_stime,
                "first": first.ru_utime + first.ru_stime,
                "idle": idle,
                "peak": max((total for _, total in watch.samples), default=0),
                "samples": watch.samples,
            }
        )
    )
    sys.exit(code)


if __name__ == "__main__":
    main()
