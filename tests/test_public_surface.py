"""Nothing that only people inside may read is public (S05).

A marker stands in every internal text of a world in full swing. Which texts are internal is asked of the models: a new
text field that nobody has classified fails here before it can leak.
"""

import re
from collections.abc import Callable, Iterable
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import models
from django.db.models.functions import Cast

import clock
from accounts.models import Team, User
from config.middleware import Hosts
from incidents.models import Heartbeat
from incidents.operations import approval
from stakeholders.models import Outgoing, StakeholderGroup
from statuspage import source
from statuspage.edition import build
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests import world as worlds
from tests.doors import THRESHOLD, Door, browser_of
from tests.statuspage.test_serving import Visitor
from tests.world import MARK, marked

pytestmark = [pytest.mark.check("S05"), pytest.mark.django_db]

ROOMS = ("accounts", "agents", "stakeholders", "incidents")

# Words that the public reads, once and because they were approved.
PUBLIC = {
    "accounts.Organisation": {"name", "place", "contact"},
    "incidents.Approval": {
        "headline", "body", "body_html", "affected", "what_to_do", "commitments", "new_text", "public_reason", "masthead",
    },
    "incidents.RecordEntry": {"body"},
}  # fmt: skip

# No words at all: numbers of things, digests, zones, names of kinds and states.
CODES = {
    "accounts.Invitation": {"token_hash", "roles"},
    "accounts.LogEntry": {"action", "object_kind", "object_id", "details", "kept", "previous", "hash"},
    "accounts.LogHead": {"hash"},
    "accounts.Organisation": {"time_zone", "public_language", "setup_token_hash"},
    "accounts.Session": {"session_key", "session_data"},
    "accounts.SoloDeclaration": {"salt", "redacted"},
    "accounts.Tally": {"key", "moments"},
    "accounts.User": {"password", "time_zone"},
    "agents.Component": {"public_id"},
    "incidents.Approval": {"component_states", "corrects", "salt", "redacted", "digest"},
    "incidents.ClockNote": {"salt", "redacted"},
    "incidents.ClockStart": {"salt", "redacted"},
    "incidents.Commitment": {"public_id"},
    "incidents.Erasure": {"table_name"},
    "incidents.FactChange": {"salt", "redacted"},
    "incidents.Incident": {"public_id"},
    "incidents.Override": {"text_digest", "rule"},
    "incidents.PlanNote": {"salt", "redacted"},
    "incidents.RecordEntry": {"previous", "hash"},
    "incidents.RecordHead": {"hash"},
    "incidents.ReportingClock": {"code"},
    "incidents.Redaction": {"also", "by_hand", "chosen", "left", "old_files"},
    "incidents.ReturnComment": {"salt", "redacted"},
    "incidents.ScheduledPublication": {"seen_digest"},
    "incidents.Setback": {"kind"},
    "incidents.Statement": {"component_states", "cases", "withheld"},
    "incidents.StatementVersion": {"salt", "redacted"},
    "incidents.Submission": {"digest"},
    "incidents.Telling": {"salt", "redacted"},
    "incidents.TimelineEntry": {"salt", "redacted"},
    "incidents.TriageEntry": {"step"},
    "stakeholders.ActionLink": {"token_hash", "purpose", "subject"},
    "stakeholders.Contact": {"language", "zone"},
    "stakeholders.Outgoing": {"key", "kind", "message_id", "thread", "link_purpose", "link_subject", "lease_by"},
    "stakeholders.Profile": {"countries", "sectors", "roles"},
    "stakeholders.ReportingRule": {
        "addressees", "code", "starts", "calendar", "zone", "after_code", "countries", "sectors", "roles",
    },
    "stakeholders.StakeholderGroup": {"slug"},
}  # fmt: skip

INTERNAL = {
    "accounts.Invitation": {"email", "name"},
    "accounts.Organisation": {"cleared"},
    "accounts.Session": {"browser"},
    "accounts.SoloDeclaration": {"reason"},
    "accounts.Team": {"name", "alias", "purpose"},
    "accounts.User": {"email", "name"},
    "agents.Agent": {"public_name", "internal_name"},
    "agents.Component": {"public_name", "description"},
    "incidents.Approval": {"reason"},
    "incidents.Citation": {"sentences"},
    "incidents.ClockNote": {"words"},
    "incidents.ClockStart": {"evidence", "reason"},
    "incidents.Commitment": {"text", "public_owner", "verification", "disowned_reason"},
    "incidents.CommitmentChange": {"new_text", "public_reason"},
    "incidents.ContainmentAction": {"text", "reason", "ends_when"},
    "incidents.EmergencyReview": {"finding"},
    "incidents.Evidence": {"text", "refusal_reason"},
    "incidents.Fact": {"text", "source", "confirmation_source", "retraction_reason"},
    "incidents.Handover": {"briefing"},
    "incidents.Heartbeat": {"trouble"},
    "incidents.Inquiry": {"asked_by", "question", "answer"},
    "incidents.FactChange": {"said"},
    "incidents.Incident": {"title", "restart_point", "dismissal_reason"},
    "incidents.MastheadChange": {"content"},
    "incidents.Override": {"found", "reason"},
    "incidents.PlanNote": {"words"},
    "incidents.PlanQuestion": {"text"},
    "incidents.Redaction": {"note"},
    "incidents.ReportingClock": {"reason", "held_ground", "reference"},
    "incidents.ReturnComment": {"text"},
    "incidents.RoleHeld": {"take_over_reason"},
    "incidents.ScheduledPublication": {"reason"},
    "incidents.StakeholderPlan": {"reason", "ready_answer"},
    "incidents.Telling": {"whom", "what", "evidence"},
    "incidents.StartMove": {"evidence", "reason"},
    "incidents.Statement": {
        "headline", "acknowledgement", "body", "what_happened", "why_it_happened", "what_changes", "investigating",
        "affected", "what_to_do", "disclosure_note",
    },
    "incidents.StatementTemplate": {
        "name", "headline", "acknowledgement", "body", "what_happened", "why_it_happened", "what_changes", "investigating",
        "affected", "what_to_do",
    },
    "incidents.StatementVersion": {"content"},
    "incidents.Submission": {"content", "comment"},
    "incidents.TimelineEntry": {"text"},
    "incidents.TriageEntry": {"note", "reason"},
    "stakeholders.Contact": {"name", "organisation", "address", "reach"},
    "stakeholders.GroupDefault": {"note"},
    "stakeholders.Outgoing": {"to_address", "subject", "text", "html", "reason", "outcome"},
    "stakeholders.StakeholderGroup": {"name", "needs", "relationship", "channel", "tone", "timing", "ready_answer"},
    "stakeholders.ReportingRule": {
        "regime", "reference", "who", "recipient", "starts_words", "counting", "checked_by", "notes",
    },
}  # fmt: skip


