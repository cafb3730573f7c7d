"""A news crawler: a Scrapy project that turns news sites into clean, durable JSON Lines."""

__version__ = "0.1.0"
