"""Many hosts at once: connections are reused and bounded, all get their turn, and a slow one holds nobody up."""

import asyncio
import resource
from functools import partial

from fault_server import answer

HOSTS = 120
#: Files that the crawl may have open: fewer than there are hosts.
FILES = 100
#: Seconds that the slow host takes for its robots.txt, and how many others are asked meanwhile, on the slowest machine.
SLOW = 3.0
MEANWHILE = 10
SECONDS = 100
RSS = '<rss version="2.0"><channel><title>x</title>{}</channel></rss>'


def feed(site):
    item = f"<item><title>A story of some words</title><link>http://{site}/a-story-of-some-words</link></item>"
    return answer(RSS.format(item).encode(), Content_Type="application/rss+xml")


async def slowly(writer):
    await asyncio.sleep(SLOW)
    writer.write(answer(status=404))


def test_more_hosts_than_files_may_be_open_are_visited_and_a_slow_one_holds_nobody_up(operator, server, tmp_path):
    sites = [server.site(f"127.0.2.{1 + place}") for place in range(HOSTS)]
    for site in sites:
        server.say(site, "/feed.rss", feed(site))
    server.say(sites[0], "/robots.txt", slowly)
    file = tmp_path / "sources.toml"
    file.write_text(
        "".join(
            f'[site{place}]\nhome = "http://{site}/"\nfeeds = ["http://{site}/feed.rss"]\n'
            for place, site in enumerate(sites)
        )
    )
    operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": ",".join(sites)}
    operator.settings |= {"CONCURRENT_REQUESTS": "16", "CONCURRENT_REQUESTS_PER_DOMAIN": "1"}
    bound = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (FILES, FILES))
    process = operator.start("crawl", "news", preexec_fn=bound)
    _, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, "")
    for site in sites:
        assert server.paths(site) == ["/robots.txt", "/feed.rss", "/a-story-of-some-words"]
    begin, end, _ = (asked.at for asked in server.asked if asked.site == sites[0])
    meanwhile = {asked.site for asked in server.asked if begin < asked.at < end}
    assert len(meanwhile) > MEANWHILE
