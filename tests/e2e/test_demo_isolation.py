"""The demo as somebody tries it (U21): no mail leaves although a server would take it, every page says that it is invented,
and removing its folder leaves nothing of it."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Demo
from tests.e2e.pages import kinds_of_pages
from tests.servers import Browser, Installation, Postbox, until

pytestmark = [pytest.mark.check("U21"), pytest.mark.process]

INVENTED = "Everything here is invented, and no mail leaves this machine."


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    with box.open():
        yield box


@pytest.fixture
def tempted(filled: Path, tmp_path: Path, postbox: Postbox) -> Iterator[Demo]:
    """A demo whose environment names a mail server that would take everything."""
    folder = Path(shutil.copytree(filled, tmp_path / "demo-data"))
    installation = Installation(folder, DEMO="1", EMAIL_URL=postbox.url)
    try:
        installation.serve()
        yield Demo(installation)
    finally:
        installation.stop()


def test_a_demo_sends_nothing_marks_every_page_and_can_be_removed(
    tempted: Demo, postbox: Postbox, tmp_path: Path, figures: Callable[..., None]
) -> None:
    mails = tempted.installation.folder / "mail"
    before = len(list(mails.glob("*.eml")))

    nobody, sam, mara = (Browser(tempted.url) for _ in range(3))
    nobody.get("/account/password/reset/")
    assert nobody.post("/account/password/reset/", email="mara@northwind-agents.example")[0] == 200
    sam.sign_in("sam@northwind-agents.example", tempted.password)
    sam.get("/desk/people/invitations/new/")
    assert sam.post(sam.at, name="Noor", email="noor2@elsewhere.example", roles="observer")[0] == 200
    mara.sign_in("mara@northwind-agents.example", tempted.password)
    room = mara.get("/desk/incidents/3/")[1]
    mate = re.findall(r'<option value="(\d+)">', room.partition('name="handover-to"')[2])[0]
    assert (
        mara.post("/desk/incidents/3/handover/", **{"handover-to": mate, "handover-briefing": "All is quiet."})[0]
        == 200
    )
    written = until(lambda: len(list(mails.glob("*.eml"))) - before, what="the mail about the offer, in the folder")

    pages = kinds_of_pages(tempted)
    readers = {"nobody": nobody, "mara": mara, "sam": sam}
    unmarked = [address for address, reader in pages.items() if INVENTED not in readers[reader].get(address)[1]]
    wrong = {"/nothing/": 404, "/desk/incidents/3/notes/": 405, "/desk/incidents/999/": 404}
    for address, status in wrong.items():
        answer = readers["mara"].get(address)
        assert answer[0] == status
        unmarked += [] if INVENTED in answer[1] else [address]

    tempted.installation.stop()
    shutil.rmtree(tempted.installation.folder)
    left = [path.name for path in tmp_path.rglob("*") if path.suffix != ".log"]

    assert postbox.received == []
    assert unmarked == []
    assert left == []
    figures("U21", mails_out=0, mails_kept_in_the_folder=before + written, pages_marked=len(pages) + len(wrong))
