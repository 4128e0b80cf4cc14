"""Security headers, on every response that Django gives. The edition's wrapper sets the same for its own."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), usb=()"
)
# What is inside, or opened with a session or a token, must not outlive its moment in any cache.
NEVER_STORED = ("/desk/", "/account/", "/setup/", "/act/", "/subscriptions/")


def _policy(response: HttpResponse) -> str:
    """The same for all but those that say what they are: a page that shows a preview, and the previews shown in it.

    Only pages of this address can do either.
    """
    policy = CONTENT_SECURITY_POLICY
    if getattr(response, "shows_a_preview", False):
        policy += "; frame-src 'self'"
    if getattr(response, "is_a_preview", False):
        policy = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return policy


class Headers:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy(response))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        # Django's own middleware for this stands behind what answers for a wrong host, for https and for stylesheets.
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        if request.path.startswith(NEVER_STORED):
            response.headers["Cache-Control"] = "no-store"
        return response
