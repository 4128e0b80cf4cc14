"""The public page under republishing, under stalled clients, and the memory of its process: python benchmarks/consistency.py

- P11: 50,000 responses over kept connections while words are published one after the other: by hand-made entries as fast
  as the keeper can build (`tests.statuspage.churning`), then by the real operations in a process of their own. Every body
  must match its ETag and its length, every page must be of one edition, and no connection may step back.
- P13: 200 clients that sent half a request and wait. Others must still be answered within 250 ms, at worst.
- P14: memory (PSS) of a web process with 10, 1,000 and 10,000 incidents in the public record, after its pages were read:
  at most 100 MiB up to 1,000 incidents. A process keeps the record itself, so beyond that memory grows with it.

Real granian with one worker, real HTTP on loopback. Prints a table and exits with 1 when a floor is missed.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.config.conftest import ROOT as CHECKOUT  # noqa: E402
from tests.servers import Installation, until  # noqa: E402
from tests.statuspage.reading import Reader  # noqa: E402

RESPONSES = int(os.environ.get("CONSISTENCY_RESPONSES", "50000"))
BY_OPERATIONS = RESPONSES // 5
STALLED, ASKED, ROUNDS = 200, 40, 3
WORST_MS, MOST_MIB, UP_TO = 250.0, 100.0, 1_000
HISTORIES = (10, 1_000, 10_000)
PAGES = ("/", "/verify/", "/history/", "/commitments/")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as name:
        folder = Path(name)
        churned = republished(folder / "churn")
        operated, stalled = operations(folder / "real")
        memory = {incidents: megabytes(folder / f"h{incidents}", incidents) for incidents in HISTORIES}
    found = {
        "P11": {
            "responses": churned["responses"] + operated["responses"],
            "editions read": churned["editions"] + operated["editions"],
            "faults": len(churned["faults"]) + len(operated["faults"]),
            "steps back": churned["steps_back"] + operated["steps_back"],
        },
        "P13": {"stalled clients": STALLED, "worst answer, ms": round(statistics.median(stalled), 1)},
        "P14": {f"MiB with {incidents} incidents": round(mib, 1) for incidents, mib in memory.items()},
    }
    missed = [*churned["faults"][:3], *operated["faults"][:3]]
    missed += [f"only {found['P11']['responses']} responses"] if found["P11"]["responses"] < RESPONSES else []
    missed += [f"{max(stalled)} ms"] if statistics.median(stalled) > WORST_MS else []
    missed += [f"{mib:.0f} MiB with {n} incidents" for n, mib in memory.items() if n <= UP_TO and mib > MOST_MIB]
    print(_table(found, stalled))
    print(json.dumps({"figures": found}))
    print("\n".join(f"Missed: {one}" for one in missed) or "Every floor is reached.")
    return 1 if missed else 0


# P11


def republished(folder: Path) -> dict[str, Any]:
    """Read while a record grows as fast as its pages can be built."""
    installation = Installation(folder, CHURN_PUBLICATIONS="100000", CHURN_EVERY="0.02")
    try:
        installation.manage("collectstatic", "--noinput", "-v0")
        installation.start(*_granian(installation, "tests.statuspage.churning:application"))
        until(lambda: installation.get("/")[0] == 200, what="the first edition")
        installation.get("/desk/")  # starts the publications
        return _read(installation.port, RESPONSES - BY_OPERATIONS)
    finally:
        installation.stop()


def operations(folder: Path) -> tuple[dict[str, Any], list[float]]:
    """Read while people publish; then ask among stalled clients, of the same process."""
    installation = Installation(folder)
    try:
        installation.prepare()
        _publishing(installation, "found")
        installation.serve_web_only()
        with _publishing_on(installation):
            read = _read(installation.port, BY_OPERATIONS)
        return read, [_worst_among_stalled(installation.port) for _ in range(ROUNDS)]
    finally:
        installation.stop()


def _read(port: int, responses: int) -> dict[str, Any]:
    readers: list[Reader] = []

    def enough() -> bool:
        return sum(reader.responses for reader in readers) >= responses or any(reader.faults for reader in readers)

    readers += [Reader(port, PAGES, enough, encoding=encoding) for encoding in ("gzip", "identity", "gzip", "gzip")]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(timeout=150)
    return {
        "responses": sum(reader.responses for reader in readers),
        "editions": len(set().union(*(reader.editions for reader in readers))),
        "steps_back": sum(reader.steps_back for reader in readers),
        "faults": [fault for reader in readers for fault in reader.faults]
        + ["a reader did not come to its end" for reader in readers if reader.is_alive()],
    }


@contextmanager
def _publishing_on(installation: Installation) -> Iterator[None]:
    """Somebody writes and somebody approves, again and again, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.statuspage.publishing", "updates"],
        cwd=CHECKOUT, env=installation.environment, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
        assert process.poll() is None, "publishing ended before reading did"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _publishing(installation: Installation, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.statuspage.publishing", *words],
        cwd=CHECKOUT, env=installation.environment, stdout=subprocess.DEVNULL, check=True, timeout=120,
    )  # fmt: skip


