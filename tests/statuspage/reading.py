"""Somebody who reads the public pages again and again on one connection, and believes nothing."""

import gzip
import hashlib
import http.client
import re
import threading
from collections.abc import Callable, Sequence

LATEST = re.compile(rb"Entry (\d+) is the latest")
SAID_ABOVE = re.compile(rb"Latest entry (\d+),")


class Reader(threading.Thread):
    """Reads `paths` in turn until `stop` says so, on one kept connection.

    `responses` counts the answers, `held` those of them that were a 304, `editions` the different home pages; `faults`
    says what was wrong: a body that is not what its ETag and its length say, a page that is not whole or not of one
    piece, a status that is no answer, or a step back to an older entry.
    """

    def __init__(
        self,
        port: int,
        paths: Sequence[str],
        stop: Callable[[], bool],
        *,
        encoding: str = "gzip",
        one_piece: Callable[[bytes, int], bool] = lambda _body, _entry: True,
    ) -> None:
        super().__init__(daemon=True)
        self.port, self.paths, self.stop, self.encoding, self.one_piece = port, paths, stop, encoding, one_piece
        self.responses = self.held = self.steps_back = 0
        self.editions: set[int] = set()
        self.faults: list[str] = []
        self._tags: dict[str, str] = {}
        self._newest: dict[str, int] = {}

    def run(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            while not self.stop():
                for path in self.paths:
                    self._read(line, path)
        except (OSError, http.client.HTTPException) as broken:
            self.faults.append(f"{type(broken).__name__}: {broken}")
        finally:
            line.close()

    def _read(self, line: http.client.HTTPConnection, path: str) -> None:
        asked = {"Accept-Encoding": self.encoding}
        if self.responses % 5 == 4 and path in self._tags:
            asked["If-None-Match"] = self._tags[path]
        line.request("GET", path, headers=asked)
        answer = line.getresponse()
        body, tag = answer.read(), answer.headers["ETag"]
        self.responses += 1
        if answer.status == 304:
            self.held += 1
            self._say(tag == asked.get("If-None-Match") and not body, f"304 of {path} for another tag")
            return
        self._say(answer.status == 200, f"{answer.status} for {path}")
        self._say(tag == f'"{hashlib.sha256(body).hexdigest()[:32]}"', f"{path} does not match its ETag")
        self._say(len(body) == int(answer.headers["Content-Length"]), f"{path} is cut off")
        self._tags[path] = tag
        self._look(path, gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body)

    def _look(self, path: str, page: bytes) -> None:
        """Whole, of one edition, and not older than what this connection has seen."""
        if path.endswith(".json"):
            return
        self._say(page.rstrip().endswith(b"</html>"), f"{path} does not end")
        found = LATEST.search(page)
        if not found:
            return
        entry = int(found[1])
        above = SAID_ABOVE.search(page)
        self._say(above is None or int(above[1]) == entry, f"{path} is of two editions")
        self._say(self.one_piece(page, entry), f"the words of {path} are not those of entry {entry}")
        if entry < self._newest.get(path, 0):
            self.steps_back += 1
            self._say(False, f"{path} stepped back from entry {self._newest[path]} to {entry}")
        self._newest[path] = entry
        self.editions.add(entry)

    def _say(self, is_right: bool, fault: str) -> None:
        if not is_right:
            self.faults.append(fault)
