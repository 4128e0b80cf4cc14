"""Who was told by hand in the incidents of the demo, and which of their questions that answered."""

from datetime import timedelta

import clock
from accounts.models import User
from config.demo.cast import Cast
from config.demo.stage import Stage
from incidents.models import Incident, StakeholderPlan
from incidents.operations import telling
from stakeholders.models import ContactChannel, GroupKind


def about_repeats(stage: Stage, cast: Cast, told: Incident) -> None:
    """Within two hours, all who had to hear on that day."""
    stage.day(48, 9, 9)
    _tell(
        told, GroupKind.EXECUTIVES, by=cast.mara, channel=ContactChannel.PHONE, whom="Helene Brandt",
        what="Repeated warranty answers since 08:05 UTC, stopped at 08:55, about 400 people, nobody harmed.",
        evidence="Call at 09:06 UTC, noted in the timeline", answered=4,
    )  # fmt: skip
    stage.day(48, 9, 21)
    _tell(
        told, GroupKind.EMPLOYEES, by=cast.ines, channel=ContactChannel.EMAIL, whom="Everybody in Customer Care",
        what="What happened, what to answer, and to send nobody anything by hand before 10:00 UTC.",
        evidence="Post of 09:18 UTC in the room of Customer Care", answered=5,
    )  # fmt: skip
    stage.day(48, 9, 36)
    _tell(
        told, GroupKind.AFFECTED, by=cast.karim, channel=ContactChannel.EMAIL, whom="All 412 people who wrote to us",
        what="That the first answer counts, the others can be deleted, and who answers now.",
        evidence="Support inbox, tag repeats-0936", answered=4,
    )  # fmt: skip


def about_repeats_later(stage: Stage, cast: Cast, told: Incident) -> None:
    stage.day(48, 10, 20)
    _tell(
        told, GroupKind.PARTNERS, by=cast.ines, channel=ContactChannel.PHONE, whom="Two shops that sell our warranty",
        what="Their customers are among the 412; nothing is asked of the shops.", evidence="Calls of 10:05 and 10:14 UTC",
        answered=4,
    )  # fmt: skip
    stage.day(48, 11, 30)
    _tell(
        told, GroupKind.PLATFORM, by=cast.jun, channel=ContactChannel.PORTAL, whom="Trust team of the mail platform",
        what="1,340 messages to 412 people by mistake, cause found, the agent is held.",
        evidence="Their case, the number is in the evidence folder", answered=6,
    )  # fmt: skip


def about_dates(stage: Stage, cast: Cast, told: Incident) -> None:
    stage.day(16, 13, 41)
    _tell(
        told, GroupKind.EXECUTIVES, by=cast.mara, channel=ContactChannel.PHONE, whom="Helene Brandt",
        what="Dates without a carrier’s answer for three days; no dates are named since 13:16 UTC.",
        evidence="Call at 13:35 UTC, noted in the timeline", answered=3,
    )  # fmt: skip
    stage.day(16, 13, 55)
    _tell(
        told, GroupKind.AFFECTED, by=cast.karim, channel=ContactChannel.EMAIL, whom="The 96 people whose parcel was late",
        what="That our date was a guess, the carrier’s link, and to keep the receipt of what it cost them.",
        evidence="Support inbox, tag dates-1350", answered=3,
    )  # fmt: skip


def about_dates_later(stage: Stage, cast: Cast, told: Incident) -> None:
    stage.day(16, 16, 10)
    _tell(
        told, GroupKind.PLATFORM, by=cast.jun, channel=ContactChannel.PORTAL, whom="Trust team of the shop platform",
        what="611 dates without a carrier’s answer, how many people saw them, and that the agent names none now.",
        evidence="Their case, the number is in the evidence folder", answered=4,
    )  # fmt: skip


def about_refunds(cast: Cast, told: Incident) -> None:
    _tell(
        told, GroupKind.EXECUTIVES, by=cast.mara, channel=ContactChannel.PHONE, whom="Helene Brandt",
        what="Five lines: what happened, how many, what is stopped, what we said, when we say more.",
        evidence="Message to Helene, copied to the timeline", answered=2,
    )  # fmt: skip


def _tell(
    about: Incident, kind: GroupKind, *, by: User, channel: str, whom: str, what: str, evidence: str, answered: int
) -> None:
    """Three minutes after it was done somebody enters it, with the first so many of the open questions answered."""
    row = StakeholderPlan.objects.get(incident=about, group__kind=kind)
    asked = row.questions.filter(answered_at=None)[:answered]
    telling.note(
        row, by=by, told_at=clock.now() - timedelta(minutes=3), told_by=by, channel=channel, whom=whom, what=what,
        evidence=evidence, answers=list(asked),
    )  # fmt: skip
