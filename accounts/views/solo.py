"""Whether one person works alone here: what it means, declaring it, ending it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

import clock
from accounts.forms import SoloForm, attempt
from accounts.models import Organisation, SoloDeclaration, User
from accounts.operations import solo as operations
from accounts.permissions import APPROVING_ROLES, can_administer


@require_safe
def solo(request: HttpRequest) -> HttpResponse:
    return _page(request, SoloForm())


@require_POST
def declare(request: HttpRequest) -> HttpResponse:
    form = SoloForm(request.POST)
    typed = form.cleaned_data if form.is_valid() else None
    if typed is None or not attempt(form, lambda: operations.declare_solo(**typed, by=request.user)):
        return _page(request, form, status=422)
    messages.success(
        request, "It is declared, and takes effect in 72 hours. Everybody active in the last 90 days is told by email."
    )
    return redirect("desk:solo")


@require_POST
def end(request: HttpRequest) -> HttpResponse:
    operations.end_solo(by=request.user)
    messages.success(request, "From now on a second person is needed again.")
    return redirect("desk:solo")


def _page(request: HttpRequest, form: SoloForm, status: int = 200) -> HttpResponse:
    organisation = Organisation.objects.select_related("solo_declared_by").get(pk=1)
    context = {
        "organisation": organisation,
        "in_effect": organisation.is_solo(clock.now()),
        "declarations": SoloDeclaration.objects.select_related("declared_by"),
        "others": list(User.objects.with_role(*APPROVING_ROLES).exclude(pk=request.user.pk)),
        "may": can_administer(request.user),
        "form": form,
    }
    return render(request, "accounts/solo.html", context, status=status)
