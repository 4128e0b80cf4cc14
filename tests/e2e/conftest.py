"""A real Chromium before a real server. A test fails when a page logs an error or breaks the content policy."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

from tests.needs import chromium
from tests.ready_made import ready_made
from tests.servers import Installation

HERE = Path(__file__).parent
DESKTOP, PHONE, NARROW = (1366, 768), (360, 740), (320, 640)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def _a_loop_beside_the_database() -> None:
    """Playwright keeps an event loop in this thread; Django would take that for asynchronous code."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield started
        started.close()


def with_static_files(context: BrowserContext) -> BrowserContext:
    """`live_server` looks for sources and knows no file by its hashed name: these come from where they were collected."""

    def give(route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix("/static/")
        route.fulfill(path=Path(settings.STATIC_ROOT or "") / name)

    context.route("**/static/**", give)
    return context


class Troubles(list[str]):
    """What went wrong in the pages of one test."""

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"script: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text and " of 4" in message.text
        if message.type in ("error", "warning") and not refused:  # a refused form is an answer, not trouble
            self.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page of a new browser profile: `open_page(url, size=PHONE, dark=True, scripts=False)`."""
    contexts: list[BrowserContext] = []
    troubles = Troubles()

    def opened(
        url: str, *, size: tuple[int, int] = DESKTOP, dark: bool = False, scripts: bool = True, **more: Any
    ) -> Page:
        context = browser.new_context(
            base_url=url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            **more,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        troubles.watch(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


class Demo:
    """The demo as `make demo` starts it."""

    def __init__(self, installation: Installation) -> None:
        self.installation, self.url = installation, installation.url
        self.password = (installation.folder / "demo-password").read_text()

    def sign_in(self, page: Page, first_name: str) -> Page:
        return sign_in(page, f"{first_name}@northwind-agents.example", self.password)


@pytest.fixture(scope="session")
def filled() -> Path:
    """The data folder of a demo that nobody has touched. Copy it."""
    return ready_made("demo", lambda folder: Installation(folder, DEMO="1").manage("demo"))


@pytest.fixture(scope="session")
def standing_demo(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all that only look: nothing may be sent to it that changes what it shows."""
    yield from _served(filled, tmp_path_factory)


@pytest.fixture(scope="session")
def kinds(standing_demo: Demo) -> dict[str, str]:
    """One address of each kind of page of the standing demo, and who opens it."""
    from tests.e2e.pages import kinds_of_pages  # which needs `Demo` from here

    return kinds_of_pages(standing_demo)


@pytest.fixture(scope="module")
def demo(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own for each module, as `make demo` starts it."""
    yield from _served(filled, tmp_path_factory)


def _served(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = Path(shutil.copytree(filled, tmp_path_factory.mktemp("demo") / "data"))
    installation = Installation(folder, DEMO="1")
    try:
        installation.serve()
        yield Demo(installation)
    finally:
        installation.stop()


def sign_in(page: Page, email: str, password: str) -> Page:
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/desk/**")
    return page
