"""S01 in a real browser: every page with every payload in every text; no dialog, no report of the policy, nobody else asked."""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

import clock
from tests import world as worlds
from tests.security import hostile
from tests.security.snapshot import Kept, Snapshot

pytestmark = [pytest.mark.check("S01"), pytest.mark.django_db]

NIGHTLY = os.environ.get("NIGHTLY") == "1"  # then each object in each of its states, too

WATCH = """
window.reports = [];
document.addEventListener('securitypolicyviolation', e => window.reports.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.fixture(scope="module")
def snapshot(world: SimpleNamespace, django_db_blocker: Any) -> Snapshot:
    """The whole site as it is with hostile words, inside and outside."""
    kept = Snapshot()
    with django_db_blocker.unblock(), clock.fixed_at(world.now), worlds.undone():
        hostile.fill(hostile.everything)
        for name, answer in hostile.desk_pages(world, each_state=NIGHTLY):
            held = kept.fragments if "(fragment)" in name else kept.pages
            held[answer.request["PATH_INFO"]] = Kept(answer.status_code, dict(answer.headers), answer.content)
        for path, (headers, text) in hostile.public_pages().items():
            if headers["Content-Type"].startswith("text/html"):
                kept.pages[path] = Kept(200, headers, text.encode())
    return kept


class Watched:
    """A page, and everything in it that should not have happened."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.context = browser.new_context(base_url=url, reduced_motion="reduce")
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.host = urlsplit(url).netloc
        self.dialogs: list[str] = []
        self.others: list[str] = []
        self.errors: list[str] = []
        self.reports: list[str] = []
        self.page.add_init_script(WATCH)
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self._request(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._said)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _request(self, url: str) -> None:
        if not url.startswith("data:") and urlsplit(url).netloc != self.host:
            self.others.append(url)

    def visit(self, path: str) -> None:
        """Load it, and where htmx is, let it put the same page into itself as it would a board."""
        self.page.goto(path, wait_until="load")
        if self.page.evaluate("typeof htmx !== 'undefined'"):
            self.page.evaluate("path => htmx.ajax('GET', path, {target: '#main', swap: 'innerHTML'})", path)
        self.reports += self.page.evaluate("window.reports")

    @property
    def troubles(self) -> dict[str, list[str]]:
        found = {"dialogs": self.dialogs, "asked": self.others, "errors": self.errors, "reports": self.reports}
        return {name: said for name, said in found.items() if said}


@pytest.fixture
def watched(browser: Browser, snapshot: Snapshot) -> Iterator[Watched]:
    with snapshot.served() as url:
        page = Watched(browser, url)
        yield page
        page.context.close()


def test_no_page_does_anything_with_hostile_words(watched: Watched, snapshot: Snapshot, figures: Any) -> None:
    paths = [path for path, kept in snapshot.pages.items() if kept.status == 200 and not kept.is_download]
    for path in paths:
        watched.visit(path)
        assert watched.troubles == {}, path

    assert len(paths) > 50
    figures("S01", pages_in_chromium=len(paths), dialogs=0, policy_reports=0, console_errors=0, other_hosts_asked=0)


ACTING = "<p>x</p><img src=x onerror=alert(1)><script>alert(2)</script><p style='top:0'>x</p><img src=http://127.0.0.2:9/p.gif>"


@pytest.mark.parametrize(("policy", "seen"), [(True, {"reports", "errors"}), (False, {"dialogs", "asked"})])
def test_the_watch_sees_what_acts(policy: bool, seen: set[str], watched: Watched, snapshot: Snapshot) -> None:
    """With the policy of the page it is reported, without it it acts: both are seen."""
    home = snapshot.pages["/"]
    headers = {name: value for name, value in home.headers.items() if policy or name != "Content-Security-Policy"}
    snapshot.pages["/planted"] = Kept(200, headers, home.body.replace(b"</main>", ACTING.encode() + b"</main>"))
    try:
        watched.visit("/planted")
    finally:
        del snapshot.pages["/planted"]

    assert watched.troubles.keys() >= seen
