"""The public page against nginx serving the same bytes on the same core: python benchmarks/public_page.py

The yardstick is requests per CPU-second of the server's process tree, read from /proc, because requests per second on a
shared machine say more about the neighbours. Both servers run on core 0, wrk on core 1; each round measures every case on
both, one after the other; the ratio of a case is the median over the rounds. Also measured: how soon a publication is
seen, what the page does while its database is stopped, and what publishing costs with a long history.

Prints a table, writes docs/reports/public_page.md and exits with 1 when a ratio is under its floor. Needs nginx, wrk and
taskset; the part with the stopped database needs PostgreSQL's initdb and pg_ctl.
"""

import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from statuspage.disk import Closed, Disk  # noqa: E402
from statuspage.edition import build  # noqa: E402
from statuspage.fold import extend  # noqa: E402
from tests import cluster as clusters  # noqa: E402
from tests.servers import Installation, free_port, until  # noqa: E402
from tests.statuspage.chronicle import Chronicle  # noqa: E402
from tests.statuspage.test_process import ask, publish, published  # noqa: E402

ROUNDS, SECONDS = 3, 2
SERVER_CORE, CLIENT_CORE = "0", "1"
TICKS = os.sysconf("SC_CLK_TCK")
REPORT = ROOT / "docs" / "reports" / "public_page.md"
# Requests per CPU-second of ours in percent of nginx: what must be reached, what is aimed at.
FLOORS = {"identity": (50, 75), "gzip": (50, 75), "304": (40, 50)}
CONNECTIONS = (32, 256)
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; sendfile on; tcp_nopush on; etag on; keepalive_requests 10000000; gzip_static on; gzip_vary on;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; types {{ text/html html; }}
  server {{ listen 127.0.0.1:{port}; root {folder}/www; location / {{ }} }}
}}
"""


@dataclass(frozen=True)
class Server:
    name: str
    url: str
    pid: int


@dataclass(frozen=True)
class Run:
    per_cpu_second: float
    per_second: float
    p99: str
    foreign: float


def main() -> int:
    missing = [name for name in ("nginx", "wrk", "taskset") if shutil.which(name, path=_path()) is None]
    if missing or len(os.sched_getaffinity(0)) < 2:
        sys.stderr.write(f"This measurement needs two cores, and {', '.join(missing) or 'nginx, wrk and taskset'}.\n")
        return 2
    call_command("collectstatic", "--noinput", verbosity=0)  # the pages name their stylesheets by hash, here too
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="answerable-bench-")))
        folder.chmod(0o755)
        cluster = stack.enter_context(clusters.running()) if clusters.programs() else None
        ours = stack.enter_context(_ours(folder, cluster))
        seen = [published(ours, f"Measured publication number {number}.") for number in range(5)]
        server = Server("Answerable", ours.url, ours.running[0].pid)
        reference = stack.enter_context(_nginx(folder, ours))
        runs = _measure(reference, server)
        stopped = _without_database(server, cluster, ours)
        size = len(ask(ours, "/")[1])
    lines = [*_ratios(runs), "", *_others(seen, stopped, _cost_of_history())]
    text = _report(lines, runs, size)
    print(text)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(text)
    return 1 if _under(runs) else 0


# The two servers


@contextmanager
def _ours(folder: Path, cluster: clusters.Cluster | None) -> Iterator[Installation]:
    """The edition of a real record, made by the operations, served by the command that an operator runs."""
    more = {"DATABASE_URL": cluster.url} if cluster else {}
    installation = Installation(folder / "data", **more)
    installation.prepare()
    publish(installation, "found")
    with _on_core(SERVER_CORE):
        installation.serve_web_only()
    try:
        yield installation
    finally:
        installation.stop()


@contextmanager
def _nginx(folder: Path, ours: Installation) -> Iterator[Server]:
    """nginx with the very bytes that we serve."""
    www, port = folder / "www", free_port()
    www.mkdir()
    (www / "index.html").write_bytes(ask(ours, "/")[1])
    (www / "index.html.gz").write_bytes(ask(ours, "/", **{"Accept-Encoding": "gzip"})[1])
    for path in (www, *www.iterdir()):
        path.chmod(0o755)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    with _on_core(SERVER_CORE):
        process = subprocess.Popen([_nginx_program(), "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _headers(url, "identity"), seconds=5, what="nginx")
        yield Server("nginx", url, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


@contextmanager
def _on_core(core: str) -> Iterator[None]:
    """Children that are started inside inherit the core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(core)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# Measuring


