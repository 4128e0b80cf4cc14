"""What every template may know about the installation itself. The desk's own surroundings: `incidents.context`."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Organisation
from config.alarms import Alarms


def installation(request: HttpRequest) -> dict[str, object]:
    """The organisation is fetched when a template first asks for it, once."""
    return {
        "demo": settings.DEMO,
        "public_url": settings.PUBLIC_URL,
        "desk_url": settings.DESK_URL,
        "organisation": SimpleLazyObject(Organisation.current),
        "alarms": Alarms(request),
    }
