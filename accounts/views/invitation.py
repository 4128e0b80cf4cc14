"""The answer to an invitation: somebody without an account, holding a link from their mail."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

import clock
from accounts import tokens
from accounts.forms import AcceptForm
from accounts.models import Invitation, Organisation, Role
from accounts.operations.people import accept_invitation


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """A used, expired, revoked and invented link all get the same answer. Opening a good one changes nothing."""
    invitation = Invitation.objects.open(clock.now()).filter(token_hash=tokens.hashed(token)).first()
    if invitation is None:
        return render(request, "accounts/invitation_over.html", status=404)
    organisation = Organisation.current()
    typed = request.POST if request.method == "POST" else None
    known = {"email": invitation.email, "name": invitation.name}
    form = AcceptForm(typed, **known, initial={"time_zone": organisation and organisation.time_zone})
    if not form.is_valid():
        context = {
            "form": form,
            "invitation": invitation,
            "roles": [Role(role).label.lower() for role in invitation.roles],
        }
        return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)
    user = accept_invitation(token, **form.cleaned_data)
    get_adapter().login(request, user)
    messages.success(request, f"Welcome, {user.name}. This is the desk.")
    return redirect("/desk/")
