"""The outbox that finished lines leave by, the files they go to, and where each article's newest line is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.state.database import Database


@attrs.frozen(kw_only=True)
class Line:
    """One outbox row: a finished line of JSON and the day (UTC) whose file it belongs to."""

    seq: int
    article: str
    revision: int
    day: str
    line: bytes


@attrs.frozen(kw_only=True)
class Place:
    """Where the newest line of an article is: in a file, or in the state for as long as it waits."""

    id: str
    stored: float
    segment: str | None
    position: int | None
    record: bytes | None


@attrs.frozen(kw_only=True)
class Segment:
    """One output file: *size* bytes of it are promised."""

    name: str
    day: str
    part: int
    size: int
    lines: int
    worker: str = ""
    """Whose data directory it lies in."""


class Outbox:
    """The verbs on lines and output files. Times are Unix seconds and always arguments."""

    def __init__(self, database: Database, worker: str) -> None:
        self._db = database
        self.worker = worker

    def add(self, article: str, revision: int, *, day: str, line: bytes) -> None:
        """Let the finished line of a revision go to the files of its day."""
        self._db.execute(
            "INSERT INTO outbox (article, revision, day, line, run) VALUES (?, ?, ?, ?, ?)",
            (article, revision, day, line, self._db.run),
        )

    def lines(self, count: int) -> list[Line]:
        """Return the oldest lines of this run that are not yet in their file."""
        rows = self._db.rows(
            "SELECT seq, article, revision, day, line FROM outbox WHERE run = ? ORDER BY seq LIMIT ?",
            (self._db.run, count),
        )
        return [Line(**dict(row) | {"line": bytes(row["line"])}) for row in rows]

    def segments(self) -> list[Segment]:
        """Return every output file that this worker ever began."""
        rows = self._db.rows("SELECT * FROM segment WHERE worker = ? ORDER BY day, part", (self.worker,))
        return [_segment(row) for row in rows]

    def closed(self, day: str) -> list[Segment]:
        """Return this worker's files that will not grow any more: full parts, and days that no line waits for.

        Only days before *day* count.
        """
        rows = self._db.rows(
            "SELECT * FROM segment AS one WHERE worker = ? AND (EXISTS (SELECT 1 FROM segment AS later"
            " WHERE later.worker = one.worker AND later.day = one.day AND later.part > one.part)"
            " OR (day < ? AND day NOT IN (SELECT day FROM outbox UNION SELECT day FROM waiting))) ORDER BY day, part",
            (self.worker, day),
        )
        return [_segment(row) for row in rows]

    def last_segment(self, day: str) -> Segment | None:
        """Return the newest part of a day's output, or None."""
        row = self._db.row(
            "SELECT * FROM segment WHERE day = ? AND worker = ? ORDER BY part DESC LIMIT 1", (day, self.worker)
        )
        return _segment(row) if row else None

    def published(self, segment: Segment, lines: Sequence[Line]) -> Segment:
        """Promise that *lines*, which are on disk, follow the segment's end; return the segment as it is now."""
        # A promise that is lost is made again, of the same lines; a file's first must not be lost: its bytes would be
        # nobody's.
        with self._db.unsynced() if lines else self._db.transaction():
            position = segment.size
            for line in lines:
                self._db.execute(
                    "UPDATE article SET segment = ?, position = ? WHERE id = ?",
                    (segment.name, position, line.article),
                )
                self._db.execute(
                    "UPDATE revision SET segment = ?, position = ? WHERE article = ? AND number = ?",
                    (segment.name, position, line.article, line.revision),
                )
                self._db.execute("DELETE FROM outbox WHERE seq = ?", (line.seq,))
                position += len(line.line)
            grown = attrs.evolve(segment, size=position, lines=segment.lines + len(lines))
            self._db.execute(
                "INSERT INTO segment (name, day, part, bytes, lines, worker) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes, lines = excluded.lines",
                (grown.name, grown.day, grown.part, grown.size, grown.lines, grown.worker),
            )
        return grown

    def places(self, *, since: float = 0, source: str | None = None) -> list[Place]:
        """Return where the newest lines of the articles are, stored *since* and of one source; oldest first."""
        rows = self._db.rows(
            "SELECT id, stored, segment, position, ifnull((SELECT record FROM waiting WHERE article = id"
            " ORDER BY revision DESC), (SELECT line FROM outbox WHERE article = id ORDER BY seq DESC)) AS record"
            " FROM article WHERE stored >= :since AND (:source IS NULL OR source = :source) ORDER BY stored, id",
            {"since": since, "source": source},
        )
        return [Place(**dict(row)) for row in rows]


def _segment(row: object) -> Segment:
    values = dict(row)  # type: ignore[call-overload]
    size = values.pop("bytes")
    return Segment(size=size, **values)
