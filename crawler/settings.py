"""All settings, grouped; each says its unit and its reason. Scrapy's names wherever Scrapy has one."""

import os
from pathlib import Path

# Before our own: it looks at the sources of all that is loaded (inspect.stack), which costs .1 s when that is much.
import scrapy.core.downloader.contextfactory  # noqa: F401
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.settings import default_settings
from scrapy.spidermiddlewares.depth import DepthMiddleware
from scrapy.spidermiddlewares.urllength import UrlLengthMiddleware
from scrapy.utils.conf import closest_scrapy_cfg

from crawler import __version__
from crawler.exporters import RecordLines
from crawler.extensions.archive import Archive
from crawler.extensions.hosts import HostTimes
from crawler.extensions.logs import SafeLogs
from crawler.extensions.progress import Progress
from crawler.extensions.report import RunReport
from crawler.extensions.run import Run
from crawler.pipelines.deduplicate import Deduplicate
from crawler.pipelines.store import Store
from crawler.pipelines.validate import Validate
from crawler.pipelines.withhold import Withhold
from crawler.politeness.backoff import BackOff
from crawler.politeness.bodies import BoundedBodies
from crawler.politeness.handler import BoundedHandler
from crawler.politeness.leases import SiteLeases
from crawler.politeness.logins import Logins
from crawler.politeness.pace import PoliteDownloader
from crawler.politeness.resolver import GuardedResolver
from crawler.politeness.rights import SiteRights
from crawler.politeness.robots import RobotsTxt
from crawler.politeness.scope import Scope

# --- Identity ---------------------------------------------------------------------------------------------------------
BOT_NAME = "crawler"
#: An address or mailbox where site owners reach whoever runs this crawl; from the environment, because it is yours.
CONTACT = os.environ.get("CRAWLER_CONTACT", "no contact given")
USER_AGENT = f"NewsCrawler/{__version__} (+{CONTACT})"
#: The product token that robots.txt groups are matched with: our name alone, not every word of USER_AGENT.
ROBOTSTXT_USER_AGENT = "NewsCrawler"

# --- Where things lie -------------------------------------------------------------------------------------------------
#: Crawl state, articles and run reports; beside scrapy.cfg, so that the working directory does not decide it.
DATA_DIR = os.environ.get("CRAWLER_DATA_DIR") or str(Path(closest_scrapy_cfg() or "scrapy.cfg").with_name("data"))
#: The sources: yours beside scrapy.cfg as soon as there is one (`scrapy sources --enable` begins it), else what ships.
_own_sources = Path(closest_scrapy_cfg() or "scrapy.cfg").with_name("sources.toml")
SOURCES_FILE = str(_own_sources if _own_sources.exists() else Path(__file__).with_name("sources.toml"))

#: postgresql://USER@HOST/DATABASE for workers on several machines (needs the extra "postgres"); empty: one process, and
#: the state is a file in DATA_DIR.
STATE_URL = os.environ.get("CRAWLER_STATE_URL", "")
#: The name of this worker among those that share STATE_URL; empty: made of host name and DATA_DIR.
WORKER = os.environ.get("CRAWLER_WORKER", "")
#: Seconds without a sign of life after which other workers take over a worker's sites; it says that it is alive four
#: times as often.
LEASE_SECONDS = 60

# --- Politeness -------------------------------------------------------------------------------------------------------
ROBOTSTXT_OBEY = True
#: Seconds between request starts per registrable domain; sources can only be slower.
DOWNLOAD_DELAY = 3.0
#: Share by which a pause may be longer, at random; never shorter.
DOWNLOAD_DELAY_JITTER = 0
#: One request in flight per registrable domain.
CONCURRENT_REQUESTS_PER_DOMAIN = 1
#: In flight over all domains, those included that wait for their site's pause: many sites at once, each at its own
#: pace, and a few dozen that hang hold up nobody.
CONCURRENT_REQUESTS = 100
#: Items of one response that are worked on at once: a page gives one, and Scrapy makes so many tasks for each.
CONCURRENT_ITEMS = 2
#: A second and a third try within the run, for faults that pass; the crawl state tries again in later runs.
RETRY_TIMES = 2
#: 429 and 503 ask us to stay away: they are repeated only where the server says when.
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]
#: Seconds that a site is left alone after a 429 or 503 that does not say for how long; doubled each time.
BACKOFF_SECONDS = 30.0
#: Seconds that a run waits for a site that wants to be left alone; longer, and the site waits for another run.
BACKOFF_WAIT = 120.0
#: Failures are outcomes in the state and rows of the report, not lines of a log.
RETRY_GIVE_UP_LOG_LEVEL = "INFO"

