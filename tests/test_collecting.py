"""collect(urls) in a script and in a running event loop: the crawl's own records, its manners and its outcomes."""

import asyncio

import pytest

from crawler import CollectError, collect

HOME = {"DOWNLOAD_DELAY": 0, "EXTRACTION_WORKERS": 1, "DISK_RESERVE": 0, "RETRY_TIMES": 0}


@pytest.fixture
def pages(paper):
    stories = [story for story in paper.articles if story.language == "en"][:3]
    return {f"{paper.url.rstrip('/')}{story.path}": story.headline for story in stories}


@pytest.fixture
def settings(paper):
    return HOME | {"ALLOW_PRIVATE": [paper.host_port]}


def test_a_script_awaits_the_records_of_its_addresses_and_learns_what_became_of_the_others(paper, pages, settings):
    missing = f"{paper.url}no-such-page"

    async def script():
        collection = collect([*pages, missing, "nonsense"], settings=settings)
        return await collection, collection.outcomes

    records, outcomes = asyncio.run(script())
    assert {record["url"]: record["headline"] for record in records} == pages
    assert outcomes[missing] == "failed: http_404"
    assert outcomes["nonsense"] == "no web address"
    assert [outcomes[url] for url in pages] == ["stored"] * len(pages)
    assert any(request.path == "/robots.txt" for request in paper.requests)


def test_in_a_running_loop_records_come_one_by_one_and_other_work_goes_on(paper, pages, settings, tmp_path):
    async def notebook():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.05)

        ticking = asyncio.create_task(tick())
        first = [record["url"] async for record in collect(pages, data=tmp_path, settings=settings)]
        asked = len(paper.requests)
        again = await collect(pages, data=tmp_path, settings=settings)
        ticking.cancel()
        return first, again, ticks, len(paper.requests) - asked

    first, again, ticks, asked = asyncio.run(notebook())
    assert sorted(first) == sorted(pages)
    assert again == []
    assert asked == 0
    assert ticks > 10


def test_an_address_that_is_not_public_is_not_asked(paper, pages):
    async def script():
        collection = collect(list(pages), settings=HOME)
        return await collection, collection.outcomes

    records, outcomes = asyncio.run(script())
    assert records == []
    assert set(outcomes.values()) <= {"failed: blocked_address", "failed: robots", "failed: refused"}
    assert not paper.requests


def test_leaving_early_stops_the_crawl_and_keeps_what_is_stored(pages, settings, tmp_path):
    async def script():
        waiting = asyncio.ensure_future(
            collect(pages, data=tmp_path, settings=settings | {"DOWNLOAD_DELAY": 30})._all()
        )
        while not (tmp_path / "crawl.lock").exists():  # noqa: ASYNC110  # another process makes it
            await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return await collect(list(pages)[:1], data=tmp_path, settings=settings)

    assert len(asyncio.run(script())) <= 1  # and no lock is held


@pytest.mark.parametrize("settings", [{"DOWNLOAD_DELAY": "abc"}, {"SOURCES_FILE": "/nowhere"}])
def test_a_crawl_that_cannot_run_says_why(settings):
    with pytest.raises(CollectError, match="expected a"):
        asyncio.run(collect(["https://paper.example/a"], settings=settings)._all())


def test_no_address_is_an_error():
    with pytest.raises(CollectError, match="at least one web address"):
        asyncio.run(collect([])._all())
