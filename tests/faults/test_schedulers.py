"""Two clocks, none, and one that comes back: each reminder once, late ones say so, and the desk says that nothing runs.

F30, F31. A plain Celery beat started twice sends everything twice; here the row is what is due, and it is taken once.
"""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.installations import Prepared, prepared, signed_in
from tests.relay import Relay
from tests.servers import text_of, until

OWNERS = 4
STOPPED = "No sign of life from the background jobs since"

# Each owns one commitment, due in twenty days, promised in the statement that waited.
PROMISED = f"""
from datetime import timedelta
import clock
from accounts.models import Role, User
from incidents.models import Submission
from incidents.operations import approval, commitment, sweep
from stakeholders.models import Outgoing
from tests import factories, states
from tests.faults.acts import where_it_is_noon

ada, ben = (User.objects.get(email=f"{{name}}@northwind.example") for name in ("ada", "ben"))
waiting = Submission.objects.waiting().get()
approval.approve(waiting, by=ben, seen_digest=waiting.digest)
draft = states.write(states.fresh(waiting.statement.incident), "update", by=ada)
for number in range({OWNERS}):
    owner = factories.UserFactory.create(
        email=f"ok-{{number}}@example.org", name=f"Owner {{number}}", time_zone=where_it_is_noon(clock.now())
    )
    commitment.draft(
        draft, by=ada, seen_version=states.fresh(draft).version, text=f"Letter {{number}} is released by a person.",
        public_owner="Support team", owner=owner, due_at=clock.now() + timedelta(days=20),
        verification="It carries a name.",
    )
asked = states.submit(states.fresh(draft), by=ada)
approval.approve(asked, by=ben, seen_digest=asked.digest)
sweep.sweep()
Outgoing.objects.all().delete()
"""
A_WEEK_BEFORE = 13 * 24 * 3600
TEN_MINUTES = 11 * 60  # and one more, for the time that this test takes to get there


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def made(request, tmp_path) -> Iterator[Prepared]:
    with prepared(tmp_path / "data", request.param, waiting=1) as found:
        found.installation().manage("shell", "-v", "0", "-c", PROMISED)
        yield found


@pytest.mark.check("R13")
@pytest.mark.process
def test_ten_minutes_without_a_clock_and_then_two(made, figures):
    with Relay().open() as relay:
        later = made.installation(EMAIL_URL=relay.url, CLOCK_OFFSET_SECONDS=str(A_WEEK_BEFORE + TEN_MINUTES))
        try:
            later.serve_web_only(seconds=60)
            olga = signed_in(later, "olga")
            assert STOPPED in olga.get("/desk/")[1], "the desk while nothing runs"
            assert STOPPED not in later.get("/")[1]

            began = time.monotonic()
            for _ in range(2):
                later.start("manage.py", "jobs")
            until(lambda: len(weekly(relay)) >= OWNERS, 60, "the reminders that were due")
            caught_up = time.monotonic() - began
            until(lambda: STOPPED not in olga.get("/desk/")[1], 20, "the desk once they run")
            rounds(made, 4)
        finally:
            later.stop()

    copies = Counter(weekly(relay))
    late = sum("This reminder is late" in text_of(message) for _, message in relay.accepted if is_weekly(message))
    on = "PostgreSQL" if made.database else "SQLite"
    figures("R13", on=on, clocks=2, reminders_due=OWNERS, sent=sum(copies.values()), marked_late=late,
            seconds_to_catch_up=round(caught_up, 1))  # fmt: skip
    assert copies == dict.fromkeys(copies, 1)
    assert len(copies) == OWNERS, "at most one for each commitment and step, and none lost"
    assert late == OWNERS


def weekly(relay: Relay) -> list[str]:
    return [str(message["Message-ID"]) for _, message in list(relay.accepted) if is_weekly(message)]


def is_weekly(message) -> bool:
    return str(message["To"]).find("@example.org") > 0 and "is released by a person" in str(message["Subject"])


def rounds(made: Prepared, number: int) -> None:
    """Wait until that many more rounds were made, by whichever of them."""
    seen: set[object] = set()

    def enough() -> bool:
        seen.add(made.ask("SELECT swept_at FROM incidents_heartbeat")[0][0])
        return len(seen) > number

    until(enough, 60, f"{number} more rounds")