# --- Limits -----------------------------------------------------------------------------------------------------------
#: Bytes of an article page, decompressed.
ARTICLE_MAXSIZE = 5 << 20
#: Bytes of a feed or sitemap, decompressed.
DOCUMENT_MAXSIZE = 50 << 20
#: Bytes of anything else.
DOWNLOAD_MAXSIZE = 10 << 20
#: Bytes of the headers of one response, interim responses included.
HEADERS_MAXSIZE = 256 << 10
#: Bytes of all bodies that are received or worked on at the same time, over all sites.
BODIES_MAXSIZE = 256 << 20
#: Off: a page over the limit is an outcome, a large one is none.
DOWNLOAD_WARNSIZE = 0
#: Seconds for one whole request.
DOWNLOAD_TIMEOUT = 30
REDIRECT_MAX_TIMES = 5
#: Characters; the state refuses longer ones too.
URLLENGTH_LIMIT = 2048
#: Steps from a home page or robots.txt to a document: home, section, second page, third page.
DEPTH_LIMIT = 4
#: Addresses taken from one feed or sitemap.
DOCUMENT_LINKS = 50_000
#: Pages and seconds per source and run; what is left stays pending.
SOURCE_PAGES = 500
SOURCE_SECONDS = 600
#: Pages and seconds of a whole run; cron's next run goes on with what is left, the most overdue first.
CLOSESPIDER_PAGECOUNT = 20_000
CLOSESPIDER_TIMEOUT = 2_400
#: Seconds and bytes one page may cost a worker process.
EXTRACTION_SECONDS = 10
EXTRACTION_MEMORY = 1 << 30
#: Worker processes; one per core keeps the cores busy, as extraction is nearly all of the work.
EXTRACTION_WORKERS = os.cpu_count() or 1
#: Seconds that a browser may work on one page; what it shows by then is read.
RENDER_SECONDS = 15
#: Pages of one article that are joined.
ARTICLE_PAGES = 20
#: Bytes of free disk below which a run ends (exit 74) before it breaks something.
DISK_RESERVE = 1 << 30

# --- Safety -----------------------------------------------------------------------------------------------------------
#: "host:port" pairs that may be private addresses; -a url= on the command line adds its own.
ALLOW_PRIVATE: list[str] = []
TWISTED_DNS_RESOLVER = GuardedResolver
DOWNLOAD_VERIFY_CERTIFICATES = True
#: Domains whose certificates are not checked; sources with `tls = "insecure"` add theirs, and their records say so.
TLS_UNVERIFIED: list[str] = []
COOKIES_ENABLED = False
REFERER_ENABLED = False
#: Proxies come from settings or not at all: the environment of a cron job is nobody's decision.
HTTPPROXY_ENABLED = False
METAREFRESH_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
#: It reads a parent's peak memory as ours; use systemd's MemoryMax.
MEMUSAGE_ENABLED = False
#: Links to file, data, ftp and s3 end as failed requests instead of being read.
DOWNLOAD_HANDLERS = {
    "http": BoundedHandler,
    "https": BoundedHandler,
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}

# --- Rights -----------------------------------------------------------------------------------------------------------
#: Uses of content that are respected where a page or its site reserves them: only metadata is kept then. Of
#: train-ai, ai-input, search, tdm, archive and rsl. noindex, nofollow and unavailable_after always hold.
RESPECT_USAGE: list[str] = []
#: Ask every site once a day for its /.well-known/tdmrep.json, as the TDM Reservation Protocol wants it.
TDMREP_LOOKUP = True

