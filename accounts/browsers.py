"""A word for a browser, so that somebody can recognise it in a list."""

from django.http import HttpRequest

# The first that fits: browsers claim to be each other, the later ones to be all the earlier.
BROWSERS = {"Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "macOS", "Linux": "Linux",
}  # fmt: skip


def named(request: HttpRequest) -> str:
    """For example “Firefox on Linux”."""
    claimed = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS.items() if mark in claimed), "A browser")
    system = next((name for mark, name in SYSTEMS.items() if mark in claimed), "")
    return f"{browser} on {system}" if system else browser