def _measure(reference: Server, server: Server) -> dict[tuple[str, int], list[tuple[Run, Run]]]:
    """By case: pairs of nginx and ours, one for each round."""
    runs: dict[tuple[str, int], list[tuple[Run, Run]]] = {}
    for _ in range(ROUNDS):
        for kind in FLOORS:
            for connections in CONNECTIONS:
                pair = (_run(reference, kind, connections), _run(server, kind, connections))
                runs.setdefault((kind, connections), []).append(pair)
    return runs


def _run(server: Server, kind: str, connections: int) -> Run:
    headers = _headers(server.url, kind)
    options = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *options]
    busy, spent, client = _busy(), _cpu(server.pid), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    said = subprocess.run([*command, f"{server.url}/"], capture_output=True, text=True, check=True).stdout
    took = time.monotonic() - began
    spent = _cpu(server.pid) - spent
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    by_client = after.ru_utime + after.ru_stime - client.ru_utime - client.ru_stime
    if "Non-2xx or 3xx" in said or "Socket errors" in said:
        raise SystemExit(f"{server.name} did not answer every request:\n{said}")
    total = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
    p99 = re.search(r"99%\s+(\S+)", said)[1]  # type: ignore[index]
    return Run(total / spent, total / took, p99, max((_busy() - busy - spent - by_client) / took, 0))


def _headers(url: str, kind: str) -> dict[str, str]:
    """What a client of this kind sends; for 304 the tag that the server itself gave."""
    import urllib.request  # noqa: PLC0415 - the only request made from here

    wanted = {"Accept-Encoding": "gzip" if kind == "gzip" else "identity"}
    if kind != "304":
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return wanted
        return {}
    with urllib.request.urlopen(urllib.request.Request(url, headers=wanted), timeout=2) as answer:
        return wanted | {"If-None-Match": answer.headers["ETag"]}


def _cpu(pid: int) -> float:
    """Seconds of CPU of a process and its descendants, as far as they still live."""
    total, waiting = 0.0, [pid]
    while waiting:
        one = waiting.pop()
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICKS
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
    return total


