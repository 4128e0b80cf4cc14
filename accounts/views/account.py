"""One's own account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import OwnAccountForm
from accounts.models import Role
from accounts.operations.people import change_own_account


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    user = request.user
    typed = request.POST if request.method == "POST" else None
    form = OwnAccountForm(typed, initial={"name": user.name, "time_zone": user.time_zone})
    if not form.is_valid():
        roles = [role.label for role in Role if role in user.roles]
        context = {"form": form, "roles": roles, "teams": list(user.teams.all())}
        return render(request, "accounts/account.html", context, status=422 if form.errors else 200)
    change_own_account(user, by=user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("desk:account")
