"""Articles as one Parquet file with typed columns, made of the articles files. Knows no state and no crawl."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa
from pyarrow import parquet

from crawler.output import disk, sync_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Rows of one row group: enough to compress well, few enough to hold in memory with their texts.
GROUP = 2_000
#: Bytes of an id, as hexadecimal digits: what is kept of every article to know its newest revision.
ID_DIGITS = 32


@attrs.frozen
class Row:
    """One line of an articles file, or why it is none."""

    where: str
    record: dict[str, Any] | None
    mistake: str = ""


def schema() -> pa.Schema:
    """Return the columns: the record's JSON Schema as Arrow types; what that leaves open is a column of JSON text."""
    described = json.loads(Path(__file__).with_name("record.schema.json").read_text(encoding="utf-8"))
    defined = described["$defs"]
    return pa.schema([(name, _type(part, defined)) for name, part in described["properties"].items()])


def read(paths: Iterable[Path]) -> Iterator[Row]:
    """Yield the whole lines of articles files; raises StorageError."""
    for path in paths:
        with disk(path), path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):  # the rest is being written
                    yield _row(f"{path}:{number}", line)


def newest(rows: Iterable[Row]) -> dict[bytes, int]:
    """Return the newest revision of every article among *rows*, by the bytes of its id."""
    found: dict[bytes, int] = {}
    for row in rows:
        if row.record:
            key = bytes.fromhex(row.record["id"])
            found[key] = max(found.get(key, 0), row.record["revision"])
    return found


def is_newest(row: Row, revisions: dict[bytes, int]) -> bool:
    """Whether a row is the newest revision of its article; one that cannot be read passes, to be named."""
    return row.record is None or row.record["revision"] == revisions[bytes.fromhex(row.record["id"])]


def write(path: Path, rows: Iterable[Row]) -> tuple[int, list[Row]]:
    """Write *rows* to *path*, all or nothing, and return their number and those left out; raises StorageError."""
    count, wrong, columns = 0, [], schema()
    with _whole(path) as temporary, parquet.ParquetWriter(temporary, columns, compression="zstd") as writer:
        group: list[dict[str, Any]] = []
        for row in rows:
            values = _fitted(row, columns)
            if isinstance(values, Row):
                wrong.append(values)
                continue
            group.append(values)
            count += 1
            if len(group) == GROUP:
                writer.write_table(pa.Table.from_pylist(group, columns))
                group = []
        writer.write_table(pa.Table.from_pylist(group, columns))
    return count, wrong


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give the file its name once it is on disk; a failure leaves what was there before."""
    temporary = path.with_name(f"{path.name}.part")
    with disk(path):
        try:
            yield temporary
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
            sync_directory(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def _row(where: str, line: bytes) -> Row:
    try:
        record = json.loads(line)
    except ValueError as error:
        return Row(where, None, f"expected JSON: {error}")
    if not isinstance(record, dict):
        return Row(where, None, "expected a JSON object")
    key, revision = record.get("id"), record.get("revision")
    try:
        is_key = isinstance(key, str) and len(bytes.fromhex(key)) * 2 == ID_DIGITS
    except ValueError:
        is_key = False
    if not is_key or not isinstance(revision, int):
        return Row(where, None, "expected an id of 32 hexadecimal digits and a revision")
    return Row(where, record)


def _fitted(row: Row, columns: pa.Schema) -> dict[str, Any] | Row:
    """Return the values of a row's columns, or the row with what is wrong with it."""
    if row.record is None:
        return row
    if unknown := sorted(row.record.keys() - set(columns.names)):
        return Row(row.where, None, f"expected the keys of the record, got {', '.join(unknown)}")
    values = {}
    for name, value in row.record.items():
        try:
            values[name] = _value(value, columns.field(name).type)
            pa.array([values[name]], columns.field(name).type)
        except (pa.ArrowException, TypeError, ValueError, AttributeError) as error:
            return Row(row.where, None, f"{name}: {error}")
    return values


def _type(part: dict[str, Any], defined: dict[str, Any]) -> pa.DataType:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return pa.timestamp("s", tz="UTC") if name == "zulu" else _type(defined[name], defined)
    if "const" in part:
        return pa.bool_() if isinstance(part["const"], bool) else pa.string()
    plain = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "string": pa.string()}
    if part.get("type") == "array":
        return pa.list_(_type(part["items"], defined))
    if part.get("properties"):
        return pa.struct([(name, _type(inner, defined)) for name, inner in part["properties"].items()])
    if isinstance(part.get("additionalProperties"), dict):
        return pa.map_(pa.string(), _type(part["additionalProperties"], defined))
    return plain.get(part.get("type", ""), pa.string())


def _value(value: Any, kind: pa.DataType) -> Any:
    """Return a JSON value as Arrow takes it for a column of that type; raises TypeError, ValueError."""
    if pa.types.is_list(kind):
        return [_value(one, kind.value_type) for one in value]
    if pa.types.is_map(kind):
        return [(name, _value(one, kind.item_type)) for name, one in value.items()]
    if pa.types.is_struct(kind):
        if unknown := sorted(value.keys() - {field.name for field in kind}):
            raise ValueError(f"expected the keys of the record, got {', '.join(unknown)}")
        return {name: _value(one, kind.field(name).type) for name, one in value.items()}
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if pa.types.is_string(kind) and isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return value
