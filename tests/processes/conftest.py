"""Real processes on a folder of their own: web server, jobs, a mail server, and brokers that are not there."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.servers import Installation, Postbox

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.process)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demo: people with a password, and an update that waits for approval."""
    folder = tmp_path_factory.mktemp("filled") / "data"
    Installation(folder, DEMO="1").manage("demo")
    return folder


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox().open() as box:
        yield box


@pytest.fixture
def refusing_port() -> int:
    """Nobody listens there."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Connections are accepted there, and nothing is ever answered."""
    held: list[socket.socket] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield int(server.getsockname()[1])
        for connection in held:
            connection.close()
