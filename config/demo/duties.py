"""What the organisation of the demo owes to authorities, and whom it can write to."""

import clock
from accounts.models import User
from config.demo.cast import Cast
from incidents.models import Incident, ReportingClock
from incidents.operations import assessor, clock_start, legal_clock
from incidents.operations.clock_start import Event
from stakeholders.models import GroupKind, StakeholderGroup, StartEvent
from stakeholders.operations import contacts, rules

CONTACTS = {
    GroupKind.PARTNERS: "Lea Winter <service@kessel-home.example>\nOps desk <status@harbour-parcels.example>",
    GroupKind.PLATFORM: "Trust team <trust@market-place.example>",
}


def prepare(cast: Cast) -> None:
    """Before anything has happened: which laws concern them, and addresses of two groups."""
    rules.set_profile(
        by=cast.sam, seen_version=0, countries=["DE"], sectors=["trade"], roles=["controller", "ai_deployer"],
        has_personal_data=True,
    )  # fmt: skip
    for kind, people in CONTACTS.items():
        contacts.add(StakeholderGroup.objects.get(kind=kind), people, by=cast.ines)


def nothing_to_report(about: Incident, *, by: User) -> None:
    for one in about.clocks.all():
        _none_due(one, by=by, reason="Nobody saw the data of anybody else. Agreed with counsel.")


def to_be_assessed(cast: Cast, about: Incident) -> None:
    """When they became aware is on record; one duty is out, and Ines is to say about two, with counsel."""
    clock_start.record(
        Event(about, StartEvent.AWARE), by=cast.jun, seen=0, at=clock.now(),
        evidence="Run log, read with Karim; screenshot in the evidence folder",
    )  # fmt: skip
    one = about.clocks.get(code="AIA-26-5")
    _none_due(
        one, by=cast.mara, reason="It decides about refunds, which is not among the high-risk uses. Counsel agrees."
    )
    open_ones = dict(about.clocks.filter(state=ReportingClock.State.TO_ASSESS).values_list("pk", "version"))
    assessor.name(about, by=cast.mara, seen=open_ones, assessor=cast.ines, clocks=list(open_ones))


def _none_due(one: ReportingClock, *, by: User, reason: str) -> None:
    legal_clock.assess(one, by=by, seen_version=one.version, applies=False, reason=reason)
