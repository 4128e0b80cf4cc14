"""The rules of the house, read out of the source: what may import what, and where things may happen.

Each rule stands with a sample that breaks it and one that keeps it, so that none of them can go blind unnoticed.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Low to high. A room imports the rooms before it, and the leaves; never one after it.
LEAVES = ("refusals", "clock", "moments", "crash")
LINE = ("accounts", "agents", "stakeholders", "incidents", "statuspage", "config")

LONGEST_FILE = 400
LONGEST_FUNCTION = 50

# Verbs that nobody in particular does: the clock, the sender, the holder of a link.
WITHOUT_A_PERSON = {
    "accept_invitation",
    "claim",
    "deliver",
    "drain",
    "found",
    "issue_setup_token",
    "miss",
    "open_link",
    "queue",
    "rewrite",
    "supersede",
    "sweep",
    "take",
    "void_links",
}

Finding = tuple[int, str]


@dataclass(frozen=True)
class Rule:
    """`where` decides by path, `check` yields what it found; `breaks` and `keeps` are the samples, at `sample`."""

    name: str
    where: Callable[[str], bool]
    check: Callable[[ast.Module, str], Iterator[Finding]]
    sample: str
    breaks: tuple[str, ...]
    keeps: str


# --- What to look at ------------------------------------------------------------------------------


@cache
def sources() -> dict[str, str]:
    rooms = [path for room in LINE for path in (ROOT / room).rglob("*.py")]
    found = [*rooms, *(ROOT / f"{leaf}.py" for leaf in LEAVES)]
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(found)}


def in_layer(name: str) -> Callable[[str], bool]:
    return lambda path: f"/{name}/" in path or path.endswith(f"/{name}.py")


def outside(*places: str) -> Callable[[str], bool]:
    return lambda path: not path.startswith(places) and "/migrations/" not in path


def everywhere(path: str) -> bool:
    return "/migrations/" not in path


# --- Small readers of the tree --------------------------------------------------------------------


def imported(tree: ast.AST) -> Iterator[Finding]:
    """Each module named by an import, `from a.b import c` as `a.b.c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Each call with the dotted name of what is called; what a call returns is written `()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return f"{dotted(node.func)}()"
    return "?"


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def imports_of(*names: str) -> Callable[[ast.Module, str], Iterator[Finding]]:
    """No import of one of `names`: a layer of any of our rooms, or a module of somebody else's by its full name."""

    def check(tree: ast.Module, _path: str) -> Iterator[Finding]:
        for line, module in imported(tree):
            room, _, rest = module.partition(".")
            looked_for = f"{rest}." if room in LINE else f"{module}."
            if any(looked_for.startswith(f"{name}.") for name in names):
                yield line, f"imports {module}"

    return check


def calls_of(*names: str) -> Callable[[ast.Module, str], Iterator[Finding]]:
    """No call of anything whose dotted name ends in one of `names`."""

    def check(tree: ast.Module, _path: str) -> Iterator[Finding]:
        for node, name in calls(tree):
            if any(f".{name}".endswith(f".{wanted}") for wanted in names):
                yield node.lineno, f"calls {name}"

    return check


# --- The rules ------------------------------------------------------------------------------------


def keeps_the_line(tree: ast.Module, path: str) -> Iterator[Finding]:
    room = path.partition("/")[0].removesuffix(".py")
    above = LINE if room in LEAVES else LINE[LINE.index(room) + 1 :]
    for line, module in imported(tree):
        if module.partition(".")[0] in above:
            yield line, f"{room} imports {module}"


