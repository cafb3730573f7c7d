"""Lists where sites commonly keep feeds and sitemaps, for sites that name none. It checks nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from crawler.urls import join

# Each list is ordered by how often the path is the right one among publishers whose documents are known.
_NEWS_SITEMAPS = (
    "news-sitemap.xml",
    "sitemap-news.xml",
    "sitemaps/news.xml",
    "news.xml",
    "sitemap_news.xml",
    "googlenews.xml",
    "sitemap-google-news.xml",
    "sitemap/google-news.xml",
    "sitemaps/news-sitemap.xml",
    "sitemaps/sitemap_news.xml",
    "map_news.xml",
    "news-sitemap",
    "news_sitemap.xml",
    "sitemap/news.xml",
    "google-news-sitemap.xml",
    "arc/outboundfeeds/news-sitemap/?outputType=xml",
    "sitemap-news.xml.gz",
    "sitemap_news.xml.gz",
)
_SITEMAPS = (
    "sitemap.xml",
    "sitemap_index.xml",
    "sitemap-index.xml",
    "wp-sitemap.xml",
    "sitemapindex.xml",
    "sitemap",
    "sitemap.xml.gz",
    "sitemap_index.xml.gz",
    "sitemap-index.xml.gz",
    "sitemap/sitemap-index.xml",
    "sitemaps/sitemap.xml",
    "sitemaps/sitemap_index.xml",
    ".sitemap.xml",
    "admin/config/search/xmlsitemap",
    "arc/outboundfeeds/sitemap-index/?outputType=xml",
)
_FEEDS = (
    "feed",
    "rss",
    "feed.xml",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "rss/feed.xml",
    "feeds/latest.rss",
    "rss/index.xml",
    "feed/rss",
    "index.rdf",
    "feeds/rss",
    "arc/outboundfeeds/rss/?outputType=xml",
    "feed.json",
    "news/rss",
    "feed/atom",
    "rss2",
    "rdf",
)
#: A site that lives below a path of its host keeps its own feed there; only the commonest names are worth a request.
_BELOW_HOME = 4


def feed_guesses(home: str) -> tuple[str, ...]:
    """Return the addresses to try for a feed of the site whose home page is *home*, likeliest first."""
    below = _under(_folder(home), _FEEDS[:_BELOW_HOME]) if _folder(home) != _root(home) else ()
    return (*below, *_under(_root(home), _FEEDS))


def sitemap_guesses(home: str) -> tuple[str, ...]:
    """Return the addresses to try for a sitemap of the site at *home*: news sitemaps first, then likeliest first."""
    return _under(_root(home), _NEWS_SITEMAPS + _SITEMAPS)


def _root(home: str) -> str:
    return join(home, "/") or ""


def _folder(home: str) -> str:
    root = _root(home)
    path = urlsplit(join(home, "") or root).path
    stem, _, last = path.rpartition("/")
    folder = path if not last else f"{stem}/" if "." in last else f"{path}/"
    return join(root, folder) or root


def _under(base: str, paths: tuple[str, ...]) -> tuple[str, ...]:
    found = (join(base, path) for path in paths)
    return tuple(dict.fromkeys(url for url in found if url is not None))
