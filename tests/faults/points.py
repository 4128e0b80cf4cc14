"""Every place at which the chain is killed: in which step of it, at which pass, and what may be seen of it afterwards."""

from dataclasses import dataclass

# The steps of one run, in their order: what is done, and by how many seconds the clock is ahead by then. The first half is
# approving and telling; the second is two hours later, when a promise and a commitment are over.
SOON, LATER = 0, 7200
STEPS = (
    ("approve", SOON), ("edition", SOON), ("sweep", SOON), ("drain", SOON),
    ("sweep", LATER), ("edition", LATER), ("drain", LATER),
)  # fmt: skip
APPROVE, EDITION, SWEEP, DRAIN, SWEEP_LATER, EDITION_LATER, DRAIN_LATER = range(len(STEPS))

LEASE_OVER = 100  # seconds: a sender that takes over from a dead one finds the lease of 90 seconds run out


@dataclass(frozen=True)
class Kill:
    point: str
    step: int
    nth: tuple[int, ...] = (1,)  # at merge the first of these, nightly all of them
    repeats: int = 0  # copies beyond one that the relay sees: 1 only where nobody can know (RFC 1047)
    doubted: int = 0  # mails marked as possibly repeated

    def __str__(self) -> str:
        return f"{self.point}@{STEPS[self.step][0]}{'' if STEPS[self.step][1] == SOON else '-later'}"


KILLS = (
    Kill("approve.begin", APPROVE),
    Kill("approve.mid", APPROVE),
    Kill("entry.written", APPROVE),
    Kill("reminders.planned", APPROVE, nth=(2, 1, 4)),
    Kill("approve.precommit", APPROVE),
    Kill("approve.postcommit", APPROVE),
    Kill("edition.half", EDITION, nth=(1, 2)),
    Kill("edition.written", EDITION, nth=(1, 2)),
    Kill("edition.renamed", EDITION, nth=(1, 2)),
    Kill("reminder.claimed", SWEEP, nth=(2, 1)),
    Kill("outgoing.queued", SWEEP, nth=(3, 1, 2, 4)),
    Kill("sweep.confirmed", SWEEP),
    Kill("send.claimed", DRAIN, nth=(2, 1, 4)),
    Kill("send.before_data", DRAIN, nth=(2, 1, 3), doubted=1),
    Kill("send.accepted", DRAIN, nth=(2, 1, 3), repeats=1, doubted=1),
    Kill("send.recorded", DRAIN, nth=(2, 1, 3)),
    Kill("promise.missed", SWEEP_LATER),
    Kill("commitment.missed", SWEEP_LATER),
    Kill("mail.passed_on", SWEEP_LATER),
    Kill("entry.written", SWEEP_LATER, nth=(2, 1)),
    Kill("edition.half", EDITION_LATER),
)  # fmt: skip
