"""What allauth asks us: how people come in (by invitation only), how they sign in, and what their mail says."""

import ipaddress
import math
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

import clock
from accounts import devices, mail
from accounts.actions import Action
from accounts.browsers import named
from accounts.log import write
from accounts.models import Organisation, User
from accounts.operations import throttle
from accounts.operations.password import set_password
from accounts.permissions import lacks_second_step
from refusals import NotAllowed

IPV6_NETWORK = 64


class AccountAdapter(DefaultAccountAdapter):
    """allauth with sign-up closed, our words, our counters and our log."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The address or the password is not right. Check both and try again.",
        "too_many_login_attempts": "There were too many attempts. Wait ten minutes, or choose a new password.",
        "enter_current_password": "This is not your present password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        email = str(credentials.get("email", "")).lower()
        taken, self._counted = throttle.take_sign_in(email, self._network(request), devices.known(request, email))
        if taken.until:
            raise held(request, taken.until)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Somebody whose access has ended gets the same answer as somebody unknown."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def _rollback_login_failed_rl_usage(self) -> None:
        """allauth calls this when the password was right."""
        throttle.give_back(*self._counted)

    def _network(self, request: HttpRequest) -> str:
        address = ipaddress.ip_address(self.get_client_ip(request))
        length = IPV6_NETWORK if address.version == 6 else address.max_prefixlen
        return str(ipaddress.ip_network((address, length), strict=False))

    def login(self, request: HttpRequest, user: User) -> None:
        """Nothing of a session that somebody else may have prepared counts: it begins now, with a new key."""
        user.refresh_from_db(fields=["is_active"])
        if not user.is_active:
            raise NotAllowed("This account has no access any more.")
        super().login(request, user)
        now = clock.now().isoformat()
        request.session.update({"began_at": now, "confirmed_at": now, "browser": named(request)})
        with transaction.atomic():
            write(Action.PERSON_SIGNED_IN, by=user, about=user)

    def post_login(self, request: HttpRequest, user: User, **given: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **given)
        devices.remember(request, response, user)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        due = isinstance(request.user, User) and lacks_second_step(request.user)
        return reverse("desk:two_step") if due else settings.LOGIN_REDIRECT_URL

    def set_password(self, user: User, password: str) -> None:
        """Here, or with a link from a mail. The caller keeps the session in which it happened, if there is one."""
        keep = self.request.session.session_key if self.request.user == user else ""
        user.password = set_password(user, password, by=user, keep=keep or "").password

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """The one notice we send this way: whoever did not change the password should hear of it."""
        mail.send("password_changed", user.email, person=user)


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That did not work. Try again, or use another way."
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the desk's host name, not to whatever a request claims. On this machine that is localhost."""
        organisation = Organisation.current()
        return {"id": relying_party(), "name": organisation.name if organisation else "Answerable"}


def relying_party() -> str:
    return "localhost" if settings.ON_LOOPBACK else str(settings.DESK_HOST)


def held(request: HttpRequest, until: datetime) -> ValidationError:
    """What the form says while nothing may be tried; `accounts.views.sign_in` makes a 429 of it."""
    request.held_for = max(1, math.ceil((until - clock.now()).total_seconds()))  # type: ignore[attr-defined]
    minute = (until + timedelta(seconds=59)).strftime("%H:%M")
    return ValidationError(f"There were too many attempts. Try again at {minute} UTC.", code="held")
