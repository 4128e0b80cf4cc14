"""One address of each kind of page of a running installation, found by following links as its readers would."""

import re

from django.urls import Resolver404, resolve

from tests.e2e.conftest import Demo
from tests.servers import Browser

AT_MOST = 400


def kinds_of_pages(demo: Demo) -> dict[str, str]:
    """Address to reader: `nobody` for what is public, else the first person who found it."""
    found: dict[str, str] = {}
    kinds: set[str] = set()
    for person, start in (("nobody", "/"), ("mara", "/desk/"), ("sam", "/desk/")):
        browser = Browser(demo.url)
        if person != "nobody":
            browser.sign_in(f"{person}@northwind-agents.example", demo.password)
        for address in _follow(browser, start, kinds):
            if (kind := kind_of(address)) not in kinds:
                kinds.add(kind)
                found[address] = person
    assert len(found) > 30, f"only {sorted(found)}"
    return found


def kind_of(address: str) -> str:
    """The route of an address; of a public one its shape, with ids, months and numbers left open."""
    try:
        match = resolve(address)
    except Resolver404:
        return re.sub(r"[0-9][0-9-]*", "0", re.sub(r"/[\w-]{22}/", "/id/", address))
    return match.view_name + "".join(
        f" {value}" for key, value in match.kwargs.items() if key not in ("pk", "group", "token")
    )


def _follow(browser: Browser, start: str, known: set[str]) -> list[str]:
    """Every page that answers, breadth first; of each kind only one is opened."""
    seen, waiting = {kind_of(start)}, [start]
    opened: list[str] = []
    while waiting and len(opened) < AT_MOST:
        address = waiting.pop(0)
        status, page = browser.get(address)
        if status != 200 or "<html" not in page:
            continue
        opened.append(address)
        for link in re.findall(r'href="(/[^"#?]*)', page):
            if not link.startswith("/static/") and kind_of(link) not in seen:
                seen.add(kind_of(link))
                waiting.append(link)
    return opened
