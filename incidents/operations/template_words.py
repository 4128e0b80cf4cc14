"""The words of a template as they will read: filled with example values, checked like a draft, and shown as a page shows them.

A template rests on no fact and on no incident, so what depends on those is not asked: it is taken for established, and asked
of each statement that begins with the template.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import clock
from incidents import draft_check, markdown, placeholders, wording
from incidents.draft_check import Context, Finding, Override
from incidents.models import Statement, StatementTemplate
from incidents.operations import checking
from incidents.operations.passages import WRITTEN, Passage, placed

PROMISED_IN = timedelta(hours=1)  # in the example
WITHOUT_PROMISE = (*Statement.SAYING_IT_IS_OVER, Statement.Kind.DIRECT)
ZONE = "UTC"


@dataclass(frozen=True)
class Read:
    """``words`` are those of each field with example values, and the findings stand in them. Nothing is asked of no kind."""

    words: dict[str, str] = field(default_factory=dict)
    shown: list[Passage] = field(default_factory=list)
    stopping: list[Passage] = field(default_factory=list)
    phrases_checked: bool = True

    @property
    def verdict(self) -> str:
        if not self.phrases_checked:
            return draft_check.NOT_ENGLISH
        return "" if self.shown else draft_check.CLEAN


def read(template: StatementTemplate) -> Read:
    """What the draft check says of it. Only what can never go out is ``stopping``: everything else may be saved."""
    if template.kind not in Statement.Kind.values:
        return Read()
    words = _filled(template)
    parts = list(_parts(template.kind, words))
    text = "\n\n".join(said for _, said in parts)[: draft_check.LIMIT]
    result = draft_check.check(text, template.kind, _context())
    own = [one for one in result.findings if not checking.is_of_an_empty_field(one, template)]
    shown = {id(one) for one in result.shown}
    # A fix counts characters of the words with the example values in them, and those are nobody's to mend.
    placed_ones = [(one, placed(replace(one, fix=None), parts, template.kind)) for one in own]
    return Read(
        words=words,
        shown=[passage for one, passage in placed_ones if id(one) in shown],
        stopping=[passage for one, passage in placed_ones if _can_never_go_out(one)],
        phrases_checked=result.phrases_checked,
    )


def message(template: StatementTemplate) -> str:
    """The whole message with example values, as safe HTML. Nothing where it is too long or nests too deeply to be shown."""
    if template.kind not in Statement.Kind.values:
        return ""
    words, now = _filled(template), clock.now()
    parts = {part: words.get(part, "") for part in wording.PARTS[template.kind]}
    promised = None if template.kind in WITHOUT_PROMISE else now + PROMISED_IN
    said = wording.compose(parts, promised, ZONE, now=now)
    return "" if markdown.problem(said) else markdown.render(said)


def _filled(template: StatementTemplate) -> dict[str, str]:
    texts = template.texts()
    return {
        name: placeholders.fill(texts[name], placeholders.EXAMPLES)
        for name in wording.texts_of(template.kind)
        if name in texts
    }


def _parts(kind: str, words: dict[str, str]) -> Iterator[tuple[str, str]]:
    """As ``checking`` reads a statement: with the promise that is written from its field."""
    for name in wording.texts_of(kind):
        if said := words.get(name):
            yield name, said
        if name == wording.PARTS[kind][-1] and kind not in WITHOUT_PROMISE:
            now = clock.now()
            yield WRITTEN, wording.promise(now + PROMISED_IN, ZONE, now=now)


def _context() -> Context:
    known = checking.known()
    return replace(
        known,
        cause_established=True,
        recovered=True,
        allow=known.allow | {placeholders.EXAMPLES["contact"]},
        fields=frozenset((*wording.ANSWERS, WRITTEN)),
    )


def _can_never_go_out(finding: Finding) -> bool:
    """A secret or an internal name that stands there. What is only missing can still be said."""
    return finding.is_blocking and finding.override == Override.NEVER and bool(finding.text)
