"""One served site for all tests of clients."""

from collections.abc import Iterator

import pytest
from tests.site import ServedSite


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedSite]:
    """A running site."""
    served = ServedSite(tmp_path_factory.mktemp("site") / "data")
    served.start()
    yield served
    served.stop()
