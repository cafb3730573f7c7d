"""JSON Lines files and run reports: the only module that names output files. The state is the truth, they follow it.

A line leaves the outbox in three steps: written at the committed end of its file, the file synced, then the new end
committed. A crash between any two of them leaves bytes past the committed end; they are cut off and written again,
the same, so a reader who follows the file to its last newline never sees a line change.
"""

from __future__ import annotations

import json
import os
import shutil
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crawler import identity
from crawler.state.database import LeaseLostError, StorageError, storable
from crawler.state.outbox import Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from crawler.state import CrawlState
    from crawler.state.outbox import Line, Place

ARTICLES = "articles"
REPORT = "report"
RUNS = "runs"

#: A day's file is followed by a second part from this size on (bytes).
LARGEST_PART = 256 << 20
#: Lines per commit: enough to share one fsync, few enough that a follower is never far behind.
BATCH = 20
#: A record over this is cut (bytes of JSON): readers of lines have limits too.
LARGEST_LINE = 8 << 20
#: Bytes left free in a record that is cut, for the warning that says so.
WARNING_ROOM = 1024

#: Keys that the schema of a record requires: these stay whatever their size.
REQUIRED = frozenset(
    ("id", "url", "type", "headline", "articleBody", "wordCount", "publisher", "revision", "contentHash", "firstSeen")
) | {"metadata"}
#: Characters that str.splitlines and many readers take for line ends, though JSON does not, as JSON may write them.
_LINE_ENDS = {"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"}


def encode(record: dict[str, Any]) -> bytes:
    """Return *record* as one line of UTF-8 JSON with its newline; never a lone surrogate, NaN or inner line end."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = storable(text)
    for character, escape in _LINE_ENDS.items():
        text = text.replace(character, escape)
    return text.encode() + b"\n"


def encode_article(record: dict[str, Any]) -> bytes:
    """Return the line of an article; one over LARGEST_LINE is cut and says so in metadata.warnings.

    The text is cut (``text_cut``); where all else is too large, the largest optional fields go, too (``fields_cut``).
    """
    line = encode(record)
    if len(line) <= LARGEST_LINE or "articleBody" not in record:
        return line
    short = _without_largest(record)
    over = len(encode(short)) - LARGEST_LINE + WARNING_ROOM
    whole = storable(record["articleBody"]).encode()
    body = whole[: max(len(whole) - max(over, 0), 0)].decode(errors="ignore")
    told = [name for name, is_cut in (("text_cut", over > 0), ("fields_cut", len(short) < len(record))) if is_cut]
    metadata = record["metadata"] | {"warnings": [*record["metadata"].get("warnings", ()), *told]}
    cut = {"articleBody": body, "wordCount": identity.word_count(body), "contentHash": identity.content_hash(body)}
    return encode(short | cut | {"metadata": metadata})


def _without_largest(record: dict[str, Any]) -> dict[str, Any]:
    """Return *record* without its largest optional fields, as long as all but its text is too large for a line."""
    sizes = {key: len(encode({key: value})) for key, value in record.items() if key != "articleBody"}
    for key in sorted(sizes.keys() - REQUIRED, key=lambda key: -sizes[key]):
        if sum(sizes.values()) <= LARGEST_LINE - WARNING_ROOM:
            break
        del sizes[key]
    return {key: value for key, value in record.items() if key in sizes or key == "articleBody"}


def recover(state: CrawlState) -> None:
    """Cut off what a crash left past the promised end of each file; raises StorageError if a promise is broken."""
    for segment in state.outbox.segments():
        path = state.directory / ARTICLES / segment.name
        if path.exists():
            _truncate(path, segment.size)


def publish(state: CrawlState) -> int:
    """Write what waits in the outbox to its files and return the number of lines; raises StorageError."""
    count = 0
    while lines := state.outbox.lines(BATCH):
        for day, group in groupby(lines, key=lambda line: line.day):
            count += _publish_day(state, day, list(group))
    return count


def write_report(directory: Path, run: str, report: dict[str, Any]) -> Path:
    """Write a run's report, whole or not at all, and return its path; raises StorageError."""
    text = json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)
    return write_whole(directory / RUNS / f"{run}.json", text + "\n")


def write_page(directory: Path, html: str) -> Path:
    """Write the operator's page, whole or not at all, and return its path; raises StorageError."""
    return write_whole(directory / REPORT / "index.html", html)


def write_whole(path: Path, text: str, *, mode: int = 0o640) -> Path:
    """Write *text* to *path* so that a reader sees the old file or the new one; raises StorageError."""
    with disk(path):
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        temporary.touch()
        temporary.chmod(mode)
        temporary.write_bytes(storable(text).encode())
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)
    return path


