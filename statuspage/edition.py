"""The edition: every public page as ready bytes, a pure function of the record, the last confirmation and the clock.

`build` reads no settings but the public address and where the static files are, and asks nobody what time it is. It also
says when a page changes next by itself. Pages whose inputs did not move are taken over from the edition before.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import loader
from django.templatetags.static import static

from statuspage import answers, pages
from statuspage.answers import Page
from statuspage.bars import midnight
from statuspage.disk import Closed, suffix
from statuspage.record import PublicRecord
from statuspage.verdict import TRUSTED_FOR

JUST_AFTER = timedelta(microseconds=1)  # what is due at a moment is in time at that very moment


@dataclass(frozen=True, slots=True)
class Edition:
    """`hot` is answered from memory; older history is looked up on disk, or rendered and kept there, when it is asked for."""

    record: PublicRecord
    hot: dict[str, Page]
    keys: dict[str, str]
    missing: Page
    next_change_at: datetime
    closed: Closed | None = None

    def page(self, path: str) -> Page | None:
        """The page at `path`; None when the public record has nothing there."""
        found = self.hot.get(path)
        if found is not None:
            return found
        spec = pages.closed(self.record, path)
        return self._kept(spec) if spec and spec.path == path else None

    def _kept(self, spec: pages.Spec) -> Page:
        kept_as = shelf(self.record)
        found = self.closed.get(kept_as, spec.key, spec.content_type) if self.closed else None
        if found is None:
            found = spec.render()
            if self.closed:
                self.closed.put(kept_as, spec.key, found)
        return found


def build(
    record: PublicRecord,
    confirmed_at: datetime | None,
    now: datetime,
    *,
    before: Edition | None = None,
    closed: Closed | None = None,
) -> Edition:
    """The edition at `now`. `before` and `closed` save work and change nothing in the result."""
    times = boundaries(record, confirmed_at, now)
    crossed = max((at for at in times if at <= now), default=None)
    hot: dict[str, Page] = {}
    keys: dict[str, str] = {}
    for spec in pages.hot(record, confirmed_at, now, crossed):
        same = before is not None and before.keys.get(spec.path) == spec.key
        hot[spec.path] = before.hot[spec.path] if before and same else spec.render()
        keys[spec.path] = spec.key
    if before and closed:
        _keep_what_cooled(record, before, hot, closed)
    missing = before.missing if before and before.record.names == record.names else pages.missing(record)
    return Edition(record, hot, keys, missing, min(at for at in times if at > now), closed)


def unavailable() -> Edition:
    """For a process that has never seen the record: it starts while the database is away, and the disk remembers nothing."""
    try:
        body, kind = loader.get_template("503.html").render({"desk": "/desk/", "demo": settings.DEMO}), answers.HTML
    except Exception:  # noqa: BLE001 - an apology must not fail because the stylesheets are missing too
        body, kind = "The status page cannot be shown right now. Try again in a moment.\n", answers.TEXT
    page = answers.page(
        body.encode(),
        kind,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        extra=[("Cache-Control", answers.NOT_KEPT), ("Retry-After", "10")],
    )
    return Edition(PublicRecord(), {}, {}, page, datetime.max.replace(tzinfo=UTC))


def boundaries(record: PublicRecord, confirmed_at: datetime | None, now: datetime) -> set[datetime]:
    """The moments at which a page changes although nobody publishes, and the last ones that have passed."""
    zone = ZoneInfo(record.names.zone)
    found = set(_midnights(now, zone)) | set(_midnights(now, ZoneInfo("UTC")))
    for incident in (record.incidents[id_] for id_ in record.unsettled):
        if incident.is_open and incident.promise:
            found.add(incident.promise.due_at + JUST_AFTER)
        for id_ in incident.open_commitments:
            found.add(record.commitments[id_].due_at + JUST_AFTER)
    if confirmed_at:
        found |= {confirmed_at, confirmed_at + TRUSTED_FOR}
    return found


def _midnights(now: datetime, zone: ZoneInfo) -> Iterable[datetime]:
    today = now.astimezone(zone).date()
    return midnight(today, zone), midnight(today + timedelta(days=1), zone)


def _keep_what_cooled(record: PublicRecord, before: Edition, hot: dict[str, Page], closed: Closed) -> None:
    """Pages that leave memory go to disk as they are, so that nobody has to wait for them again."""
    for path in before.hot.keys() - hot.keys():
        spec = pages.closed(record, path)
        if spec:
            closed.put(shelf(record), spec.key, spec.render())


def shelf(record: PublicRecord) -> str:
    """Where pages of closed history are kept: by what they are made with, and never among those that show what is gone."""
    return f"{made_with()}{suffix(record)}"


@cache
def made_with() -> str:
    """Stands for the templates, code and assets that pages are made with: other ones make other pages."""
    root = Path(__file__).resolve().parent
    templates = root.parent / "templates"
    sources = [*root.glob("*.py"), *(templates / "statuspage").rglob("*"), *templates.glob("*.html")]
    sources += (root.parent / "config" / "templatetags").glob("*.py")
    digest = hashlib.sha256(f"{settings.PUBLIC_URL} {settings.DEMO}".encode())
    for path in sorted(one for one in sources if one.is_file()):
        digest.update(path.read_bytes())
    for asset in ("css/public.css", "js/public.js", "favicon.svg"):
        digest.update(static(asset).encode())
    return digest.hexdigest()[:16]
