"""Eight approvers in eight processes of their own press the same buttons (R10): each statement is published once.

The same race among threads stands in `tests/races`; here nothing is shared but the database, on SQLite its one file.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.installations import Prepared, prepared
from tests.servers import until

APPROVERS = 8
STATEMENTS = 30

MEET = f"""
from accounts.models import Role
from tests import factories

for number in range({APPROVERS}):
    factories.UserFactory.create(email=f"approver-{{number}}@northwind.example", roles=[Role.APPROVER])
"""

# Waits for the signal, then approves whatever it knew to wait, in the same order as everybody else.
APPROVE = """
import json, time
from pathlib import Path
from accounts.models import User
from incidents.models import Submission
from incidents.operations import approval

meeting, number = Path({meeting!r}), {number}
ben = User.objects.get(email=f"approver-{{number}}@northwind.example")
waiting = [(one, one.digest) for one in Submission.objects.waiting().order_by("pk")]
(meeting / f"ready-{{number}}").touch()
end = time.monotonic() + 60
while not (meeting / "go").exists() and time.monotonic() < end:
    time.sleep(0.001)
answers = []
for asked, digest in waiting:
    try:
        answers.append(type(approval.approve(asked, by=ben, seen_digest=digest)).__name__)
    except Exception as raised:
        answers.append(type(raised).__name__)
(meeting / f"answers-{{number}}.part").write_text(json.dumps(answers))
(meeting / f"answers-{{number}}.part").rename(meeting / f"answers-{{number}}")
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Prepared]:
    with prepared(tmp_path / "data", request.param, waiting=STATEMENTS) as found:
        found.installation().manage("shell", "-v", "0", "-c", MEET)
        yield found


@pytest.mark.nightly
@pytest.mark.check("R10")
def test_each_statement_is_published_once_and_numbered_without_a_gap(
    made: Prepared, tmp_path: Path, figures: Callable[..., None]
) -> None:
    installation, meeting = made.installation(), tmp_path / "meeting"
    meeting.mkdir()
    try:
        for number in range(APPROVERS):
            script = APPROVE.format(meeting=str(meeting), number=number)
            installation.start("manage.py", "shell", "-v", "0", "-c", script)
        until(lambda: len(list(meeting.glob("ready-*"))) == APPROVERS, 60, "eight processes at the ready")
        (meeting / "go").touch()
        until(lambda: len(list(meeting.glob("answers-?"))) == APPROVERS, 90, f"their answers\n{installation.said()}")
    finally:
        installation.stop()

    answers = Counter(answer for kept in meeting.glob("answers-?") for answer in json.loads(kept.read_text()))
    numbers = [number for (number,) in made.ask("SELECT number FROM incidents_recordentry ORDER BY number")]
    published = [row for (row,) in made.ask("SELECT submission_id FROM incidents_approval WHERE kind = 'holding'")]

    assert answers == {"Approval": STATEMENTS, "WrongState": STATEMENTS * (APPROVERS - 1)}
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(published) == len(set(published)) == STATEMENTS
    installation.manage("verify_record")
    figures("R10", processes=APPROVERS, statements=STATEMENTS, publications=answers["Approval"], exceptions=0, gaps=0)
