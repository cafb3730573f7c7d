"""Closed articles files copied to another place, any that fsspec knows, each once and with a manifest behind it."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crawler.output import article_path, disk
from crawler.state.database import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crawler.state.outbox import Segment

#: Bytes read and sent at a time.
CHUNK = 4 << 20
#: What the name of a file's manifest ends in.
MANIFEST = ".manifest.json"


class NoPlace(Exception):
    """The address names no place that can be copied to; the message says what was expected."""


class Destination:
    """A directory or prefix, by its address: ``s3://bucket/prefix``, ``file:///mnt/news``, ..."""

    def __init__(self, url: str) -> None:
        import fsspec

        self._url = url.rstrip("/")
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            extra = " (pip install 'crawler[s3]')" if url.startswith("s3:") else ""
            raise NoPlace(f"{url}: expected an address that fsspec can write to: {error}{extra}") from error
        self._root = self._root.rstrip("/")

    def copy(self, directory: Path, segment: Segment) -> bool:
        """Copy a closed file and its manifest; return False if both are there already. Raises StorageError.

        The manifest is written last, so a file without one is half a file, and is copied again.
        """
        with self._named(segment.name):
            known = self._manifest(segment.name)
            if known and (known.get("bytes"), known.get("lines")) != (segment.size, segment.lines):
                raise StorageError(
                    f"{self._url}/{segment.name}: expected {segment.size} bytes in {segment.lines} lines, found a "
                    f"manifest of {known.get('bytes')} in {known.get('lines')}: does another crawl copy to this place?"
                )
            if known and self._size(segment.name) == segment.size:
                return False
        manifest = _manifest(directory, segment)
        with self._named(segment.name):
            self._send(article_path(directory, segment.name), segment)
            found = self._size(segment.name)
            if found != segment.size:
                raise StorageError(f"{self._url}/{segment.name}: expected {segment.size} bytes, found {found}")
            text = json.dumps(manifest, indent=1) + "\n"
            self._files.pipe_file(self._path(segment.name + MANIFEST), text.encode())
        return True

    def is_there(self, segment: Segment) -> bool:
        """Return whether the copy of a file is whole, as far as its manifest and its size tell; raises StorageError."""
        with self._named(segment.name):
            known = self._manifest(segment.name)
            return known is not None and known.get("bytes") == segment.size == self._size(segment.name)

    def is_same(self, segment: Segment) -> bool:
        """Read a copy back and return whether it is what its manifest says; raises StorageError."""
        with self._named(segment.name):
            known, digest = self._manifest(segment.name), hashlib.sha256()
            with self._files.open(self._path(segment.name), "rb") as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
        return known is not None and known.get("sha256") == digest.hexdigest()

    def _send(self, path: Path, segment: Segment) -> None:
        if "file" in self._files.protocol:  # a bucket is not ours to create
            self._files.makedirs(self._root, exist_ok=True)
        with path.open("rb") as source, self._files.open(self._path(segment.name), "wb") as target:
            left = segment.size
            while chunk := source.read(min(CHUNK, left)):
                target.write(chunk)
                left -= len(chunk)

    def _manifest(self, name: str) -> dict[str, Any] | None:
        """Return the manifest of a file; None where there is none, or only half of one."""
        try:
            found = json.loads(self._files.cat_file(self._path(name + MANIFEST)))
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def _size(self, name: str) -> int | None:
        self._files.invalidate_cache()
        try:
            return int(self._files.info(self._path(name))["size"])
        except FileNotFoundError:
            return None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _named(self, name: str) -> Iterator[None]:
        """Turn whatever a store's library raises into a StorageError that names the copy."""
        try:
            yield
        except StorageError:
            raise
        except Exception as error:
            said = (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
            raise StorageError(f"{self._url}/{name}: {said}") from error


def _manifest(directory: Path, segment: Segment) -> dict[str, Any]:
    """Return what can be said of a closed file; raises StorageError if it is not as long as the state says."""
    path = article_path(directory, segment.name)
    digest, left, lines = hashlib.sha256(), segment.size, 0
    with disk(path), path.open("rb") as file:
        first = file.readline()
        file.seek(0)
        while chunk := file.read(min(CHUNK, left)):
            digest.update(chunk)
            lines += chunk.count(b"\n")
            left -= len(chunk)
    if left or lines != segment.lines:
        raise StorageError(f"{path}: expected {segment.lines} lines in {segment.size} bytes: it was changed by someone")
    try:
        version = json.loads(first)["metadata"]["schemaVersion"]
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{path}: expected articles, found another first line") from error
    return {
        "file": segment.name,
        "day": segment.day,
        "part": segment.part,
        "lines": segment.lines,
        "bytes": segment.size,
        "sha256": digest.hexdigest(),
        "schemaVersion": version,
    }
