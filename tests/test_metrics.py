"""Numbers for Prometheus, read back by its own parser; and run reports that are what their schema says."""

import json
import time
from pathlib import Path

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from crawler.newsroom import Fault


@pytest.fixture(scope="module")
def metrics(new_operator):
    """The metrics after a run over a source that is well and one that is blocked."""
    from crawler.newsroom import Newsroom

    operator = new_operator()
    file, target = operator.directory / "sources.toml", operator.directory / "textfile" / "crawler.prom"
    with Newsroom() as paper:
        file.write_text(
            f'[courier]\nhome = "{paper.url}"\nfeeds = ["{paper.url}feed.rss"]\n'
            f'[lost]\nhome = "{paper.url}"\nfeeds = ["{paper.url}lost.rss"]\n'
        )
        paper.fault("/lost.rss", Fault(status=403))
        operator.settings |= {"SOURCES_FILE": str(file), "ALLOW_PRIVATE": paper.host_port, "METRICS_FILE": str(target)}
        assert operator.run("crawl", "news").code == 3
    operator.metrics = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(target.read_text())
        for sample in family.samples
    }
    operator.target = target
    return operator


def test_the_metrics_tell_which_source_is_well_and_what_is_wrong_with_the_others(metrics):
    found = metrics.metrics
    assert found["crawler_source_well", "courier"] == 1
    assert found["crawler_source_well", "lost"] == 0
    assert found["crawler_source_trouble", "lost", "blocked"] == 1
    assert not [key for key in found if key[:2] == ("crawler_source_trouble", "courier")]
    assert time.time() - 600 < found["crawler_source_newest_article_timestamp_seconds", "courier"] <= time.time()


def test_the_metrics_agree_with_the_run_report(metrics):
    found, report = metrics.metrics, metrics.report
    assert found["crawler_articles_stored_total", "courier"] == report["sources"]["courier"]["total"]["stored"]
    assert found["crawler_addresses", "courier", "rejected"] == sum(
        report["sources"]["courier"]["total"]["rejected"].values()
    )
    assert found["crawler_run_exit_code",] == report["exitCode"] == 3
    assert found["crawler_run_requests",] == report["requests"]


def test_the_file_is_whole_readable_by_others_and_alone_in_its_directory(metrics):
    assert [path.name for path in metrics.target.parent.iterdir()] == ["crawler.prom"]
    assert metrics.target.stat().st_mode & 0o777 == 0o644


def test_a_metrics_file_that_cannot_be_written_is_named_and_the_run_is_good(operator, paper):
    operator.settings["METRICS_FILE"] = "/proc/nowhere/crawler.prom"
    ended = operator.crawl(paper.url, "-a", "limit=1")
    assert ended.code == 0
    assert ended.err.startswith("METRICS_FILE: /proc/nowhere/crawler.prom: ")
    assert ended.err.count("\n") == 1


def test_the_report_has_health_and_coverage_of_every_source_that_was_visited(metrics):
    courier, lost = (metrics.report["sources"][name] for name in ("courier", "lost"))
    assert courier["health"]["verdict"] == "well"
    assert lost["health"]["verdict"] == "blocked"
    assert lost["health"]["isNews"]
    assert courier["coverage"]["channels"]["feed"] == courier["coverage"]["announced"] > 10
    assert courier["coverage"]["estimatedRecall"] == 1


@pytest.mark.parametrize("change", [{"exitCode": "0"}, {"sources": {"A B": {}}}, {"more": 1}])
def test_the_schema_refuses_what_is_no_report(metrics, change):
    schema = json.loads((Path(__file__).parents[1] / "crawler" / "run.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(metrics.report | change, schema)
