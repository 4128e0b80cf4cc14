"""The grown form, ready for its first incident."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import postgres
from tests.grown.machines import Grown
from tests.relay import Relay

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.process)
            item.add_marker(pytest.mark.postgres)


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    relay.slow_seconds = 0.4
    with relay.open():
        yield relay


@pytest.fixture
def grown(tmp_path: Path, relay: Relay) -> Iterator[Callable[..., Grown]]:
    """`grown(broker)` prepares the two machines and starts everything on them."""
    with ExitStack() as after:

        def start(broker: str, *, started: bool = True) -> Grown:
            found = Grown(tmp_path, after.enter_context(postgres()), broker, relay.url)
            after.callback(found.stop)
            found.prepare()
            if started:
                found.start()
            return found

        yield start
