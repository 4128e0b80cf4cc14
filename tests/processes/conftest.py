"""Real processes on a folder of their own: web server, jobs, and a mail server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Postbox

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.process)


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox().open() as box:
        yield box
