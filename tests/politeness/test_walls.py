"""Walls: named, never stored, and a site that shows nothing else is left alone."""

from crawler.newsroom import Fault

CHALLENGE = (
    b"<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1>"
    b"<form class='challenge-form'></form><script>window._cf_chl_opt={}</script></body></html>"
)
CONSENT = (
    b"<html><head><title>Your privacy and cookies</title></head><body><h1>We value your privacy</h1>"
    b"<p>We and our partners use cookies. Do you consent?</p><button>Accept</button>"
    b"<button>Reject all</button></body></html>"
)
LOGIN = (
    b"<html><head><title>Log in</title></head><body><h1>Log in to read on</h1><form><input name=u>"
    b"<input type='password' name=p><button>Log in</button></form></body></html>"
)
STUB = (
    b"<html><head><title>The price of boats</title><script type='application/ld+json'>{\"@context\":"
    b'"https://schema.org","@type":"NewsArticle","headline":"The price of boats","isAccessibleForFree":false}'
    b"</script></head><body><article><h1>The price of boats</h1><p>Boats cost more than ever this autumn.</p>"
    b"<div class='paywall'>Subscribe now to continue reading</div></article></body></html>"
)
WALLS = {"challenge": CHALLENGE, "consent_wall": CONSENT, "login_wall": LOGIN}


def test_a_site_of_nothing_but_walls_is_left_alone_after_three(operator, paper, announced, outcome):
    pages = [f"/walled/{number}" for number in range(9)]
    for path, wall in zip(pages, 3 * list(WALLS.values()), strict=True):
        paper.fault(path, Fault(status=200, body=wall))
    announced(*pages)
    operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = "1"
    operator.run("crawl", "news")
    assert operator.records == []
    asked = [request.path for request in paper.requests if request.path in pages]
    assert 3 <= len(asked) <= 4
    assert {outcome(path) for path in asked[:3]} <= {("rejected", reason) for reason in WALLS}
    again = len(paper.requests)
    operator.run("crawl", "news", "-a", "source=courier")
    assert not {request.path for request in paper.requests[again:]} & set(pages)


def test_walls_among_articles_keep_nobody_from_the_articles(operator, paper, announced, outcome):
    good = [story.path for story in paper.articles if story.kind == "article"][:6]
    mixed = [path for n, story in enumerate(good) for path in ((f"/walled/{n}", story) if n % 2 else (story,))]
    paper.fault("/walled/*", Fault(status=200, body=CONSENT))
    announced(*mixed)
    operator.settings["CONCURRENT_REQUESTS_PER_DOMAIN"] = "1"
    assert operator.run("crawl", "news").code == 0
    assert len(operator.records) == len(good)
    assert {outcome(path) for path in mixed if path.startswith("/walled/")} == {("rejected", "consent_wall")}


def test_a_metered_stub_is_named_and_its_site_goes_on(operator, paper, announced, outcome):
    stubs = [f"/stub/{number}" for number in range(4)]
    paper.fault("/stub/*", Fault(status=200, body=STUB))
    good = paper.articles[0].path
    announced(*stubs, good)
    assert operator.run("crawl", "news").code == 0
    assert [record["url"] for record in operator.records] == [paper.url.rstrip("/") + good]
    assert {outcome(path) for path in stubs} == {("rejected", "paywall")}


def test_nothing_is_done_to_get_round_a_wall(operator, paper, announced):
    paper.fault("/walled/*", Fault(status=200, body=CHALLENGE, headers={"Set-Cookie": "pass=1; Path=/"}))
    announced("/walled/1", paper.articles[0].path)
    operator.run("crawl", "news")
    agents = {request.headers["User-Agent"] for request in paper.requests}
    assert len(agents) == 1
    assert agents.pop().startswith("NewsCrawler/")
    assert [request.path for request in paper.requests].count("/walled/1") == 1
    assert not any("Cookie" in request.headers for request in paper.requests)
