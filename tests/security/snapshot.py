"""Answers that were given once, given again to a browser: the same bytes under the same headers, without a database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@dataclass
class Kept:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_download(self) -> bool:
        """A file that the browser puts aside instead of showing it."""
        return self.headers.get("Content-Disposition", "").startswith("attachment")


@dataclass
class Snapshot:
    """`pages` by path, `fragments` the same for requests of htmx. What is not there is answered with 204."""

    pages: dict[str, Kept] = field(default_factory=dict)
    fragments: dict[str, Kept] = field(default_factory=dict)
    url: str = ""

    def answer(self, path: str, *, fragment: bool) -> Kept:
        if path.startswith("/static/"):
            file = Path(settings.STATIC_ROOT, path.removeprefix("/static/"))
            kind = TYPES.get(file.suffix, "application/octet-stream")
            return Kept(200, {"Content-Type": kind}, file.read_bytes()) if file.is_file() else Kept(404, {}, b"")
        held = self.fragments if fragment else self.pages
        return held.get(path) or Kept(204, {}, b"")

    @contextmanager
    def served(self) -> Iterator[str]:
        snapshot = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kept = snapshot.answer(urlsplit(self.path).path, fragment="HX-Request" in self.headers)
                self.send_response(kept.status)
                for name, value in kept.headers.items():
                    if name not in ("Content-Length", "Connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(kept.body)))
                self.end_headers()
                self.wfile.write(kept.body)

            def log_message(self, *_words: object) -> None:
                """The test says what went wrong."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
