"""Scrapy feed export of records, for a quick look with -O FILE.jsonl: the same lines as the output files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy.exporters import BaseItemExporter

from crawler.items import Article, record
from crawler.output import encode

if TYPE_CHECKING:
    from io import BytesIO


class RecordLines(BaseItemExporter):
    """Writes one record a line; fields that say nothing are left out, as everywhere."""

    def __init__(self, file: BytesIO, **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        self._file = file

    def export_item(self, item: Any) -> None:
        """Write one item."""
        self._file.write(encode(record(item) if isinstance(item, Article) else ItemAdapter(item).asdict()))
