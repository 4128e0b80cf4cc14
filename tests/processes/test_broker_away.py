"""Approving with a broker that refuses or never answers (R04), and what the public sees meanwhile (R05)."""

import gzip
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import Browser, Installation, until

WAITING = "/desk/approvals/"
HEADLINE = "Refund agent approved refunds outside our policy"
NEWS = "It was reading a draft of next year’s refund policy"
SLOWER_BY_AT_MOST = 1.0
VISIBLE_WITHIN = 5.0


@pytest.fixture
def web(filled: Path, tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """A web process without any jobs, on a copy of the demo: `web(CELERY_BROKER_URL=…)`."""
    started: list[Installation] = []

    def start(name: str, **variables: str) -> Installation:
        folder = Path(shutil.copytree(filled, tmp_path / name))
        installation = Installation(folder, DEMO="1", **variables)
        started.append(installation)
        installation.manage("collectstatic", "--noinput")
        installation.serve_web_only()
        return installation

    yield start
    for installation in started:
        installation.stop()


def approve(installation: Installation) -> float:
    """Tomas reads and approves what waits, in a browser without scripts. The seconds of the approval itself."""
    browser = Browser(installation.url)
    browser.sign_in("tomas@northwind-agents.example", (installation.folder / "demo-password").read_text())
    _status, page = browser.get(WAITING)
    (path,) = {f"{WAITING}{number}/" for number in _numbers(page)}
    assert browser.get(path)[0] == 200
    began = time.monotonic()
    status, answer = browser.post(f"{path}approval/")
    took = time.monotonic() - began
    assert status == 200, answer
    assert "Published as entry" in answer
    return took


def _numbers(page: str) -> set[str]:
    return {part.split("/")[0] for part in page.split(f'href="{WAITING}')[1:] if part.split("/")[0].isdecimal()}


def test_approving_takes_no_longer_when_the_broker_refuses_or_never_answers(
    web: Callable[..., Installation], refusing_port: int, silent_port: int
) -> None:
    with_none = approve(web("none"))
    refused = approve(web("refused", CELERY_BROKER_URL=f"redis://127.0.0.1:{refusing_port}/0"))
    silent = approve(web("silent", CELERY_BROKER_URL=f"redis://127.0.0.1:{silent_port}/0"))
    silent_amqp = approve(web("silent-amqp", CELERY_BROKER_URL=f"amqp://127.0.0.1:{silent_port}//"))

    slowest = max(refused, silent, silent_amqp)

    assert slowest - with_none <= SLOWER_BY_AT_MOST, (with_none, refused, silent, silent_amqp)


def test_what_is_approved_is_public_while_jobs_and_broker_are_down(
    web: Callable[..., Installation], refusing_port: int
) -> None:
    installation = web("down", CELERY_BROKER_URL=f"redis://127.0.0.1:{refusing_port}/0")
    status, before = installation.get("/")
    assert (status, HEADLINE in before, NEWS in before) == (200, True, False)

    approve(installation)

    until(lambda: NEWS in installation.get("/")[1], VISIBLE_WITHIN, "the words on the public page")
    until(lambda: _on_disk(installation.folder), VISIBLE_WITHIN, "the words in the edition on the disk")


def _on_disk(folder: Path) -> bool:
    kept = (gzip.decompress(file.read_bytes()).decode() for file in (folder / "edition").glob("*.json.gz"))
    return any("reading a draft of next year" in generation for generation in kept)
