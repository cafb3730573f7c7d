"""Charts as inline SVG: numbers and ids of sources in, markup out. Colours come from the page, so dark is dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from lxml import etree
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pygal.graph.graph import Graph

#: What may have become of an address, in the order of the chart.
STATES = ("stored", "duplicate", "rejected", "failed", "pending")
#: Sources with a colour of their own; the others are one.
SERIES = 7
#: Bars of a chart that lists sources.
BARS = 15
#: Size of a chart in its own units; it scales to the width of the page, and its letters with it, so that both a
#: telephone and a desk can read them. Bars: height of each, and of the rest.
WIDTH, HEIGHT, BAR, FRAME = 560, 300, 30, 50
#: Labels on the axis of days: more would overlap on a telephone.
DAY_LABELS = 6


@attrs.frozen
class Chart:
    """A drawing and what its colours mean, in their order."""

    drawing: Markup
    legend: tuple[str, ...] = ()


def per_day(rows: Sequence[Mapping[str, Any]], days: Sequence[str]) -> Chart:
    """Return articles per day, stacked by source; *rows* have source, day and n."""
    import pygal

    totals: dict[str, int] = {}
    for row in rows:
        totals[row["source"]] = totals.get(row["source"], 0) + row["n"]
    largest = sorted(totals, key=lambda source: (-totals[source], source))[:SERIES]
    names = (*largest, *(["others"] if len(totals) > SERIES else []))
    chart = pygal.StackedBar(**_look(HEIGHT), x_label_rotation=0, show_minor_x_labels=False)
    chart.x_labels = [day[5:] for day in days]
    chart.x_labels_major = [day[5:] for day in days[:: max(len(days) // DAY_LABELS, 1)]]
    for name in names:
        counts = dict.fromkeys(days, 0)
        for row in rows:
            is_in = row["source"] == name if name in totals else row["source"] not in largest
            if is_in and row["day"] in counts:
                counts[row["day"]] += row["n"]
        chart.add(name, list(counts.values()))
    words = f"Articles stored per day by source, {days[0]} to {days[-1]}; the table below has the numbers"
    return Chart(_markup(chart, words), names)


def delays(medians: Mapping[str, float]) -> Chart:
    """Return the median minutes from publication to storing of the slowest sources."""
    import pygal

    slowest = sorted(medians, key=lambda source: medians[source])[-BARS:]
    chart = pygal.HorizontalBar(**_look(FRAME + BAR * len(slowest)))
    chart.x_labels = slowest
    chart.add("minutes", [round(medians[source] / 60, 1) for source in slowest])
    return Chart(
        _markup(chart, "Median minutes from publication to storing by source; the table below has the numbers")
    )


def endings(tally: Mapping[str, Mapping[str, Any]]) -> Chart:
    """Return what became of the addresses of the largest sources, as shares."""
    import pygal

    largest = sorted(tally, key=lambda source: sum(tally[source][name] for name in STATES))[-BARS:]
    chart = pygal.HorizontalStackedBar(**_look(FRAME + BAR * len(largest)), range=(0, 100))
    chart.x_labels = largest
    for name in STATES:
        sums = [sum(tally[source][state] for state in STATES) for source in largest]
        shares = [100 * tally[source][name] / (of or 1) for source, of in zip(largest, sums, strict=True)]
        chart.add(name, [round(share, 1) for share in shares])
    words = "What became of all announced addresses by source, in per cent; the table below has the numbers"
    return Chart(_markup(chart, words), STATES)


def _look(height: int) -> dict[str, Any]:
    from pygal.style import Style

    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--ink)",
        foreground_strong="var(--ink)",
        foreground_subtle="var(--line)",
        guide_stroke_color="var(--line)",
        major_guide_stroke_color="var(--line)",
        colors=tuple(f"var(--series-{number})" for number in range(1, SERIES + 2)),
        opacity="1",
        opacity_hover="1",
        font_family="inherit",
        label_font_size=14,
        major_label_font_size=14,
        no_data_font_size=18,
    )
    return {
        "style": style,
        "width": WIDTH,
        "height": height,
        "js": [],
        "show_legend": False,  # the page has its own, which wraps on a telephone
        "margin": 6,
        "spacing": 8,
        "include_x_axis": True,
        "no_data_text": "nothing yet",
        "truncate_label": 24,
    }


def _markup(chart: Graph, words: str) -> Markup:
    """Return the chart as an image with a text that says what it shows (WAI-ARIA 1.2, role img)."""
    root = chart.render_tree()
    etree.strip_tags(root, etree.Comment)
    for element in root.xpath("//*[local-name() = 'title' or local-name() = 'desc' or local-name() = 'script']"):
        element.getparent().remove(element)
    for element in root.xpath("//*[starts-with(@id, 'activate-serie')]"):
        del element.attrib["id"]  # for its script, and the same in every chart
    root.set("role", "img")
    root.set("aria-label", words)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704  # a tree's serialisation is escaped