def texts_of(found: Iterable[type[models.Model]]) -> set[tuple[str, str]]:
    """Every column of these models that could hold words; a column with fixed choices cannot."""
    holds_words = (models.CharField, models.TextField, models.JSONField)
    return {
        (model._meta.label, field.name)
        for model in found
        for field in model._meta.concrete_fields
        if isinstance(field, holds_words) and not field.choices
    }


def pairs(table: dict[str, set[str]]) -> set[tuple[str, str]]:
    return {(label, field) for label, fields in table.items() for field in fields}


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    """The world, with what no operation writes yet or only in trouble."""
    clock_at(world.now)
    Heartbeat.objects.update(trouble=marked("a row that failed"))
    words = {name: marked(name) for name in INTERNAL["stakeholders.StakeholderGroup"]}
    StakeholderGroup.objects.filter(pk=StakeholderGroup.objects.values("pk")[:1]).update(**words)


def visitor() -> Visitor:
    head = source.head()
    return Visitor(build(extend(PublicRecord(), source.entries_after(0, head.number)), head.confirmed_at, clock.now()))


def crawl() -> dict[str, str]:
    """Everything that a stranger is given at every public address: what the edition holds, and what its pages lead to."""
    asked, found = visitor(), {}
    waiting = {"/", *asked.keeper.edition.hot}
    while waiting:
        path = waiting.pop()
        answer = asked.ask(path)
        found[path] = f"{answer.headers}\n{answer.body.decode()}"
        leads_to = re.findall(r'(?:href|src)="(/[^"#?]*)', found[path])
        ours = {to for to in leads_to if not to.startswith(Hosts.INSIDE) and not to.startswith("/static/")}
        waiting |= ours - found.keys()
    return found


def leaks() -> list[str]:
    return sorted(path for path, said in crawl().items() if MARK in said)


def test_every_text_of_the_models_is_public_internal_or_a_code() -> None:
    public, codes, internal = pairs(PUBLIC), pairs(CODES), pairs(INTERNAL)

    ours = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in ROOMS]
    assert texts_of(ours) == public | codes | internal
    assert len(public) + len(codes) + len(internal) == len(public | codes | internal)


@pytest.mark.parametrize(("label", "field"), sorted(pairs(INTERNAL)))
def test_the_marker_stands_in_every_internal_text(label: str, field: str, world: SimpleNamespace) -> None:
    rows = apps.get_model(label)._base_manager.annotate(as_text=Cast(field, models.TextField()))

    assert rows.filter(as_text__contains=MARK).exists()


def test_no_stranger_is_given_the_marker(world: SimpleNamespace) -> None:
    seen = crawl()

    assert len(seen) > 15
    assert "Refund letters reached the wrong people" in seen["/history.atom"]
    assert any("Refund letters reached the wrong people" in said for said in seen.values())
    assert [path for path, said in seen.items() if MARK in said] == []


def test_the_crawl_finds_what_leaks(world: SimpleNamespace) -> None:
    with worlds.undone():
        approval.approve(world.submission, by=world.ben, seen_digest=world.submission.digest)
        found = leaks()

    assert "/" in found
    assert len(found) > 2


# The pages that are meant for one stranger: whoever holds the link.
HELD = {"account_invitation", "act", "act_done", "act_more_time", "act_not_mine"}


@pytest.mark.parametrize("door", [door for door in THRESHOLD if door.name not in HELD], ids=str)
def test_the_threshold_tells_a_stranger_nothing(door: Door, world: SimpleNamespace) -> None:
    browser = browser_of(world, "nobody")

    said = [door.ask(browser, method, world).content.decode() for method in ("get", "post")]

    assert [page for page in said if MARK in page] == []


def test_mail_goes_only_to_people_inside_but_for_approved_words_to_a_group(world: SimpleNamespace) -> None:
    inside = {*User.objects.values_list("email", flat=True), *Team.objects.values_list("alias", flat=True)}
    direct = Outgoing.objects.filter(kind="direct")

    addresses = set(Outgoing.objects.exclude(kind="direct").values_list("to_address", flat=True))

    assert len(addresses) > 3
    assert addresses <= inside
    assert set(direct.values_list("to_address", flat=True)) == {one.address for one in world.group.contacts.all()}
