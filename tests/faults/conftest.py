"""What the sweeps stand on: a parent that forks, and a prepared database that is copied for each run."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster import Cluster, running
from tests.faults.stage import Databases, Parent, Stage, parent
from tests.relay import Relay

HERE = Path(__file__).parent
NIGHTLY = os.environ.get("NIGHTLY") == "1"
SOON = "ok-soon"  # this one's commitment falls due in ninety minutes; everybody else's in twenty days
OWNERS = [SOON, "perm-1", *(f"ok-{number}" for number in range(48 if NIGHTLY else 3))]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.process)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own. Copying and dropping databases on one that others use would wait for their disk."""
    with running() as opened:
        yield opened


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """The server of the databases; nothing for SQLite."""
    return "" if request.param == "sqlite" else request.getfixturevalue("cluster").url


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Parent]:
    with parent(tmp_path_factory.mktemp("parent") / "data", url) as opened:
        yield opened


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, url: str) -> Databases:
    return Databases(tmp_path_factory.mktemp("databases"), url)


@dataclass(frozen=True)
class Prepared:
    """What each stage begins with: a database (`acts.prepare`) and the edition that is public then."""

    database: str
    edition: Path


@pytest.fixture(scope="session")
def prepared(forks: Parent, databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    made = Prepared(databases.new(), tmp_path_factory.mktemp("before") / "edition")
    stage = Stage(forks, made.database, made.edition, Relay())
    stage.act("prepare", owners=OWNERS)
    stage.act("edition")
    return made


@pytest.fixture(scope="session")
def new_stage(
    forks: Parent, databases: Databases, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Relay], Stage]:
    """A new stage on a copy of what was prepared: `new_stage(relay)`."""

    def make(relay: Relay) -> Stage:
        folder = tmp_path_factory.mktemp("stage") / "edition"
        shutil.copytree(prepared.edition, folder)
        return Stage(forks, databases.new(like=prepared.database), folder, relay)

    return make


@pytest.fixture
def stage(new_stage: Callable[[Relay], Stage]) -> Iterator[Stage]:
    with Relay().open() as relay:
        yield new_stage(relay)
