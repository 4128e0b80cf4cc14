"""One's own account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import OwnAccountForm
from accounts.models import Role
from accounts.operations import sessions
from accounts.operations.people import change_own_account
from accounts.sessions import stored
from accounts.views.two_step import state_of


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    user = request.user
    typed = request.POST if request.method == "POST" else None
    form = OwnAccountForm(typed, initial={"name": user.name, "time_zone": user.time_zone})
    if not form.is_valid():
        context = {
            "form": form,
            "roles": [role.label for role in Role if role in user.roles],
            "teams": list(user.teams.all()),
            "two_step": state_of(user),
            "sessions": list(user.sessions.open()),
            "this": stored(request.session.session_key or ""),
        }
        return render(request, "accounts/account.html", context, status=422 if form.errors else 200)
    change_own_account(user, by=user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("desk:account")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    ended = sessions.end_others(request.user, by=request.user, keep=request.session.session_key or "")
    messages.success(request, f"Signed out elsewhere: {ended} {'session' if ended == 1 else 'sessions'}.")
    return redirect("desk:account")