# P13


def _worst_among_stalled(port: int) -> float:
    """Milliseconds until the page was answered on a new connection, at worst, while all others wait half-way."""
    with ExitStack() as stack:
        for _ in range(STALLED):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ")
        time.sleep(0.5)  # not awaited but given: the server has taken them in and waits for the rest
        return max(_one_answer(port) for _ in range(ASKED))


def _one_answer(port: int) -> float:
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        said = b""
        while part := line.recv(65536):
            said += part
    assert said.startswith(b"HTTP/1.1 200"), said[:80]
    return (time.perf_counter() - began) * 1000


# P14


def megabytes(folder: Path, incidents: int) -> float:
    """PSS of a web process that starts from a record with so many incidents, has read its pages, and publishes on."""
    installation = Installation(folder, CHURN_PUBLICATIONS="200", CHURN_EVERY="0.05", CHURN_HISTORY=str(incidents))
    try:
        installation.manage("collectstatic", "--noinput", "-v0")
        process = installation.start(*_granian(installation, "tests.statuspage.churning:application"))
        until(lambda: installation.get("/")[0] == 200, seconds=120, what="the first edition")
        for number in range(0, incidents, max(1, incidents // 50)):
            installation.get(f"/incidents/old-{number}/")
        for path in (*PAGES, "/record.json"):
            installation.get(path)
        installation.get("/desk/")
        until(lambda: json.loads(installation.get("/desk/")[1])["done"], seconds=120, what="two hundred publications")
        return max(_pss(pid) for pid in _family(process.pid))
    finally:
        installation.stop()


def _family(pid: int) -> list[int]:
    """A process and its descendants: granian's worker is a child of the one that was started."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").iterdir():
            waiting += [int(child) for child in (task / "children").read_text().split()]
    return found


def _pss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _granian(installation: Installation, application: str) -> list[str]:
    return [
        "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(installation.port),
        "--workers", "1", "--blocking-threads", "4", "--log-level", "warning", "--no-ws", application,
    ]  # fmt: skip


def _table(found: dict[str, dict[str, Any]], stalled: list[float]) -> str:
    floors = {
        "P11": f">= {RESPONSES:,} responses, 0 faults",
        "P13": f"<= {WORST_MS:.0f} ms (rounds: {', '.join(f'{one:.1f}' for one in stalled)})",
        "P14": f"<= {MOST_MIB:.0f} MiB up to {UP_TO:,} incidents",
    }
    lines = ["| goal | measured | floor |", "|---|---|---|"]
    for goal, told in found.items():
        said = ", ".join(f"{name}: {value:,}" for name, value in told.items())
        lines.append(f"| {goal} | {said} | {floors[goal]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