# --- Collecting -------------------------------------------------------------------------------------------------------
#: Seconds between visits of a document that brings one new article an hour; one that brings four is visited twice as
#: often. With this, sources of all sizes are visited 23 times a day on average (tests/benchmarks/freshness.py).
DOCUMENT_INTERVAL = 2_700
#: On: an article that another site has shown in the same words is dropped as a duplicate instead of marked as a copy.
DROP_COPIES = False
#: Days that copies of an article are looked for.
COPIES_DAYS = 14
#: On: requests and responses are kept as WARC files under DATA_DIR/archive (needs the extra "archive").
ARCHIVE_WARC = False
#: Bytes from which on an archive file is closed and the next begun; a new day begins one too.
ARCHIVE_SIZE = 1 << 30
#: Of -O FILE.
FEED_EXPORT_ENCODING = "utf-8"

#: The Chromium that builds pages whose text their scripts put there (needs the extra "browser"): a path, or a name that
#: is looked up on PATH.
BROWSER_PATH = "chromium"

# --- Telling ----------------------------------------------------------------------------------------------------------
#: A command and its arguments, run (without a shell) when a source breaks or recovers, with the facts as JSON on stdin.
ON_ALERT: list[str] | str = []
#: A file for node_exporter's textfile collector, written after every run; its name ends in .prom.
METRICS_FILE = ""

# --- Components -------------------------------------------------------------------------------------------------------
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"
COMMANDS_MODULE = "crawler.commands"
DOWNLOADER = PoliteDownloader
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
#: Scrapy's own extensions but for the two that are off above: every start would import the servers they stand on.
EXTENSIONS_BASE = {
    path: place
    for path, place in default_settings.EXTENSIONS_BASE.items()
    if not path.endswith((".TelnetConsole", ".RemoteControl"))
}
EXTENSIONS = {
    SafeLogs: 0,  # before anything foreign can be logged
    Run: 0,  # lock and state: before everything that uses them
    HostTimes: 400,
    Progress: 500,
    RunReport: 900,
}
DOWNLOADER_MIDDLEWARES = {
    Scope: 50,  # every request, before robots.txt is asked for it
    SiteLeases: 60,  # before robots.txt is asked for
    RobotsTxtMiddleware: None,  # Scrapy's allows what it cannot read
    RobotsTxt: 100,
    SiteRights: 150,  # after robots.txt has let a request pass
    Archive: 605,
    HttpCompressionMiddleware: None,
    # In its place, before the redirect middleware (600): a redirect that is archived has been decompressed too.
    BoundedBodies: 610,
    BackOff: 950,  # sees every answer before anything else does
    Logins: 990,  # last, so that nothing else sees a secret
}
#: The news spider counts steps between documents itself. Scrapy's middleware would also count the pages of an article
#: and the usual places tried one after the other, and drop the fifth without a word.
SPIDER_MIDDLEWARES = {
    DepthMiddleware: None,
    UrlLengthMiddleware: None,  # Scope refuses long addresses by name
}
ITEM_PIPELINES = {
    Validate: 100,
    Deduplicate: 200,
    Withhold: 800,
    Store: 900,
}
#: -O FILE.jsonl for a quick look writes the same records as the output files.
FEED_EXPORTERS = {"jsonl": RecordLines, "jsonlines": RecordLines, "jl": RecordLines}

# --- Logging ----------------------------------------------------------------------------------------------------------
#: People read the progress and the run report; WARNING is for what someone should look at. -L INFO shows the rest.
LOG_LEVEL = "WARNING"
#: Parameters of addresses whose values are written as *** in logs, on the terminal and in the run report. User names
#: and passwords before the host always are.
SECRET_PARAMETERS = ["access_token", "api_key", "apikey", "auth_token", "password", "secret", "signature", "token"]
