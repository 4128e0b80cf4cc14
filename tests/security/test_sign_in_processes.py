"""Guessing at two web processes at once (S16): together they try no more than one would."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cluster import running
from tests.servers import Browser, Installation, until

pytestmark = [pytest.mark.check("S16"), pytest.mark.process, pytest.mark.postgres, pytest.mark.nightly]

SOMEBODY = """
from accounts.models import Organisation, User
import clock
User.objects.create_user("ada@northwind.example", "Ada Brandt", "a sentence nobody guesses")
Organisation.objects.update_or_create(pk=1, defaults={"name": "Northwind", "set_up_at": clock.now()})
"""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[Installation]]:
    """Two web processes, as on two machines: one database, one secret key, folders of their own."""
    with running() as cluster:
        shared = {
            "DATABASE_URL": cluster.url,
            "SECRET_KEY": "one key for both of the machines here",
            "TRUSTED_PROXIES": "1",
        }
        both = [Installation(tmp_path / name, **shared) for name in ("one", "two")]
        try:
            for one in both:
                one.prepare()
            both[0].manage("shell", "-c", SOMEBODY)
            for one in both:
                one.serve_web_only()
            yield both
        finally:
            for one in both:
                one.stop()


def test_two_web_processes_count_together(two: list[Installation], figures) -> None:
    def guess(number: int) -> int:
        browser = Browser(two[number % 2].url)
        browser._opener.addheaders = [("X-Forwarded-For", f"10.0.{number // 250}.{number % 250 + 1}")]
        until(lambda: browser.get("/account/login/")[0] == 200)
        status, said = browser.post("/account/login/", login="ada@northwind.example", password=f"guess {number}")
        assert status, said
        return status

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(60)))

    assert sorted(answers) == [200] * 10 + [429] * 50
    figures("S16", web_processes=2, guesses_at_both=60, tried_by_both=answers.count(200))
