"""The pace of a source: only ever slower than the settings, and shared by all hosts of one registrable domain."""

from scrapy.settings import Settings

from crawler.politeness.slots import delays
from crawler.sources import Source


def source(delay, *hosts, home="https://www.courier.com/"):
    return Source(id="courier", home=home, delay=delay, hosts=hosts)


def project(delay, priority="project"):
    settings = Settings()
    settings.set("DOWNLOAD_DELAY", delay, priority=priority)
    return settings


def test_a_source_is_slower_where_it_asks_for_it():
    assert delays([source(5)], project(3)) == {"courier.com": {"delay": 5}}


def test_a_source_is_never_faster():
    assert delays([source(0.1)], project(3)) == {"courier.com": {"delay": 3}}


def test_a_source_that_asks_for_nothing_has_no_slot_of_its_own():
    assert delays([source(None), source(0)], project(3)) == {}


def test_two_sources_on_one_domain_go_at_the_slower_pace():
    sport = source(9, home="https://sport.courier.com/")
    assert delays([source(5), sport, source(7)], project(3)) == {"courier.com": {"delay": 9}}


def test_further_hosts_of_a_source_go_at_its_pace():
    assert set(delays([source(5, "cdn.partner.org")], project(3))) == {"courier.com", "partner.org"}


def test_the_command_line_wins():
    assert delays([source(5)], project(0, priority="cmdline")) == {}
