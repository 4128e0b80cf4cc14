"""One's own second step: an app, passkeys, recovery codes."""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import passkeys, totp
from accounts.forms import AppForm, KeyForm, NewKeyForm, attempt
from accounts.models import Organisation, User
from accounts.operations import second_step as operations
from accounts.permissions import lacks_second_step, must_have_second_step
from accounts.views.confirm import confirmation_required

SECRET, CODES = "new_app_secret", "new_recovery_codes"  # in the session, which is sealed
Kind = Authenticator.Type


def state_of(user: User) -> dict[str, Any]:
    """What somebody has set up, for the page of the account and for this one."""
    found = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    of = {kind: [row for row in found if row.type == kind] for kind in Kind}
    return {
        "app": next(iter(of[Kind.TOTP]), None),
        "keys": of[Kind.WEBAUTHN],
        "codes": next(iter(of[Kind.RECOVERY_CODES]), None),
        "on": bool(of[Kind.TOTP] or of[Kind.WEBAUTHN]),
        "required": must_have_second_step(user),
    }


@require_safe
def two_step(request: HttpRequest) -> HttpResponse:
    context = {"two_step": state_of(request.user), "due": lacks_second_step(request.user)}
    return render(request, "accounts/two_step.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@confirmation_required()
def app_add(request: HttpRequest) -> HttpResponse:
    """The secret waits in the session until a code proves that the app has it."""
    user, secret = request.user, request.session.get(SECRET)
    if secret is None:
        secret = request.session[SECRET] = totp.new_secret()
    form = AppForm(request.POST if request.method == "POST" else None)
    codes = None
    if form.is_valid():
        code = form.cleaned_data["code"]
        codes = attempt(form, lambda: operations.add_app(user, secret, code, by=user, keep=_key(request)))
    if codes is None:
        context = {"form": form, **_picture(secret, user), "again": state_of(user)["app"]}
        return render(request, "accounts/app_add.html", context, status=422 if form.errors else 200)
    del request.session[SECRET]
    messages.success(request, "The app is set up. From now on you are asked for its code when you sign in.")
    return _after(request, codes)


@require_POST
@confirmation_required("desk:two_step")
def app_remove(request: HttpRequest) -> HttpResponse:
    app = get_object_or_404(Authenticator, user=request.user, type=Kind.TOTP)
    operations.remove(app, by=request.user, keep=_key(request))
    request.session.cycle_key()
    messages.success(request, "The app is removed. Its codes open nothing any more.")
    return redirect("desk:two_step")


@require_http_methods(["GET", "HEAD", "POST"])
@confirmation_required()
def key_add(request: HttpRequest) -> HttpResponse:
    user = request.user
    form = NewKeyForm(request.POST if request.method == "POST" else None)
    codes = None
    if form.is_valid():
        made = passkeys.read_new(form.cleaned_data["credential"])
        if made is None:
            form.add_error(None, "The browser’s answer did not fit. Try again.")
        else:
            name = form.cleaned_data["name"]
            codes = attempt(form, lambda: operations.add_key(user, name, made, by=user, keep=_key(request)))
    if codes is None:
        context = {"form": form, "question": json.dumps(passkeys.ask_for_new(user)), "desk_url": settings.DESK_URL}
        return render(request, "accounts/key_add.html", context, status=422 if form.errors else 200)
    messages.success(request, f"The passkey {form.cleaned_data['name']} is set up.")
    return _after(request, codes)


@require_http_methods(["GET", "HEAD", "POST"])
def key(request: HttpRequest, pk: int) -> HttpResponse:
    """Its name."""
    found = _key_of(request.user, pk)
    form = KeyForm(request.POST if request.method == "POST" else None, initial={"name": found.data["name"]})
    if not form.is_valid():
        return render(request, "accounts/key.html", {"form": form, "key": found}, status=422 if form.errors else 200)
    operations.rename_key(found, form.cleaned_data["name"], by=request.user)
    messages.success(request, "Saved.")
    return redirect("desk:two_step")


@require_POST
@confirmation_required("desk:two_step")
def key_remove(request: HttpRequest, pk: int) -> HttpResponse:
    operations.remove(_key_of(request.user, pk), by=request.user, keep=_key(request))
    request.session.cycle_key()
    messages.success(request, "The passkey is removed. Delete it from your device too.")
    return redirect("desk:two_step")


@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """The codes that were just made. Once put away they are shown to nobody again."""
    waiting = request.session.get(CODES)
    if not waiting:
        return redirect("desk:two_step")
    return render(request, "accounts/codes.html", {"codes": waiting})


@require_safe
def codes_file(request: HttpRequest) -> HttpResponse:
    waiting = request.session.get(CODES)
    if not waiting:
        raise Http404("No recovery codes are waiting to be kept.")
    organisation = Organisation.current()
    head = f"Recovery codes of {request.user.email} for {organisation.name if organisation else settings.DESK_URL}\n"
    note = "Each opens the desk once, beside your password, when your app or passkey is not at hand.\n"
    answer = HttpResponse("\n".join([head, note, *waiting, ""]), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return answer


@require_POST
def codes_kept(request: HttpRequest) -> HttpResponse:
    request.session.pop(CODES, None)
    return redirect("desk:two_step")


@require_POST
@confirmation_required("desk:two_step")
def codes_renew(request: HttpRequest) -> HttpResponse:
    return _after(request, operations.renew_codes(request.user, by=request.user, keep=_key(request)))


def _picture(secret: str, user: User) -> dict[str, Any]:
    organisation = Organisation.current()
    address = totp.address(secret, account=user.email, issuer=organisation.name if organisation else "Answerable")
    size, path = totp.squares(address)
    spelled = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return {"address": address, "size": size, "path": path, "secret": spelled}


def _after(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """A new key for the session, whose rights have changed; then the recovery codes, if there are new ones."""
    request.session.cycle_key()
    if not codes:
        return redirect("desk:two_step")
    request.session[CODES] = codes
    return redirect("desk:codes")


def _key_of(user: User, pk: int) -> Authenticator:
    return get_object_or_404(Authenticator.objects.select_related("user"), pk=pk, user=user, type=Kind.WEBAUTHN)


def _key(request: HttpRequest) -> str:
    """The session that goes on while all others end."""
    return request.session.session_key or ""
