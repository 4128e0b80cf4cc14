"""Proposing the names that the public reads. What becomes of them once approved: `incidents.operations.names`."""

from typing import Any

from django.db import transaction

import clock
from accounts import log
from accounts.models import Organisation, User
from accounts.permissions import administer_refusal, can_administer
from agents import operations as agents
from agents.models import Component
from incidents.actions import Action
from incidents.models import MastheadChange, RecordEntry, Submission
from incidents.operations import approval, names, record, submission
from incidents.wording import tidy
from refusals import Missing, NotAllowed, WrongState, require, require_nothing_missing

Kind = MastheadChange.Kind
ALLOWED = {
    Kind.ORGANISATION: frozenset(names.COLUMNS_OF_ORGANISATION),
    Kind.COMPONENT_ADDED: frozenset(names.COLUMNS_OF_COMPONENT),
    Kind.COMPONENT_CHANGED: frozenset(names.COLUMNS_OF_COMPONENT),
}


@transaction.atomic
def found(organisation: Organisation, *, by: User) -> RecordEntry:
    """The first entry of the record: the names given at set-up, with every component there is. Only once."""
    require(can_administer(by), NotAllowed(administer_refusal()))
    record.lock_head()
    require(
        not RecordEntry.objects.exists(), WrongState("The record has begun already. Propose a change of the names.")
    )
    content = {name: getattr(organisation, column) for name, column in names.COLUMNS_OF_ORGANISATION.items()}
    change = _change(Kind.FOUNDING, content, None, by=by)
    return approval.approve_founding(submission.submit_masthead(change, by=by), by=by).entry


@transaction.atomic
def propose(kind: str, content: dict[str, Any], component: Component | None = None, *, by: User) -> MastheadChange:
    """Ask a second person to approve new names; they wait in the queue of approvals until then.

    ``content`` may hold names that stay the same. A proposal about the same thing that still waits is in the way,
    because each is a change of what the public reads now.
    """
    if component:
        component = Component.objects.select_for_update(no_key=True).get(pk=component.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    waiting = _waiting(component)
    require(waiting is None, _waits_already(waiting))
    content = {name: tidy(value) if isinstance(value, str) else value for name, value in content.items()}
    present = _present(component) if kind != Kind.COMPONENT_ADDED else {}
    changed = {name: value for name, value in content.items() if present.get(name) != value}
    require_nothing_missing("Nothing was proposed.", _missing(Kind(kind), changed, component))
    change = _change(kind, changed, component, by=by)
    submission.submit_masthead(change, by=by)
    return change


@transaction.atomic
def propose_component(name: str, description: str, *, by: User) -> MastheadChange:
    """A new component, which the public sees once a second person has approved its name."""
    component = agents.add_component(name, description, by=by)
    return propose(Kind.COMPONENT_ADDED, {"name": name, "description": description}, component, by=by)


def _change(kind: str, content: dict[str, Any], component: Component | None, *, by: User) -> MastheadChange:
    change = MastheadChange.objects.create(
        kind=kind, content=content, component=component, proposed_by=by, proposed_at=clock.now()
    )
    log.write(Action.MASTHEAD_PROPOSED, by=by, about=change, kind=change.kind, fields=sorted(content))
    return change


def _present(component: Component | None) -> dict[str, Any]:
    """The columns as they are now, by the names that a change uses."""
    about = component or Organisation.objects.get(pk=1)
    columns = names.COLUMNS_OF_COMPONENT if component else names.COLUMNS_OF_ORGANISATION
    return {name: getattr(about, column) for name, column in columns.items()}


def _waiting(component: Component | None) -> Submission | None:
    return Submission.objects.waiting().filter(masthead__isnull=False, masthead__component=component).first()


def _waits_already(waiting: Submission | None) -> WrongState:
    place = [Missing("See what waits", "desk:submission", (waiting.pk,))] if waiting else []
    return WrongState(
        "A change of these names waits for approval already. Take it back first, or let it be decided.", place
    )


def _missing(kind: MastheadChange.Kind, changed: dict[str, Any], component: Component | None) -> list[Missing]:
    missing = []
    if not changed.keys() <= ALLOWED.get(kind, frozenset()) or (kind == Kind.ORGANISATION) != (component is None):
        missing.append(Missing("This cannot be changed here"))
    if not changed:
        missing.append(Missing("Change something: these are the names the public reads now"))
    if "name" in changed and not changed["name"].strip():
        missing.append(Missing("Enter a name", anchor="id_name"))
    if _taken(changed.get("name", ""), component):
        missing.append(Missing(f"Choose another name: there is a component called {changed['name']}", anchor="id_name"))
    return missing


def _taken(name: str, component: Component | None) -> bool:
    if component is None or not name:
        return False
    return Component.objects.filter(public_name__iexact=name).exclude(pk=component.pk).exists()