def does_not_save(tree: ast.Module, _path: str) -> Iterator[Finding]:
    saving = ("save", "delete", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update")
    for node, name in calls(tree):
        queried = any(part in name for part in (".objects.", ".filter()", ".exclude()", ".all()"))
        last = name.rpartition(".")[2]
        if "." in name and (last in saving or (last == "update" and queried)):
            yield node.lineno, f"calls {name}"


def makes(model: str) -> Callable[[ast.Module, str], Iterator[Finding]]:
    """No instance of `model` is made: neither by its name nor through its manager."""
    ways = {model, *(f"{model}.objects.{way}" for way in ("create", "bulk_create", "get_or_create"))}

    def check(tree: ast.Module, _path: str) -> Iterator[Finding]:
        for node, name in calls(tree):
            if name in ways:
                yield node.lineno, f"makes a {model}"

    return check


def tasks_are_shells(tree: ast.Module, _path: str) -> Iterator[Finding]:
    for function in functions(tree):
        body = [statement for statement in function.body if not _is_docstring(statement)]
        if len(body) > 3 or any(isinstance(node, (ast.For, ast.While, ast.Try)) for node in ast.walk(function)):
            yield function.lineno, f"{function.name} is more than a shell"


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def names_its_actor(tree: ast.Module, path: str) -> Iterator[Finding]:
    """A public function that opens a transaction is a verb: `by` is keyword-only and has no default."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef) or function.name.startswith("_"):
            continue
        if function.name in WITHOUT_A_PERSON or not any(
            dotted(decorator).startswith("transaction.atomic") for decorator in function.decorator_list
        ):
            continue
        given = dict(zip([a.arg for a in function.args.kwonlyargs], function.args.kw_defaults, strict=True))
        if "by" not in given or given["by"] is not None:
            yield function.lineno, f"{function.name} does not ask for `by`, keyword-only and without default"


def is_short(tree: ast.Module, path: str) -> Iterator[Finding]:
    last = max((node.end_lineno or 0 for node in tree.body), default=0)
    if last > LONGEST_FILE:
        yield 1, f"has {last} lines, more than {LONGEST_FILE}"
    for function in functions(tree):
        lines = (function.end_lineno or 0) - function.lineno + 1
        if lines > LONGEST_FUNCTION:
            yield function.lineno, f"{function.name} has {lines} lines, more than {LONGEST_FUNCTION}"


def takes_no_request(tree: ast.Module, _path: str) -> Iterator[Finding]:
    for function in functions(tree):
        for argument in (*function.args.args, *function.args.kwonlyargs):
            if argument.arg in ("request", "form", "response"):
                yield function.lineno, f"{function.name} takes a {argument.arg}"


def long_function(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * (lines - 1)


RULES = [
    Rule(
        "imports go down the line",
        everywhere,
        keeps_the_line,
        "agents/models.py",
        (
            "from incidents.models import Incident",
            "import stakeholders.bell",
            "def f():\n    from config import settings",
        ),
        "from accounts.models import User\nimport clock\nfrom refusals import Refused",
    ),
    Rule(
        "a leaf imports no room",
        lambda path: path.removesuffix(".py") in LEAVES,
        keeps_the_line,
        "clock.py",
        ("from accounts.models import User",),
        "from django.db import connection",
    ),
    Rule(
        "models hold facts and call no verbs",
        in_layer("models"),
        imports_of("operations", "views", "forms", "tasks", "permissions", "django.http", "django.forms"),
        "incidents/models/fact.py",
        ("from incidents.operations import fact", "from incidents import tasks", "from django.http import Http404"),
        "from incidents.models.incident import Incident",
    ),
    Rule(
        "operations know nothing of HTTP",
        in_layer("operations"),
        imports_of("views", "forms", "tasks", "django.http", "django.forms", "django.shortcuts"),
        "incidents/operations/fact.py",
        ("from incidents.forms.fact import FactForm", "from django.http import HttpRequest"),
        "from incidents.models import Fact\nfrom django.db import transaction",
    ),
    Rule(
        "operations take no request, form or response",
        in_layer("operations"),
        takes_no_request,
        "incidents/operations/fact.py",
        ("def report(request, *, by): ...", "def report(incident, *, by, form): ..."),
        "def report(incident, *, by): ...",
    ),
    Rule(
        "operations name their actor",
        in_layer("operations"),
        names_its_actor,
        "incidents/operations/fact.py",
        (
            "@transaction.atomic\ndef confirm(fact): ...",
            "@transaction.atomic\ndef confirm(fact, by): ...",
            "@transaction.atomic\ndef confirm(fact, *, by=None): ...",
            "@transaction.atomic()\ndef confirm(fact, *, who): ...",
        ),
        "@transaction.atomic\ndef confirm(fact, *, by, note=''): ...\ndef missing(fact): ...",
    ),
    Rule(
        "views change nothing themselves",
        in_layer("views"),
        does_not_save,
        "incidents/views/fact.py",
        (
            "fact.save()",
            "Fact.objects.create(text='')",
            "Fact.objects.filter(pk=1).update(text='')",
            "incident.facts.all().update(text='')",
            "Fact.objects.filter(pk=1).delete()",
        ),
        "context.update(page=1)\nfact.report(incident, by=request.user)",
    ),
    Rule(
        "forms hand over clean values and never save",
        in_layer("forms"),
        does_not_save,
        "incidents/forms/fact.py",
        ("self.instance.save()",),
        "self.fields.update({})",
    ),
    Rule(
        "web code never rings Celery",
        lambda path: in_layer("views")(path) or in_layer("operations")(path) or in_layer("forms")(path),
        imports_of("celery", "kombu"),
        "incidents/views/fact.py",
        ("from celery import shared_task", "import kombu"),
        "from stakeholders import bell",
    ),
    Rule(
        "tasks are shells",
        in_layer("tasks"),
        tasks_are_shells,
        "incidents/tasks.py",
        (
            "def sweep():\n    a = 1\n    b = 2\n    c = 3\n    d = 4",
            "def sweep():\n    for row in rows:\n        send(row)",
        ),
        '@shared_task\ndef sweep():\n    """Asks what is due."""\n    operations.sweep()',
    ),
    Rule(
        "approvals are made in one place",
        lambda path: path != "incidents/operations/approval.py" and "/migrations/" not in path,
        makes("Approval"),
        "incidents/operations/submission.py",
        ("Approval.objects.create(basis='solo')", "approval = Approval(basis='solo')"),
        "Approval.objects.filter(pk=1).first()",
    ),
    Rule(
        "record entries are made in one place",
        lambda path: path != "incidents/operations/record.py" and "/migrations/" not in path,
        makes("RecordEntry"),
        "incidents/operations/approval.py",
        ("RecordEntry.objects.create(number=1)", "RecordEntry(number=1)", "RecordEntry.objects.bulk_create(rows)"),
        "record.enter(RecordEntry.Kind.KEPT)",
    ),
    Rule(
        "log entries are made in one place",
        lambda path: path != "accounts/log.py" and "/migrations/" not in path,
        makes("LogEntry"),
        "incidents/operations/fact.py",
        ("LogEntry(number=1)", "LogEntry.objects.create(number=1)"),
        "log.write(Action.FACT_REPORTED, by=by, about=fact)",
    ),
    Rule(
        "lines of the timeline are made in one place",
        lambda path: path != "incidents/operations/timeline.py" and "/migrations/" not in path,
        makes("TimelineEntry"),
        "incidents/operations/fact.py",
        ("TimelineEntry(text='')", "TimelineEntry.objects.bulk_create(rows)"),
        "timeline.enter(incident, 'Contained.', Action.INCIDENT_CONTAINED, by=by)",
    ),
    Rule(
        "versions of statements are made in one place",
        lambda path: path != "incidents/operations/statement.py" and "/migrations/" not in path,
        makes("StatementVersion"),
        "incidents/operations/submission.py",
        ("StatementVersion(version=1)", "StatementVersion.objects.create(version=1)"),
        "StatementVersion.objects.filter(version=1).first()",
    ),
    Rule(
        "there is one clock",
        lambda path: path not in ("clock.py", "config/checks.py") and "/migrations/" not in path,
        calls_of("timezone.now", "datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time"),
        "incidents/operations/fact.py",
        ("timezone.now()", "datetime.now(UTC)", "datetime.datetime.now()", "dt = date.today()", "time.time()"),
        "clock.now()\ntime.monotonic()",
    ),
    Rule(
        "only tests and the demo move the clock",
        outside("clock.py", "config/management/commands/demo.py", "config/demo"),
        calls_of("fixed_at"),
        "incidents/operations/sweep.py",
        ("with clock.fixed_at(then):\n    pass",),
        "clock.now()",
    ),
    Rule(
        "no models by name",
        everywhere,
        calls_of("apps.get_model", "get_model"),
        "accounts/log.py",
        ("apps.get_model('incidents', 'Incident')", "django_apps.get_model('incidents.Incident')"),
        "apps.get_app_config('accounts')",
    ),
    Rule(
        "no signals of our own",
        outside("config/"),
        imports_of("django.dispatch", "django.db.models.signals", "django.core.signals"),
        "incidents/models/fact.py",
        ("from django.dispatch import Signal, receiver", "from django.db.models.signals import post_save"),
        "from django.db import transaction",
    ),
    Rule(
        "every form is protected",
        everywhere,
        imports_of("django.views.decorators.csrf.csrf_exempt"),
        "stakeholders/views/outbox.py",
        ("from django.views.decorators.csrf import csrf_exempt",),
        "from django.views.decorators.csrf import csrf_protect",
    ),
    Rule(
        "files and functions are short",
        everywhere,
        is_short,
        "incidents/operations/fact.py",
        (long_function(LONGEST_FUNCTION + 1), "x = 1\n" * (LONGEST_FILE + 1)),
        long_function(LONGEST_FUNCTION),
    ),
]


def named(rule: Any) -> str | None:
    return rule.name if isinstance(rule, Rule) else None


def findings(rule: Rule, path: str, source: str) -> list[str]:
    return [f"{path}:{line}: {what}" for line, what in rule.check(ast.parse(source), path)]


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    looked_at = {path: source for path, source in sources().items() if rule.where(path)}

    found = [finding for path, source in looked_at.items() for finding in findings(rule, path, source)]

    assert looked_at, "this rule looks at no file"
    assert found == []


@pytest.mark.parametrize(("rule", "sample"), [(rule, sample) for rule in RULES for sample in rule.breaks], ids=named)
def test_the_rule_sees_what_breaks_it(rule: Rule, sample: str) -> None:
    assert rule.where(rule.sample)
    assert findings(rule, rule.sample, sample)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_rule_lets_pass_what_keeps_it(rule: Rule) -> None:
    assert findings(rule, rule.sample, rule.keeps) == []
