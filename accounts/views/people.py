"""People: who is here, what they may do, who is invited."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import clock
from accounts import mail
from accounts.forms import ROLE_WORDS, InviteForm, attempt
from accounts.models import Invitation, Role, User
from accounts.operations import people as operations
from accounts.operations import second_step
from accounts.permissions import (
    administer_refusal,
    can_administer,
    can_confirm_address,
    can_read_address,
    can_read_second_step,
    has_second_step,
)
from accounts.views.confirm import confirmation_required
from refusals import NotAllowed, require


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    everybody = list(User.objects.people().with_roles().order_by("-is_active", "name", "pk"))
    context = {
        "people": [(person, _labels(person), _address(person, request.user)) for person in everybody],
        "invitations": list(Invitation.objects.open(clock.now()).select_related("invited_by")),
        "may": can_administer(request.user),
    }
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """The link itself is shown only when no mail takes it to the person; it cannot be shown a second time."""
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    form = InviteForm(request.POST if request.method == "POST" else None)
    typed = form.cleaned_data if form.is_valid() else None
    invitation = attempt(form, lambda: operations.invite(**typed, by=request.user)) if typed else None
    if invitation is None:
        return render(request, "accounts/invite.html", {"form": form}, status=422 if form.errors else 200)
    if invitation.sent and mail.reaches_people():
        messages.success(request, f"{invitation.name} is invited. The invitation is on its way to {invitation.email}.")
        return redirect("desk:people")
    return render(request, "accounts/invited.html", {"invitation": invitation})


@require_POST
def revoke_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    operations.revoke_invitation(invitation, by=request.user)
    messages.success(request, f"The invitation of {invitation.name} is taken back. Its link leads nowhere now.")
    return redirect("desk:people")


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.people().with_roles(), pk=pk)
    context = {
        "person": person,
        "address": _address(person, request.user),
        "roles": [(role, ROLE_WORDS[role], role in person.roles) for role in Role],
        "teams": list(person.teams.all()),
        "may": can_administer(request.user),
        "two_step": has_second_step(person) if can_read_second_step(request.user, person) else None,
        "may_confirm": person.address_refused_at and can_confirm_address(request.user, person),
    }
    return render(request, "accounts/person.html", context)


@require_POST
def grant_role(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    person = get_object_or_404(User.objects.people(), pk=pk)
    operations.grant_role(person, _role(role), by=request.user)
    messages.success(request, f"{person} is {_role(role).label.lower()} from now on.")
    return redirect("desk:person", pk)


@require_POST
def revoke_role(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    person = get_object_or_404(User.objects.people(), pk=pk)
    operations.revoke_role(person, _role(role), by=request.user)
    messages.success(request, f"{person} is no longer {_role(role).label.lower()}.")
    return redirect("desk:person", pk)


@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.people(), pk=pk)
    operations.deactivate(person, by=request.user)
    messages.success(request, f"{person} has no access any more and is signed out everywhere.")
    return redirect("desk:person", pk)


@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.people(), pk=pk)
    operations.reactivate(person, by=request.user)
    messages.success(request, f"{person} has access again, with the roles of before.")
    return redirect("desk:person", pk)


@require_POST
def confirm_address(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.people(), pk=pk)
    operations.confirm_address(person, by=request.user)
    messages.success(request, f"Emails go to {person.email} again.")
    return redirect("desk:person", pk)


@require_POST
@confirmation_required("desk:people")
def second_step_reset(request: HttpRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.people(), pk=pk)
    second_step.reset(person, by=request.user)
    messages.success(request, f"{person} signs in with the password alone until the second step is set up anew.")
    return redirect("desk:person", pk)


def _address(person: User, reader: User) -> str:
    return person.email if can_read_address(reader, person) else ""


def _labels(person: User) -> list[str]:
    return [role.label for role in Role if role in person.roles]


def _role(value: str) -> Role:
    try:
        return Role(value)
    except ValueError:
        raise Http404(f"There is no role {value}.") from None