def _busy() -> float:
    """Seconds that all cores together have worked since the machine started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / TICKS


def _without_database(server: Server, cluster: clusters.Cluster | None, ours: Installation) -> list[Run]:
    """Before and after the database is stopped."""
    if cluster is None:
        return []
    before = _run(server, "identity", CONNECTIONS[0])
    cluster.stop()
    time.sleep(1)
    after = _run(server, "identity", CONNECTIONS[0])
    assert ask(ours, "/")[0] == 200
    return [before, after]


def _cost_of_history() -> dict[int, tuple[float, int]]:
    """CPU milliseconds of one publication (fold, render, compress, copy to disk) and MB of the page, by incidents before."""
    found = {}
    for incidents in (10, 1_000, 10_000):
        story = Chronicle()
        story.masthead(-20 * incidents - 200_000)
        for number in range(incidents):
            begins = -20 * incidents - 190_000 + number * 20
            story.publish(begins, f"old-{number}", next_update=begins + 30)
            story.resolve(begins + 10, f"old-{number}")
        record = story.record
        with tempfile.TemporaryDirectory() as name:
            disk = Disk(Path(name))
            disk.save(record, story.at(0))
            edition = build(record, story.at(0), story.at(1), closed=Closed(Path(name)))
            times = []
            for number in range(7):
                story.publish(2 + number, "new", next_update=60)
                began = time.process_time()
                record = extend(record, story.entries[record.number :])
                edition = build(record, story.at(0), story.at(3 + number), before=edition, closed=disk.closed)
                disk.save(record, story.at(0))
                times.append((time.process_time() - began) * 1000)
        found[incidents] = (statistics.median(times), len(edition.hot["/"].body))
    return found


# Telling


def _share(runs: list[tuple[Run, Run]]) -> list[float]:
    return [100 * ours.per_cpu_second / reference.per_cpu_second for reference, ours in runs]


def _under(runs: dict[tuple[str, int], list[tuple[Run, Run]]]) -> list[tuple[str, int]]:
    return [case for case, pairs in runs.items() if statistics.median(_share(pairs)) < FLOORS[case[0]][0]]


def _ratios(runs: dict[tuple[str, int], list[tuple[Run, Run]]]) -> Iterator[str]:
    yield (
        "| what | connections | nginx, req per CPU-s | ours, req per CPU-s | % of nginx: median (range) | floor, aim "
        "| best req/s | p99 nginx / ours |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for (kind, connections), pairs in runs.items():
        share = _share(pairs)
        median = {at: statistics.median(pair[at].per_cpu_second for pair in pairs) for at in (0, 1)}
        quiet = min(pairs, key=lambda pair: pair[0].foreign + pair[1].foreign)
        floor, aim = FLOORS[kind]
        yield (
            f"| {kind} | {connections} | {median[0]:,.0f} | {median[1]:,.0f} | **{statistics.median(share):.0f}** "
            f"({min(share):.0f}-{max(share):.0f}) | {floor}, {aim} | {max(pair[1].per_second for pair in pairs):,.0f} "
            f"| {quiet[0].p99} / {quiet[1].p99} |"
        )


def _others(seen: list[float], stopped: list[Run], history: dict[int, tuple[float, int]]) -> Iterator[str]:
    yield f"- From commit to seen, five publications: {', '.join(f'{one * 1000:.0f} ms' for one in seen)}. The bar is 1 s."
    if stopped:
        share = 100 * stopped[1].per_cpu_second / stopped[0].per_cpu_second
        yield (
            "- Database stopped (`pg_ctl stop -m immediate`): every request answered, "
            f"{share:.0f} % of the throughput per CPU-second just before."
        )
    else:
        yield "- Database stopped: not measured here, initdb and pg_ctl are missing."
    costs = ", ".join(
        f"{milliseconds:.0f} ms with {incidents:,} past incidents" for incidents, (milliseconds, _) in history.items()
    )
    sizes = ", ".join(f"{size:,.0f}" for _, size in history.values())
    yield (
        f"- CPU of one publication (fold, render every page that changes, gzip -9, copy to disk): {costs}. "
        f"Home page: {sizes} bytes."
    )


def _report(lines: list[str], runs: dict[tuple[str, int], list[tuple[Run, Run]]], size: int) -> str:
    foreign = [run.foreign for pairs in runs.values() for pair in pairs for run in pair]
    verdict = "Every floor is reached." if not _under(runs) else f"Under the floor: {_under(runs)}."
    head = (
        "# The public page, measured\n\n"
        f"Made by `python benchmarks/public_page.py` on {os.cpu_count()} cores, Python {sys.version.split()[0]}: "
        f"granian with one worker and the real edition ({size:,} bytes) against nginx serving the same bytes, "
        f"both on core {SERVER_CORE}, wrk on core {CLIENT_CORE}, {ROUNDS} interleaved "
        f"rounds of {SECONDS} s. The yardstick is requests per CPU-second of the server's "
        "process tree. No TLS.\n\n"
        f"Noise: other processes used {statistics.median(foreign):.2f} cores (median; worst {max(foreign):.2f}) of "
        f"{os.cpu_count()} during the runs. Requests per second and p99 suffer from that, the ratio hardly. {verdict}\n\n"
    )
    return head + "\n".join(lines) + "\n"


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def _nginx_program() -> str:
    return shutil.which("nginx", path=_path()) or "nginx"


if __name__ == "__main__":
    sys.exit(main())
