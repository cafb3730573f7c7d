"""Importing this makes reading pages ready: the fork server of the workers imports it once for all of them."""

from crawler.extraction import warm

warm()
