"""How a session finds its person."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class Backend(AuthenticationBackend):
    """allauth's, except that a signed-in person is fetched together with their roles."""

    def get_user(self, user_id: object) -> User | None:
        user = User.objects.known_with_roles(user_id)
        return user if user and self.user_can_authenticate(user) else None
