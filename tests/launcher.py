"""Runs commands in processes of their own, forked from a Python that has imported Scrapy already.

Importing Scrapy and what it is built on takes most of the time of a short command. Nothing of ours is imported before
the fork: each command imports and reads all of ours anew, in an environment of its own.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

#: What nearly every command imports, and is not ours. None of it installs a reactor.
IMPORTED = (
    *("scrapy.cmdline", "scrapy.shell", "scrapy.core.engine", "scrapy.core.downloader.handlers.http11"),
    *("scrapy.extensions.feedexport", "scrapy.downloadermiddlewares.retry", "twisted.internet.asyncioreactor"),
    *("itemadapter", "lxml.html", "protego", "sqlite3", "tldextract"),
)
#: Before a request: how many bytes it has.
LENGTH = struct.Struct("I")
#: Bytes read at once.
CHUNK = 1 << 16


class Launcher:
    """A Python of which each command is a child; *words* begin it, and its environment is what all commands share."""

    def __init__(self, words, environment, directory):
        self._requests, theirs = socket.socketpair()
        self._turn = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [*words, "-m", "launcher", str(theirs.fileno())],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                # As a command's own: Python looks once what its outputs are.
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._process:
            self._requests.close()

    def run(self, module, words, environment, seconds):
        """Run a module as ``python -m`` does; return exit code, or None when its time was over, and both outputs."""
        request = json.dumps({"module": module, "words": words, "environment": environment}).encode()
        told, theirs = zip(*(os.pipe() for _ in ("out", "err", "status")), strict=True)
        with self._turn:
            socket.send_fds(self._requests, [LENGTH.pack(len(request))], theirs)
            self._requests.sendall(request)
        for descriptor in theirs:
            os.close(descriptor)
        is_over, (out, err, status) = _read(told, time.monotonic() + seconds)
        assert status, self._process.stderr.read()
        process, *code = map(int, status.split())
        if is_over:
            os.kill(process, signal.SIGKILL)
        return None if is_over else code[0], out.decode(), err.decode()


def _read(descriptors, until):
    """Return whether time was over before all was closed at its other end, and what came."""
    found = dict.fromkeys(descriptors, b"")
    left = set(descriptors)
    while left and (ready := select.select(left, [], [], max(until - time.monotonic(), 0))[0]):
        for descriptor in ready:
            more = os.read(descriptor, CHUNK)
            found[descriptor] += more
            left -= set() if more else {descriptor}
    for descriptor in descriptors:
        os.close(descriptor)
    return bool(left), found.values()


def serve(requests):
    """Fork a process for every request, and return in it what it is to run; None when there are no more requests."""
    while True:
        head, descriptors, *_ = socket.recv_fds(requests, LENGTH.size, 3, socket.MSG_WAITALL)
        _wait_for_children(0 if not head else os.WNOHANG)
        if not head:
            return None
        request = json.loads(requests.recv(*LENGTH.unpack(head), socket.MSG_WAITALL))
        if os.fork() == 0:
            requests.close()
            _fork_command(*descriptors)
            return request
        for descriptor in descriptors:
            os.close(descriptor)


def _wait_for_children(how):
    """Take those who waited for a command off the list of processes: their times become times of the test run."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, how)[0]:
            pass


def _fork_command(out, err, status):
    """Return in a child whose outputs are those; its parent tells its id and its end, and is no more."""
    command = os.fork()
    if command:
        os.write(status, b"%d\n" % command)
        code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
        os.write(status, b"%d\n" % code)
        os._exit(0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for descriptor in (out, err, status):
        os.close(descriptor)


def become(module, words, environment):
    """Go on as ``python -m module words`` in that environment."""
    os.environ.clear()
    os.environ.update(environment)
    sys.path[1:1] = [place for place in environment["PYTHONPATH"].split(os.pathsep) if place not in sys.path]
    sys.argv = [module, *words]
    sys.modules["sitecustomize"].set_clock(environment)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    assert "twisted.internet.reactor" not in sys.modules
    assert not [name for name in sys.modules if name.partition(".")[0] == "crawler"]
    gc.collect()
    gc.freeze()
    if asked := serve(socket.socket(fileno=int(sys.argv[1]))):
        become(**asked)