def free_space(directory: Path) -> int:
    """Return the bytes free on the file system of *directory*; raises StorageError."""
    with disk(directory):
        return shutil.disk_usage(directory).free


def read_line(directory: Path, segment: str, position: int) -> bytes:
    """Return the line that begins at *position*; raises StorageError if the file has gone."""
    path = directory / ARTICLES / segment
    with disk(path), path.open("rb") as file:
        file.seek(position)
        return file.readline()


def line_at(directory: Path, place: Place) -> bytes | None:
    """Return an article's newest line, from its file or from the state that still holds it; None if its file has gone.

    Raises StorageError if what is there is no line of that article.
    """
    if place.segment is None or place.position is None:
        return place.record
    path = article_path(directory, place.segment)
    if not path.exists():
        return None
    line = read_line(directory, place.segment, place.position)
    try:
        found = json.loads(line)["id"]
    except (ValueError, TypeError, KeyError):
        found = None
    if found != place.id:
        raise StorageError(f"{path}: expected the line of article {place.id} at byte {place.position}, found another")
    return line


def article_path(directory: Path, segment: str) -> Path:
    """Return where a segment's file lies."""
    return directory / ARTICLES / segment


def _publish_day(state: CrawlState, day: str, lines: Sequence[Line]) -> int:
    for segment, part in _parts(state, day, lines):
        path = state.directory / ARTICLES / segment.name
        _append(path, segment.size, b"".join(line.line for line in part))
        try:
            state.outbox.published(segment, part)
        except LeaseLostError:
            _truncate(path, segment.size)  # another worker writes these lines
            raise
    return len(lines)


def _parts(state: CrawlState, day: str, lines: Sequence[Line]) -> Iterator[tuple[Segment, Sequence[Line]]]:
    """Yield the lines with the file they go to, beginning a new part where the day's file is full or was taken away."""
    rest = list(lines)
    while rest:
        segment = state.outbox.last_segment(day) or _new_segment(state, day, 1, rest)
        if segment.size and not article_path(state.directory, segment.name).exists():
            segment = _new_segment(state, day, segment.part + 1, rest)
        room, count = LARGEST_PART - segment.size, 0
        while count < len(rest) and (room >= len(rest[count].line) or (not segment.size and not count)):
            room -= len(rest[count].line)
            count += 1
        if not count:
            segment, count = _new_segment(state, day, segment.part + 1, rest), 1
        yield segment, rest[:count]
        rest = rest[count:]


def _new_segment(state: CrawlState, day: str, part: int, lines: Sequence[Line]) -> Segment:
    """Return a new part of the day's output, *part* or the next whose name is free.

    A file that the state knows nothing of is either what a crash left of these very lines, or somebody else's.
    """
    data = b"".join(line.line for line in lines)
    while True:
        worker = state.outbox.worker
        name = "-".join((day, *filter(None, (worker,)), *([str(part)] if part > 1 else []))) + ".jsonl"
        path = article_path(state.directory, name)
        with disk(path):
            if not path.exists() or data.startswith(_beginning(path, len(data) + 1)):
                segment = Segment(name=name, day=day, part=part, size=0, lines=0, worker=worker)
                return state.outbox.published(segment, ())  # so that a restart knows whose bytes these are
        part += 1


def _beginning(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        return file.read(count)


def _append(path: Path, end: int, data: bytes) -> None:
    """Write *data* at the promised end of the file and sync it; on failure the file is cut back to that end."""
    with disk(path):
        path.parent.mkdir(mode=0o750, exist_ok=True)
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
        try:
            _require(path, os.fstat(descriptor).st_size, end)
            _write_all(descriptor, data, end)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, end)
            raise
        finally:
            os.close(descriptor)
        if is_new:
            sync_directory(path.parent)


def _write_all(descriptor: int, data: bytes, position: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, position)
        position += written
        view = view[written:]


def _truncate(path: Path, end: int) -> None:
    with disk(path):
        size = path.stat().st_size
        _require(path, size, end)
        if size > end:
            os.truncate(path, end)
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _require(path: Path, size: int, end: int) -> None:
    if size < end:
        raise StorageError(
            f"{path}: expected at least {end} bytes, found {size}: it was shortened by someone; "
            "restore it, or move it away to begin a new part"
        )


def sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class disk:  # noqa: N801  # reads as a statement: with disk(path)
    """Turn an OSError inside into a StorageError that names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise StorageError(f"{self._path}: {error.strerror or error}") from error


if not hasattr(os, "pwrite"):  # pragma: no cover
    raise ImportError("expected a POSIX system: output needs pwrite and flock")
