"""One table for all doors: every address, who is let in by which method, and with what answer.

The tests of access, of forged forms and of methods that must not change anything all read it. An address that the
resolver knows and this table does not fails.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

import clock
import moments
from incidents.models import ApprovalPolicy
from incidents.operations import guards, places
from tests.browsers import browser

PEOPLE = ("nobody", "ada", "ben", "cleo", "tom", "vic", "rosa", "max", "olga")
INSIDE = PEOPLE[1:]
READERS = ("vic", "max")  # observer and executive: they read incidents and change nothing
WORKERS = tuple(name for name in INSIDE if name not in READERS)

Answers = dict[str, int]
World = SimpleNamespace


def browser_of(w: World, name: str, **options: Any) -> Client:
    """A browser of this person of the world; they signed in when the world was made."""
    opened = browser(**options)
    if name != "nobody":
        opened.cookies[settings.SESSION_COOKIE_NAME] = w.sessions[name]
    return opened


def anyone(status: int) -> Answers:
    """The same for everybody, signed in or not."""
    return dict.fromkeys(PEOPLE, status)


def inside(status: int) -> Answers:
    """The same for everybody who has signed in; others are sent to do so."""
    return dict.fromkeys(INSIDE, status) | {"nobody": 302}


def only(names: str | tuple[str, ...], status: int, *, others: int = 403) -> Answers:
    """Some people, and a refusal that says who may for all other people inside."""
    chosen = names.split() if isinstance(names, str) else names
    return inside(others) | dict.fromkeys(chosen, status)


NOT_BY_GET = inside(405)
NOT_BY_POST = inside(405)


@dataclass(frozen=True)
class Door:
    """`get` and `post` are the answers by person; `sends` fills the form so that it is the operation that decides."""

    name: str
    get: Answers
    post: Answers
    values: Callable[[World], dict[str, Any]] = field(default=lambda _w: {})
    sends: Callable[[World], dict[str, Any]] = field(default=lambda _w: {})
    case: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.case}".strip()

    @property
    def let_in(self) -> list[str]:
        """Who is signed in and may do it by POST; nobody's doors name nobody."""
        return [name for name in INSIDE if self.post[name] not in (403, 404, 405)]

    @property
    def takes_post(self) -> bool:
        return any(self.post[name] not in (404, 405) for name in INSIDE)

    def address(self, w: World) -> str:
        return reverse(self.name, kwargs=self.values(w))

    def ask(self, browser: Client, method: str, w: World, **options: Any) -> Any:
        if method != "post":
            return getattr(browser, method)(self.address(w), **options)
        return browser.post(self.address(w), {"sent": "1", **self.sends(w)}, **options)


