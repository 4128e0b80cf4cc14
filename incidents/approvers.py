"""Who is asked to approve at this moment: whoever the policy names for these hours, and everybody when that is nobody."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from accounts.models import Organisation, User
from incidents import hours
from incidents.models import ApprovalPolicy, Duty, Submission
from incidents.permissions import APPROVERS, approvers_of


@dataclass(frozen=True)
class Readiness:
    """Whether somebody is named for these hours who may approve and whose mail arrives (R79)."""

    hours: str
    label: str
    named: list[User]
    able: list[User]

    @property
    def is_ready(self) -> bool:
        return bool(self.able)


def readiness(policy: ApprovalPolicy) -> list[Readiness]:
    """In hours and out of hours, one after the other. One query."""
    may = set(User.objects.with_role(*APPROVERS).filter(address_refused_at=None).values_list("pk", flat=True))
    found = []
    for name, label in Duty.Hours.choices:
        named = policy.named(name)
        found.append(Readiness(name, label, named, [person for person in named if person.pk in may]))
    return found


def nobody_out_of_hours() -> bool:
    """Whether nobody is named for the night who may approve and whose mail arrives. One query."""
    able = User.objects.with_role(*APPROVERS).filter(address_refused_at=None)
    return not Duty.objects.filter(hours=Duty.Hours.OUT, user__in=able).exists()


def hours_at(at: datetime) -> Duty.Hours:
    """Where the organisation is: an office opens on its own mornings."""
    organisation = Organisation.current()
    zone = organisation.zone if organisation else ZoneInfo("UTC")
    return Duty.Hours.IN if hours.is_open(at, zone) else Duty.Hours.OUT


def asked(submission: Submission, at: datetime) -> list[User]:
    """Whoever of these hours may approve exactly this and reads mail; when that is nobody, everybody who may approve it."""
    everybody = list(approvers_of(submission))
    on = {person.pk for person in ApprovalPolicy.current().named(hours_at(at))}
    return [person for person in everybody if person.pk in on and person.reads_mail] or everybody
