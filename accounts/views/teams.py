"""Teams: the addresses that still have a reader when one person is away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import MemberForm, NewTeamForm, TeamForm, attempt
from accounts.models import Team, User
from accounts.operations import teams as operations
from accounts.permissions import administer_refusal, can_administer
from refusals import NotAllowed, require


@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    found = list(Team.objects.with_active_count().select_related("lead"))
    return render(request, "accounts/teams.html", {"teams": found, "may": can_administer(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    form = NewTeamForm(request.POST if request.method == "POST" else None, people=User.objects.active())
    typed = form.cleaned_data if form.is_valid() else None
    team = attempt(form, lambda: operations.form_team(**typed, by=request.user)) if typed else None
    if team is None:
        return render(request, "accounts/team_new.html", {"form": form}, status=422 if form.errors else 200)
    messages.success(request, f"{team} is formed.")
    return redirect("desk:team", team.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    team = get_object_or_404(Team.objects.select_related("lead"), pk=pk)
    typed, members = request.POST if request.method == "POST" else None, team.members.filter(is_active=True)
    form = TeamForm(typed, initial=_known(team), people=members)
    if not form.is_valid() or not attempt(
        form, lambda: operations.change_team(team, by=request.user, **form.cleaned_data)
    ):
        return render(request, "accounts/team.html", _team(request, team, form), status=422 if form.errors else 200)
    messages.success(request, "Saved.")
    return redirect("desk:team", pk)


@require_POST
def member_add(request: HttpRequest, pk: int) -> HttpResponse:
    team = get_object_or_404(Team, pk=pk)
    form = MemberForm(request.POST, people=User.objects.active())
    if form.is_valid():
        person = form.cleaned_data["person"]
        operations.add_member(team, person, by=request.user)
        messages.success(request, f"{person} is in {team}.")
        return redirect("desk:team", pk)
    known = TeamForm(initial=_known(team), people=team.members.filter(is_active=True))
    return render(request, "accounts/team.html", _team(request, team, known, add=form), status=422)


@require_POST
def member_remove(request: HttpRequest, pk: int, person: int) -> HttpResponse:
    team = get_object_or_404(Team, pk=pk)
    user = get_object_or_404(team.members, pk=person)
    operations.remove_member(team, user, by=request.user)
    messages.success(request, f"{user} is no longer in {team}.")
    return redirect("desk:team", pk)


def _known(team: Team) -> dict[str, Any]:
    return {name: getattr(team, name) for name in ("name", "alias", "purpose", "lead")}


def _team(request: HttpRequest, team: Team, form: TeamForm, add: MemberForm | None = None) -> dict[str, Any]:
    members = list(team.members.order_by("name", "pk"))
    others = User.objects.active().exclude(pk__in=[member.pk for member in members])
    may = can_administer(request.user)
    return {
        "team": team,
        "form": form,
        "members": members,
        "add": (add or MemberForm(people=others)) if may else None,
        "may": may,
    }
