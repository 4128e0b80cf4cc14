"""Agents: what runs, and who answers for it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import attempt
from accounts.permissions import administer_refusal, can_administer
from agents import operations
from agents.forms import AgentForm
from agents.models import Agent
from refusals import NotAllowed, require

FIELDS = ("public_name", "internal_name", "component", "owner", "deputy", "team")


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    found = list(Agent.objects.with_people())
    return render(request, "agents/agents.html", {"agents": found, "may": can_administer(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def agent_new(request: HttpRequest) -> HttpResponse:
    require(can_administer(request.user), NotAllowed(administer_refusal()))
    form = AgentForm(request.POST if request.method == "POST" else None)
    typed = form.cleaned_data if form.is_valid() else None
    agent = attempt(form, lambda: operations.add_agent(**typed, by=request.user)) if typed else None
    if agent is None:
        return render(request, "agents/agent_new.html", {"form": form}, status=422 if form.errors else 200)
    messages.success(request, f"{agent} is added.")
    return redirect("desk:agents")


@require_http_methods(["GET", "HEAD", "POST"])
def agent(request: HttpRequest, pk: int) -> HttpResponse:
    agent = get_object_or_404(Agent.objects.with_people(), pk=pk)
    known = {name: getattr(agent, name) for name in FIELDS}
    form = AgentForm(request.POST if request.method == "POST" else None, initial=known)
    if not form.is_valid() or not attempt(
        form, lambda: operations.change_agent(agent, **form.cleaned_data, by=request.user)
    ):
        context = {"agent": agent, "form": form, "may": can_administer(request.user)}
        return render(request, "agents/agent.html", context, status=422 if form.errors else 200)
    operations.change_agent(agent, **form.cleaned_data, by=request.user)
    messages.success(request, "Saved.")
    return redirect("desk:agent", pk)
