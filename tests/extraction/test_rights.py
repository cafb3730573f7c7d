"""What a page says about its use."""


def test_a_page_that_says_nothing_has_no_usage(read):
    assert "usageInfo" not in read().fields


def test_signals_are_kept_raw_with_their_source(read):
    head = (
        '<meta name="robots" content="noarchive, max-snippet:50"><meta name="tdm-reservation" content="1">'
        '<link rel="license" type="application/rsl+xml" href="/license.xml">'
    )
    headers = {
        "Content-Usage": "train-ai=n, search=y",
        "content-signal": "ai-train=no",
        "TDM-Policy": "https://p.example/tdm",
    }
    tags = ("unavailable_after: Fri, 25 Dec 2026 15:00:00 GMT", "otherbot: noindex")
    found = read(head=head, hints={"headers": headers, "robots_tag": tags}).fields["usageInfo"]
    assert found == {
        "xRobotsTag": [{"source": "http", "value": tags[0]}, {"source": "http", "value": tags[1]}],
        "tdmPolicy": [{"source": "http", "value": "https://p.example/tdm"}],
        "contentUsage": [{"source": "http", "value": "train-ai=n, search=y"}],
        "contentSignal": [{"source": "http", "value": "ai-train=no"}],
        "robotsMeta": [{"source": "meta:robots", "value": "noarchive, max-snippet:50"}],
        "tdmReservation": [{"source": "meta:tdm-reservation", "value": "1"}],
        "rsl": [{"source": "link", "value": "https://www.harbour-courier.example/license.xml"}],
    }


def test_a_licence_in_a_link_header_is_kept(read):
    link = '<https://p.example/rsl.xml>; rel="license"; type="application/rsl+xml"'
    assert read(hints={"headers": {"Link": link}}).fields["usageInfo"]["rsl"] == [{"source": "http", "value": link}]
