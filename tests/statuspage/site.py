"""An edition behind a real socket, with the stylesheets: for browsers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from types import SimpleNamespace
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from whitenoise import WhiteNoise

from statuspage.edition import Edition
from statuspage.serving import Serving


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """The test says what went wrong."""


class Site:
    """`site.edition = …` replaces what is served, as the keeper does."""

    def __init__(self, edition: Edition) -> None:
        self.keeper = SimpleNamespace(edition=edition, start=lambda: None)
        self.url = ""

    @property
    def edition(self) -> Edition:
        return self.keeper.edition

    @edition.setter
    def edition(self, edition: Edition) -> None:
        self.keeper.edition = edition

    @contextmanager
    def open(self) -> Iterator["Site"]:
        files = WhiteNoise(_nothing, root=settings.STATIC_ROOT, prefix="/static/")
        served = Serving(files, self.keeper)  # type: ignore[arg-type]
        server = make_server("127.0.0.1", 0, served, server_class=Threaded, handler_class=Quiet)
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _nothing(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"There is no such file.\n"]
