"""A document of very many addresses holds nobody up while it is saved, and a kill in the middle loses none of them."""

import json
import os
import signal
import time

import heartbeat
from fault_server import answer

ADDRESSES = 10_000
#: Seconds of CPU: saved at once, they would take three times as long on any machine.
HELD_UP = 0.5


def sitemap(site):
    rows = "".join(
        f"<url><loc>http://{site}/news/a-story-of-some-words-{place}</loc></url>" for place in range(ADDRESSES)
    )
    body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
    return answer(body.encode(), Content_Type="application/xml", ETag='"1"')


def known(new_state, operator):
    """Return how many addresses are known, and the validator of the sitemap."""
    if not (operator.data / "crawl.db").exists():
        return 0, None
    state = new_state(operator.data, read_only=True)
    try:
        (document,) = state.documents.of("paper") or (None,)
        return state.frontier.announced().get("paper", 0), document and document.etag
    finally:
        state.close()


def test_a_kill_while_a_document_is_saved_loses_none_of_its_addresses(operator, server, new_state, tmp_path):
    site = server.site()
    server.say(site, "/sitemap.xml", sitemap(site))
    sources = tmp_path / "sources.toml"
    sources.write_text(f'[paper]\nhome = "http://{site}/"\nsitemaps = ["http://{site}/sitemap.xml"]\n')
    operator.settings |= {"SOURCES_FILE": str(sources), "ALLOW_PRIVATE": site, "SOURCE_PAGES": "2"}
    process = operator.start("crawl", "news", start_new_session=True)
    until = time.monotonic() + 60
    while "/sitemap.xml" not in server.paths(site) or not known(new_state, operator)[0]:
        assert time.monotonic() < until
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    saved, etag = known(new_state, operator)
    assert 0 < saved < ADDRESSES
    assert etag is None, "it was not read whole"

    beats = tmp_path / "beats.json"
    operator.settings |= heartbeat.settings(beats)
    assert operator.run("crawl", "news").code == 5
    assert known(new_state, operator) == (ADDRESSES, '"1"')
    assert json.loads(beats.read_text())["cpu"] < HELD_UP
