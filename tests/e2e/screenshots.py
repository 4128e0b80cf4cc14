"""The pictures of the documentation, taken from a demo: `python -m tests.e2e.screenshots` writes docs/images/."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.config.conftest import ROOT
from tests.e2e.conftest import DESKTOP, PHONE, Demo
from tests.needs import chromium
from tests.servers import Installation

FOLDER = ROOT / "docs" / "images"

# By file name: who looks, at which page, and the link to follow from there.
PICTURES = {
    "public-incident": ("", "/", "Refund agent approved refunds outside our policy"),
    "public-home": ("", "/", ""),
    "public-commitments": ("", "/commitments/", ""),
    "desk-now": ("mara", "/desk/", ""),
    "desk-incident": ("mara", "/desk/incidents/", "Refund agent approved refunds outside our policy"),
    "desk-map": ("mara", "/desk/incidents/3/map/", ""),
    "desk-clocks": ("mara", "/desk/incidents/3/clocks/", ""),
    "desk-approval": ("tomas", "/desk/approvals/", "Update: Refund agent"),
    "desk-commitments": ("karim", "/desk/commitments/", ""),
}
KINDS = {"": (DESKTOP, False), "-dark": (DESKTOP, True), "-phone": (PHONE, False)}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="answerable-pictures-") as folder:
        installation = Installation(Path(folder) / "data", DEMO="1")
        installation.manage("demo")
        try:
            installation.serve()
            _take_all(Demo(installation))
        finally:
            installation.stop()


def _take_all(demo: Demo) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for kind, (size, dark) in KINDS.items():
            for name, (person, address, link) in PICTURES.items():
                context = browser.new_context(
                    base_url=demo.url,
                    viewport={"width": size[0], "height": size[1]},
                    color_scheme="dark" if dark else "light",
                    reduced_motion="reduce",
                )
                page = context.new_page()
                _open(demo, page, person, address, link)
                page.screenshot(path=FOLDER / f"{name}{kind}.png")
                context.close()
        browser.close()


def _open(demo: Demo, page: Page, person: str, address: str, link: str) -> None:
    if person:
        demo.sign_in(page, person)
    page.goto(address)
    if link:
        page.get_by_role("main").get_by_role("link", name=link).first.click()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
