"""What allauth asks us: how people come in (by invitation only), how they sign in, and what their mail says."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts import mail
from accounts.actions import Action
from accounts.log import write
from accounts.models import User
from accounts.operations.password import set_password


class AccountAdapter(DefaultAccountAdapter):
    """allauth with sign-up closed, our words, and our log."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The address or the password is not right. Check both and try again.",
        "too_many_login_attempts": "There were too many attempts. Wait ten minutes, or choose a new password.",
        "enter_current_password": "This is not your present password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Somebody whose access has ended gets the same answer as somebody unknown."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        with transaction.atomic():
            write(Action.PERSON_SIGNED_IN, by=user, about=user)

    def set_password(self, user: User, password: str) -> None:
        # The caller goes on with this instance, to keep the session in which the password was changed.
        user.password = set_password(user, password, by=user).password

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Absolute by our own setting, never by the Host that a request claims."""
        uid, _, secret = key.partition("-")
        return settings.DESK_URL + reverse("account_reset_password_from_key", args=[uid, secret])

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        mail.send_unseen("password_reset", user.email, person=user, link=context["password_reset_url"])

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """The one notice we send: whoever did not change the password should hear of it."""
        mail.send("password_changed", user.email, person=user)