def pk(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda w: {"pk": getattr(w, name).pk}


def values(**given: Any) -> Callable[[World], dict[str, Any]]:
    """Values of an address or a form; a function is asked for its value in this world."""
    return lambda w: {name: value(w) if callable(value) else value for name, value in given.items()}


NOTHING = values()


def page(name: str, may: Answers, at: Callable[[World], dict[str, Any]] = NOTHING) -> Door:
    """Only to be read."""
    return Door(name, may, NOT_BY_POST, at)


def verb(
    name: str,
    may: Answers,
    at: Callable[[World], dict[str, Any]],
    sends: Callable[[World], dict[str, Any]] = NOTHING,
    case: str = "",
) -> Door:
    """Only to be done."""
    return Door(name, NOT_BY_GET, may, at, sends, case)


def _now(_w: World) -> str:
    return moments.exact(clock.now())


def _in_an_hour(_w: World) -> str:
    return moments.exact(clock.now() + timedelta(hours=1))


def _seen(w: World) -> str:
    return places.plan(w.redaction).seen


def _digest(w: World) -> str:
    return str(w.submission.digest)


def _version(name: str) -> Callable[[World], int]:
    return lambda w: int(getattr(w, name).version)


def _policy(_w: World) -> int:
    return ApprovalPolicy.current().version


def _only_a(w: World) -> int:
    """Where the finding stands that stops it, and that nobody answers for."""
    (found,) = guards.look(w.stopped).checked.stopping
    return found.finding.start


FACT_FINDERS = "ada cleo tom rosa"
CONTAINERS = "cleo tom rosa"
WRITERS = "ada cleo"
KEEPERS = "ada cleo olga"  # of the addresses of a group
VERIFIERS = "ada ben cleo"  # Tom owns what is verified
A_FINDING = {  # with the fields of the form that it comes with
    "finding": "JARGON what_to_do 4", "what_to_do": "The LLM waits.", "public_status": "investigating", "impact": "minor",
}  # fmt: skip
A_FACT = {"question": "agent_did", "known": "known", "text": "It wrote.", "source_kind": "log", "source": "Log"}

THRESHOLD = [
    Door("healthz", anyone(200), anyone(405)),
    Door("deep_health", anyone(404), anyone(405)),  # with a token, and no other way: tests/config/test_health.py
    Door("account_login", inside(302) | {"nobody": 200}, inside(302) | {"nobody": 200}),
    Door("mfa_authenticate", anyone(302), anyone(302)),
    Door("mfa_login_webauthn", anyone(302), anyone(302)),
    Door("account_logout", inside(200), inside(302)),
    Door("account_inactive", anyone(200), anyone(405)),
    Door("account_signup", inside(302) | {"nobody": 200}, inside(302) | {"nobody": 200}),
    Door("account_change_password", inside(200), inside(200)),
    Door("account_reset_password", anyone(200), anyone(200)),
    Door("account_reset_password_done", anyone(200), anyone(405)),
    Door("account_reset_password_from_key", anyone(200), anyone(200), values(uidb36="1", key="set-password")),
    Door("account_reset_password_from_key_done", anyone(200), anyone(405)),
    Door("account_invitation", anyone(200), anyone(422), values(token=lambda w: w.invitation_token)),
    Door("setup", anyone(404), anyone(405), values(token="made-up")),
    Door("setup_step", anyone(404), anyone(404), values(token="made-up", step="organisation")),
    Door("act", anyone(200), anyone(405), values(token=lambda w: w.token)),
    Door("act_done", anyone(200), anyone(422), values(token=lambda w: w.token)),
    Door("act_more_time", anyone(200), anyone(422), values(token=lambda w: w.token)),
    Door("act_not_mine", anyone(200), anyone(200), values(token=lambda w: w.token), values(reason="It is Rosa’s.")),
    Door("act", anyone(404), anyone(405), values(token="made-up"), case="with a token of nobody"),
]

ROOM = [
    page("alarms", inside(200)),
    page("desk:now", inside(200)),
    page("desk:moment", inside(422)),
    page("desk:incidents", inside(200)),
    Door(
        "desk:declare",
        only(WORKERS, 200),
        only(WORKERS, 302),
        sends=values(title="It failed", agent=lambda w: w.agent.pk, worst_harm="misled"),
    ),
    page("desk:incident", inside(200), pk("live")),
    Door("desk:describe", only("cleo", 200), only("cleo", 422), pk("quiet")),
    verb("desk:open", only("cleo", 422), pk("draft")),
    verb("desk:contain", only("cleo", 302), pk("quiet")),
    verb("desk:recover", only("cleo", 409), pk("quiet"), values(**{"recover-restart_point": "this morning"})),
    verb("desk:reopen", only("cleo", 302), pk("recovered"), values(**{"reopen-reason": "It came back."})),
    verb(
        "desk:dismiss",
        only("cleo", 302),
        pk("quiet"),
        values(**{"dismiss-dismissal": "false", "dismiss-reason": "It was a drill."}),
    ),
    verb("desk:note", only(WORKERS, 302), pk("quiet"), values(**{"note-text": "A call came in."})),
    page("desk:first_hour", inside(200), pk("quiet")),
    page("desk:triage", inside(200), pk("ticked")),
    verb("desk:triage_done", only(WORKERS, 302), pk("step"), values(**{"tick-note": "In the bucket."})),
    verb("desk:triage_exempt", only("cleo", 302), pk("step"), values(**{"exempt-reason": "It keeps nothing."})),
    verb("desk:triage_reopen", only(WORKERS, 302), pk("ticked"), values(**{"reopen-reason": "Not all."})),
    verb("desk:triage_reopen", only("cleo", 302), pk("left_out"), values(**{"reopen-reason": "It does."}), "left out"),
    verb("desk:role", only("ada cleo tom rosa", 302), values(pk=lambda w: w.quiet.pk, role="scribe")),
    verb("desk:role_leave", only("cleo tom", 302), values(pk=lambda w: w.quiet.pk, role="technical_lead")),
    # Nobody finds themselves in the list of those whom command may be offered.
    verb(
        "desk:handover", only("cleo", 302) | {"rosa": 422}, pk("live"), values(**{"handover-to": lambda w: w.rosa.pk})
    ),
    verb("desk:handover_answer", only("tom", 302), pk("handover"), values(answer="accept"), "accepting"),
    verb("desk:handover_answer", only("cleo tom", 302), pk("handover"), values(answer="decline"), "declining"),
    verb("desk:take_over", only("cleo", 302), pk("taken"), values(**{"takeover-reason": "Nobody answers."})),
    Door(
        "desk:fact_new",
        only(FACT_FINDERS, 200),
        only(FACT_FINDERS, 302),
        pk("quiet"),
        values(**A_FACT, observed_at=_now),
    ),
    Door(
        "desk:fact",
        inside(200),
        only(FACT_FINDERS, 302),
        pk("fact"),
        values(**A_FACT, observed_at=_now, seen_version=_version("fact")),
    ),
    Door(
        "desk:fact_confirm",
        only("ada cleo tom", 200),
        only("ada cleo tom", 302),  # Rosa reported it
        pk("fact"),
        values(seen_version=_version("fact"), confirmation_kind="log", confirmation_source="Ledger"),
    ),
    Door(
        "desk:fact_retract",
        only(FACT_FINDERS, 200),
        only(FACT_FINDERS, 302),
        pk("fact"),
        values(seen_version=_version("fact"), reason="It was another day."),
    ),
    Door(
        "desk:containment_new",
        only(CONTAINERS, 200),
        only(CONTAINERS, 302),
        pk("quiet"),
        values(scope="tool", text="One tool", state="planned"),
    ),
    page("desk:containment", inside(200), pk("action")),
    Door(
        "desk:containment_done",
        only(CONTAINERS, 200),
        only(CONTAINERS, 302),
        pk("action"),
        values(ends_when="Checked", review_at=_in_an_hour),
    ),
    Door(
        "desk:containment_review",
        only(CONTAINERS, 200),
        only(CONTAINERS, 302),
        pk("in_force"),
        values(review_at=_in_an_hour, seen_review_at=lambda w: w.in_force.review_at.isoformat()),
    ),
    verb("desk:containment_end", only(CONTAINERS, 302), pk("in_force")),
    Door(
        "desk:containment_failure",
        only(CONTAINERS, 200),
        only(CONTAINERS, 302),
        pk("action"),
        values(reason="It ran on."),
    ),
    Door(
        "desk:containment_impossibility",
        only("cleo", 200),
        only("cleo", 302),
        pk("action"),
        values(reason="No switch."),
    ),
]

WORDS = [
    Door(
        "desk:statement_new",
        only(WRITERS, 200),
        only(WRITERS, 302),
        values(pk=lambda w: w.quiet.pk, kind="holding"),
        values(build="1"),
    ),
    Door(
        "desk:statement_new",
        only(WRITERS, 200),
        only(WRITERS, 302),
        values(pk=lambda w: w.quiet.pk, kind="direct"),
        values(group=lambda w: w.group.pk),
        "to a group",
    ),
    Door(
        "desk:correction_new",
        only(WRITERS, 200),
        only(WRITERS, 302),
        values(pk=lambda w: w.emergency.entry.number),
    ),
    Door("desk:statement", only(WORKERS, 200), only(WORKERS, 422), pk("statement")),
    verb("desk:statement_submit", only(WRITERS, 302), pk("statement"), values(version=_version("statement"))),
    page("desk:templates", only(WORKERS, 200)),
    Door(
        "desk:template_new",
        only("ada olga", 200),
        only("ada olga", 302),
        sends=values(name="Another", kind="update", what_to_do="Write to {contact}."),
    ),
    Door(
        "desk:template",
        only(WORKERS, 200),
        only("ada olga", 302),
        pk("template"),
        values(name="Mine", kind="update", body="Other words.", version=_version("template")),
    ),
    verb("desk:template_retire", only("ada olga", 302), pk("template")),
    verb("desk:template_restore", only("ada olga", 302), pk("retired")),
    verb("desk:draft_check", only(WORKERS, 200), NOTHING, values(text="We are investigating.", kind="update")),
    verb(
        "desk:finding_let_stand",
        only("cleo", 302),
        pk("stopped"),
        values(version=_version("stopped"), rule="MINIMISE", start=_only_a, reason="The register names two."),
    ),
    verb(
        "desk:statement_reading",
        only(WORKERS, 200),
        pk("statement"),
        values(body="It was a minor glitch.", headline="Letters"),
    ),
    verb("desk:finding_dismiss", only(WRITERS, 302), pk("stopped"), values(**A_FINDING, version=_version("stopped"))),
    verb("desk:finding_fix", only(WRITERS, 302), pk("stopped"), values(**A_FINDING, version=_version("stopped"))),
    verb(
        "desk:statement_take_over",
        only("cleo", 302) | {"ada": 409},
        pk("statement"),
        values(version=_version("statement")),
    ),
    verb("desk:statement_discard", only(WRITERS, 302), pk("statement")),
    page("desk:override_ledger", only(WORKERS, 200)),
    page("desk:approvals", only(WORKERS, 200)),
    Door(
        "desk:approval_policy",
        only(WORKERS, 200),
        only("cleo olga", 302),
        sends=values(target_minutes=45, in_hours=lambda w: w.ben.pk, out_of_hours=lambda w: w.cleo.pk, version=_policy),
    ),
    page("preview", only(WORKERS, 200), pk("submission")),
    page("desk:turnaround", only(WORKERS, 200)),
    page("desk:by_one_person", only(WORKERS, 200)),
    page("desk:submission", only(WORKERS, 200), pk("submission")),
    verb("desk:approve", only("ben cleo", 302), pk("submission"), values(digest=_digest), "of a statement"),
    verb(
        "desk:approve",
        only("ada ben cleo", 302),
        pk("names"),
        values(digest=lambda w: w.names.digest),
        "of a name that the administrator proposed",
    ),
    verb(
        "desk:approve_emergency",
        only("cleo", 302),
        pk("submission"),
        values(digest=_digest, reason="Nobody else is awake."),
    ),
    verb("desk:approve_alone", inside(403), pk("submission"), values(digest=_digest)),
    verb(
        "desk:schedule",
        only("ben cleo", 302),
        pk("submission"),
        values(digest=_digest, publish_at=_in_an_hour),
    ),
    verb("desk:schedule_cancel", only("ada ben cleo", 302), pk("scheduled")),
    verb("desk:send_back", only("ben cleo", 302), pk("submission"), values(reason="Shorter, please.")),
    verb("desk:take_back", only(WRITERS, 302), pk("submission")),
    Door("desk:review", only(WORKERS, 200), only("ben", 302), pk("emergency"), values(finding="It was right.")),
    Door(
        "desk:take_down",
        only("ada ben cleo olga", 200),
        only("ada ben cleo olga", 302),
        values(pk=lambda w: w.approval.entry.number),
        values(texts=lambda w: [f"{w.approval.entry.number}:headline"], reason="secret", note="It must not be read."),
    ),
    page("desk:redaction", only(WORKERS, 200), pk("redaction")),
    verb("desk:redaction_confirm", only("ben cleo", 302), pk("redaction"), values(seen=_seen)),
    verb("desk:redaction_alone", inside(403), pk("redaction"), values(seen=_seen)),
    verb("desk:redaction_withdraw", only("ada ben cleo", 302), pk("redaction")),
]

PROMISES = [
    Door("desk:commitment_new", only(WRITERS, 200), only(WRITERS, 422), pk("statement")),
    Door("desk:commitment_draft", only(WRITERS, 200), only(WRITERS, 422), pk("commitment_draft")),
    verb("desk:commitment_reading", only(WRITERS, 200), pk("statement"), values(text="We improve our monitoring.")),
    verb("desk:commitment_drop", only(WRITERS, 302), pk("commitment_draft")),
    page("desk:commitments", inside(200)),
    page("desk:commitment", inside(200), pk("commitment")),
    Door(
        "desk:evidence_new",
        inside(302),
        only("cleo tom", 302),
        pk("commitment"),
        values(text="Seen in the log.", dated_at=_now),
    ),
    verb("desk:evidence_accept", only(VERIFIERS, 302), pk("evidence")),
    Door("desk:evidence_refuse", inside(302), only(VERIFIERS, 302), pk("evidence"), values(reason="Not all of it.")),
    Door(
        "desk:commitment_change",
        only("ada cleo tom", 200),
        only("ada cleo tom", 302),
        values(pk=lambda w: w.commitment.pk, kind="withdrawal"),
        values(public_reason="The letters are gone."),
    ),
    verb(
        "desk:commitment_change_reading",
        only("ada cleo tom", 200),
        values(pk=lambda w: w.commitment.pk, kind="withdrawal"),
        values(public_reason="It was a minor glitch."),
    ),
    Door(
        "desk:commitment_reassign",
        only("ada cleo tom", 200),
        only("ada cleo tom", 302),
        pk("commitment"),
        values(owner=lambda w: w.rosa.pk, reason="She does it."),
    ),
    page("desk:groups", inside(200)),
    Door("desk:group", inside(200), only(KEEPERS, 302), pk("group"), values(addresses="Eve <eve@example.org>")),
    verb("desk:contact_remove", only(KEEPERS, 302), pk("contact")),
    page("desk:outbox", only(WORKERS, 200)),
    page("desk:outgoing", only(WORKERS, 200), pk("outgoing")),
    verb("desk:outgoing_retry", only(WORKERS, 302), pk("outgoing")),
]

HOUSE = [
    page("desk:organisation", inside(200)),
    Door(
        "desk:organisation_change",
        only("olga", 200),
        only("olga", 302),
        sends=values(name="Northwind", place="Berlin", time_zone="Europe/Berlin", contact="help@northwind.example"),
    ),
    Door("desk:component_new", only("olga", 200), only("olga", 302), sends=values(name="Letters", description="")),
    Door("desk:component", only("olga", 200), only("olga", 302), pk("component"), values(name="Replies")),
    verb("desk:component_audience", only("olga", 302), pk("component"), values(technical="on")),
    verb("desk:public_language", only("olga", 302), values(), values(language="de")),
    page("desk:log", only("ben cleo olga", 200)),
    Door("desk:account", inside(200), inside(302), sends=values(name="Somebody", time_zone="UTC")),
    verb("desk:sessions_end", inside(302), values()),
    Door("desk:confirm", inside(200), inside(422)),
    page("desk:two_step", inside(200)),
    Door("desk:app_add", inside(200), inside(422)),
    verb("desk:app_remove", inside(404), values()),
    Door("desk:key_add", inside(200), inside(422)),
    Door("desk:key", only("rosa", 200, others=404), only("rosa", 302, others=404), pk("key"), values(name="Spare")),
    verb("desk:key_remove", only("rosa", 302, others=404), pk("key")),
    page("desk:codes", inside(302)),
    page("desk:codes_file", inside(404)),
    verb("desk:codes_kept", inside(302), values()),
    verb("desk:codes_renew", only("rosa", 302, others=409), values()),
    page("desk:people", inside(200)),
    Door(
        "desk:invite",
        only("olga", 200),
        only("olga", 200),
        sends=values(name="Noor", email="noor@northwind.example", roles=["observer"]),
    ),
    verb("desk:invitation_revoke", only("olga", 302), pk("invitation")),
    page("desk:person", inside(200), pk("rosa")),
    verb("desk:role_grant", only("olga", 302), values(pk=lambda w: w.rosa.pk, role="approver")),
    verb("desk:role_revoke", only("olga", 302), values(pk=lambda w: w.ben.pk, role="approver")),
    verb("desk:deactivate", only("olga", 302), pk("vic")),
    verb("desk:reactivate", only("olga", 302), pk("gone")),
    verb("desk:second_step_reset", only("olga", 302), pk("rosa")),
    verb("desk:address_confirm", only("olga rosa", 409), pk("rosa")),
    page("desk:solo", inside(200)),
    verb("desk:solo_declare", only("olga", 409), values()),
    verb("desk:solo_end", only("olga", 409), values()),
    page("desk:teams", inside(200)),
    Door("desk:team_new", only("olga", 200), only("olga", 422)),
    Door(
        "desk:team",
        inside(200),
        only("olga", 302),
        pk("team"),
        values(name="Letters", alias="letters@northwind.example", lead=lambda w: w.tom.pk),
    ),
    verb("desk:member_add", only("olga", 302), pk("team"), values(person=lambda w: w.ada.pk)),
    verb("desk:member_remove", only("olga", 422), values(pk=lambda w: w.team.pk, person=lambda w: w.rosa.pk)),
    page("desk:agents", inside(200)),
    Door("desk:agent_new", only("olga", 200), only("olga", 422)),
    Door(
        "desk:agent",
        inside(200),
        only("olga", 302),
        pk("agent"),
        values(
            public_name="Letters agent",
            component=lambda w: w.component.pk,
            owner=lambda w: w.tom.pk,
        ),
    ),
]

DOORS = [*THRESHOLD, *ROOM, *WORDS, *PROMISES, *HOUSE]
