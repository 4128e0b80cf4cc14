"""A pytest plugin: which acceptance check a test belongs to, and the figures it measured.

``@pytest.mark.check("R01")`` says that a test is part of check R01 of `checks.toml`; the fixture ``figures`` keeps what it
measured. Both travel with the test's report, so they arrive from every worker. `python -m tests` reads them, fails where
a check of `checks.toml` was not run, and leaves `test-results/checks.json`, from which `tests.report` writes the page in
`docs/reports/`.
"""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("checks.toml")


def listed() -> dict[str, dict[str, object]]:
    """Every check by its number: what it holds, and when it must run (``merge`` or ``nightly``)."""
    return tomllib.loads(LIST.read_text())


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "check(*numbers): part of these checks of tests/checks.toml")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    known = set(listed())
    for item in items:
        for number in dict.fromkeys(number for mark in item.iter_markers("check") for number in mark.args):
            if number not in known:
                raise pytest.UsageError(f"{item.nodeid} belongs to check {number}, which {LIST.name} does not list.")
            item.user_properties.append(("check", number))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep what was measured: ``figures("R01", points=19, lost=0, repeats=1)``. Plain numbers or short texts, with units."""

    def keep(number: str, **measured: float | str) -> None:
        assert measured, "a figure has a name"
        assert number in listed(), f"{LIST.name} does not list {number}"
        request.node.user_properties.append(("figures", json.dumps({"check": number} | measured)))

    return keep
