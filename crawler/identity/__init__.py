"""Knows a text again: by its words, by what its site prints around every article. No pages, addresses or storage."""

from crawler.identity.text import content_hash, normalise, word_count, words

__all__ = ["content_hash", "normalise", "word_count", "words"]
