"""S06, read from the source: which code reaches the doors to the public record. A new way fails until it is declared here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.check("S06")

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "statuspage", "incidents", "stakeholders", "agents", "accounts")

# Whatever approves, and whatever writes an entry.
DOORS = {
    "approve", "approve_alone", "approve_founding", "approve_in_emergency", "_publish", "enter", "enter_missed",
    "_publish_statement",
}  # fmt: skip

OTHERS = ("timeline", "self")  # the timeline has an `enter` of its own, and the bell a `_publish`
APART = (
    "incidents/operations/timeline.py",
    "stakeholders/bell.py",
    "config/demo/",
)  # the demo’s people do what people do

# By file and function. Beside the views, which only pass on who asks: what follows from an approval, and what the clock,
# a report, a verifier or a reviewer makes public. None of these has free text, but what an approval has frozen.
WAYS = {
    "incidents/operations/approval.py": {
        "approve": {"_publish"}, "approve_in_emergency": {"_publish"}, "approve_alone": {"_publish"},
        "approve_founding": {"_publish"}, "_publish": {"_publish_statement"}, "_publish_statement": {"enter"},
    },
    "incidents/operations/change.py": {"_enter": {"enter"}},
    "incidents/operations/commitment.py": {"miss": {"enter_missed"}, "enter_missed": {"enter"}, "enter": {"enter"}},
    "incidents/operations/evidence.py": {
        "report_done": {"enter", "enter_missed"}, "accept": {"enter"}, "refuse": {"enter"},
    },
    "incidents/operations/masthead.py": {"found": {"approve_founding"}},
    "incidents/operations/names.py": {"apply": {"enter"}},
    "incidents/operations/promise.py": {"_miss": {"enter"}},
    "incidents/operations/redaction.py": {"_notice": {"enter"}},
    "incidents/operations/schedule.py": {"_publish": {"approve", "approve_alone"}, "take": {"_publish"}},
    "incidents/operations/review.py": {"review": {"enter"}},
    "incidents/urls.py": {"": {"approve", "approve_alone"}},
    "incidents/views/approval.py": {
        "approve": {"approve"}, "approve_emergency": {"approve_in_emergency"}, "approve_alone": {"approve_alone"},
    },
}  # fmt: skip


def ways(source: str) -> dict[str, set[str]]:
    """The doors that each function of this source names, called or handed on; a note on the timeline is none."""
    found: dict[str, set[str]] = {}
    for name, node in _inside(ast.parse(source)):
        if door := _door(node):
            found.setdefault(name, set()).add(door)
    return found


def _inside(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for part in tree.body:
        name = part.name if isinstance(part, ast.FunctionDef | ast.ClassDef) else ""
        yield from ((name, node) for node in ast.walk(part))


def _door(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in OTHERS:
        return ""
    named = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return named if named in DOORS else ""


def test_the_record_is_reached_by_the_declared_ways_alone() -> None:
    paths = [path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    found = {path: ways((ROOT / path).read_text()) for path in sorted(paths) if not path.startswith(APART)}

    assert {path: here for path, here in found.items() if here} == WAYS


@pytest.mark.parametrize(
    "source",
    [
        "def tidy(asked, by):\n    approval.approve(asked, by=by, seen_digest=asked.digest)",
        "def tidy(asked):\n    later(operations.approve_alone, asked)",
        "def tidy(at):\n    record.enter('kept', at=at)",
        "class Quick:\n    def post(self):\n        return _publish(self.asked)",
        "quick = approve",
    ],
)
def test_a_new_way_would_be_seen(source: str) -> None:
    assert ways(source) != {}


def test_a_note_on_the_timeline_is_no_way() -> None:
    assert ways("def note(incident):\n    timeline.enter(incident, 'x')") == {}
