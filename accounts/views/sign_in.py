"""Signing in: allauth's pages, which say 429 and when to try again after too many attempts."""

import json
from http import HTTPStatus
from typing import Any

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator


def answered(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The page of a form that was not accepted, with what a machine can read of why."""
    wait = getattr(request, "held_for", 0)
    if wait:
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        response.headers["Retry-After"] = str(wait)
    return response


class SignIn(LoginView):
    def form_invalid(self, form: Any) -> HttpResponse:
        return answered(self.request, super().form_invalid(form))


class SecondStep(AuthenticateView):
    """After the password: a code, or a passkey."""

    def form_invalid(self, form: Any) -> HttpResponse:
        page = super().form_invalid(form)
        page.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return answered(self.request, page)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return found | {
            "has_app": Authenticator.Type.TOTP in kinds,
            "has_key": Authenticator.Type.WEBAUTHN in kinds,
            "question": json.dumps(found["js_data"]["request_options"]),
        }


@method_decorator(login_not_required, name="dispatch")
class PasskeySignIn(LoginWebAuthnView):
    """Instead of the password: the question to the browser (JSON), and its answer."""

    def form_valid(self, form: Any) -> HttpResponse:
        """As allauth does it, and on to the page that was asked for."""
        used = form.cleaned_data["credential"]
        login = Login(user=used.user, redirect_url=get_next_redirect_url(self.request))
        return perform_passwordless_login(self.request, used, login)


sign_in = SignIn.as_view()
second_step = SecondStep.as_view()
passkey_sign_in = PasskeySignIn.as_view()
