"""What holds of a crawl state holds on either store."""

import pytest

from crawler.state import CrawlState
from crawler.state.leases import Worker


@pytest.fixture(params=["sqlite", "postgres"])
def new_state(request):
    """Opens the crawl state of a directory, in its file or in an empty database."""
    if request.param == "sqlite":
        return CrawlState
    url = request.getfixturevalue("postgres")
    worker = Worker(name="one", place="here", lease=60)
    return lambda directory: CrawlState(directory, url=url, worker=worker)
