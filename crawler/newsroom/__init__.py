"""A small newspaper of its own, served on loopback: for a first look, a self-test and end-to-end tests."""

from __future__ import annotations

from crawler.newsroom.content import Story
from crawler.newsroom.edition import KINDS
from crawler.newsroom.faults import Fault
from crawler.newsroom.server import DEFAULT_EDITION, Newsroom, Request

__all__ = ["DEFAULT_EDITION", "KINDS", "Fault", "Newsroom", "Request", "Story"]
