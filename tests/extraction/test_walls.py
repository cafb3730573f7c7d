"""What stands before an article."""

import pytest

LOREM = "<p>We and our 842 partners store cookies on your device. You may accept or reject all of them.</p>"


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>Just a moment...</title></head><body><h1>paper.example</h1><p>Enable JavaScript.</p>",
        "<html><head><title>paper.example</title></head><body><script>window._cf_chl_opt={};</script><p>Wait</p>",
        '<html><head><title>x</title></head><body><script src="https://ct.captcha-delivery.com/c.js"></script>Wait',
        "<html><head><title>Access Denied</title></head><body><p>You don't have permission. Reference #18.2</p>",
    ],
)
def test_a_bot_check_is_a_challenge(read_html, html):
    found = read_html(html)
    assert found.reason == "challenge"
    assert found.detail


def test_an_article_behind_a_protecting_service_is_no_challenge(read):
    found = read(bottom='<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>')
    assert found.reason is None


@pytest.mark.parametrize(
    ("title", "text", "button"),
    [
        ("Your privacy", LOREM, "Accept all"),
        (
            "Einwilligung",
            "<p>Wir nutzen Cookies. Mit der Einwilligung stimmen Sie dem Tracking zu, siehe Datenschutz.</p>",
            "Akzeptieren",
        ),
        (
            "Vos cookies",
            "<p>Nous utilisons des cookies avec votre consentement ; voyez notre page privacy.</p>",
            "Accepter",
        ),
    ],
)
def test_a_consent_dialogue_alone_is_a_wall(read_html, title, text, button):
    html = (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}<button>{button}</button></body></html>"
    )
    assert read_html(html).reason == "consent_wall"


def test_a_cookie_notice_on_an_article_is_no_wall(read):
    notice = f"<div role='dialog'><h2>Cookies</h2>{LOREM}<button>Accept all</button></div>"
    assert read(bottom=notice, jsonld={"@type": "NewsArticle", "headline": "A bridge is built"}).reason is None


def test_a_login_form_alone_is_a_wall(read_html):
    html = "<html><head><title>Log in</title></head><body><h1>Log in</h1><form><input type='password'></form>"
    assert read_html(html).reason == "login_wall"


@pytest.mark.parametrize(
    "title", ["404 Not Found", "Page not found", "Seite nicht gefunden", "Страница не найдена", "Error 500"]
)
def test_an_error_page_served_as_a_page_is_one(read_html, title):
    html = f"<html><head><title>{title} | Paper</title></head><body><h1>{title}</h1><p>Try the front page.</p>"
    assert read_html(html).reason == "error_page"


@pytest.mark.parametrize(
    "title",
    ["Sorry seems to be the hardest word in Saltmere, says the mayor. And says it", "Highway 404 to be widened"],
)
def test_a_headline_with_a_number_or_an_excuse_is_no_error(read, title):
    assert read(title=title, h1=title).reason is None


PAID = {"@type": "NewsArticle", "headline": "A bridge is built", "isAccessibleForFree": False}


def test_a_stub_of_a_paid_article_is_a_paywall(read, paragraphs):
    assert read(jsonld=PAID, paragraphs=paragraphs[:2]).reason == "paywall"


def test_appeals_below_the_subscription_box_are_no_text_of_the_article(read, paragraphs):
    appeal = ["Subscribe to continue reading", *(f"{p} Give what you can." for p in paragraphs)]
    assert read(jsonld=PAID, paragraphs=[*paragraphs[:2], *appeal]).reason == "paywall"


def test_a_paid_article_that_is_all_there_is_an_article(read):
    found = read(jsonld=PAID)
    assert found.reason is None
    assert found.fields["isAccessibleForFree"] is False


def test_text_in_jsonld_does_not_pass_a_subscription(read, paragraphs):
    found = read(jsonld={**PAID, "articleBody": " ".join(paragraphs)}, paragraphs=["The council has voted."])
    assert found.reason == "paywall"


def test_a_stub_that_only_asks_is_a_paywall(read, paragraphs):
    box = '<div class="paywall-box"><p>Already a subscriber? Log in to continue reading.</p></div>'
    assert read(paragraphs=paragraphs[:2], bottom=box).reason == "paywall"


def test_the_text_a_site_knows_better_is_not_judged_by_the_one_before_it(read, paragraphs):
    whole = "\n".join(paragraphs)
    found = read(jsonld=PAID, paragraphs=paragraphs[:2], override=lambda *_: {"articleBody": whole})
    assert found.reason is None
    assert found.fields["articleBody"] == whole


def test_a_stub_that_a_site_knows_better_is_a_paywall(read, paragraphs):
    stub = "\n".join(paragraphs[:2])
    assert read(jsonld=PAID, override=lambda *_: {"articleBody": stub}).reason == "paywall"
