"""A pytest plugin: how tests are dealt out where they run side by side (`-n 3`).

A module stays with one worker, since its fixtures are whole installations, and some modules stay together. pytest-xdist's own
`--dist loadgroup` writes the group into the test's name, where pytest no longer looks for it since 9.2: every test went its
own way then, in silence, and each worker made every installation anew.
"""

import os
from typing import Any

import pytest

# Modules that share what is slow to prepare, or what they must not use at the same time, by how their paths begin.
TOGETHER = {
    "tests/faults/test_chain.py": "forks",
    "tests/faults/test_migrations.py": "forks",
    "tests/faults/test_poison.py": "forks",
    "tests/faults/test_recovery.py": "forks",
    "tests/faults/test_senders.py": "forks",
    "tests/faults/test_sigterm.py": "forks",
    "tests/grown/": "brokers",
    "tests/security/test_serialiser.py": "brokers",
}


def group(nodeid: str) -> str:
    """What stays with one worker: a group of `TOGETHER`, or a module."""
    module = nodeid.partition("::")[0]
    return next((name for path, name in TOGETHER.items() if module.startswith(path)), module)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    from xdist.scheduler import LoadScopeScheduling  # only where tests run side by side

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group(nodeid)

    config.option.loadscopereorder = False  # `_longest_first` knows better than the number of tests
    return ByGroup(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        _longest_first(items)


def _longest_first(items: list[pytest.Item]) -> None:
    """What drives browsers and processes before all others, or one worker is left alone with the last of them."""
    marked = [item for item in items if item.get_closest_marker("browser") or item.get_closest_marker("process")]
    long = {group(item.nodeid) for item in marked}
    items.sort(key=lambda item: group(item.nodeid) not in long)
