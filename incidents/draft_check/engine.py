"""Asks every rule of every sentence, in time that grows with the length of the text and not with its square.

Each pattern runs over the whole text, in which every sentence has a line of its own and no pattern crosses a line. After
a match it goes on with the next sentence.
"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, pairwise

from incidents.draft_check import called, cleared, leaks, normal, sentences
from incidents.draft_check.context import Context, Stage, counts_in
from incidents.draft_check.findings import Finding, Fix, Override, Result, Severity
from incidents.draft_check.normal import Normal
from incidents.draft_check.patterns import Chain, Found
from incidents.draft_check.rules import Block, Rule, RuleSet, shipped
from incidents.draft_check.spans import Span, Spans
from incidents.wording import LABELS, listed

LIMIT = 20_000
MOST_OF_A_PATTERN = 50


class TooLong(ValueError):
    """The draft has more characters than are read. The sentence says how many it may have."""


def check(
    text: str, stage: Stage | str, context: Context | None = None, *, whole: bool = True, rules: RuleSet | None = None
) -> Result:
    """What the rules find in a draft. ``whole`` is false for a part of a message, of which nothing can be missing.

    Changes and asks nothing: the same text, stage and context always get the same answer.
    """
    if len(text) > LIMIT:
        raise TooLong(f"The draft has {len(text):,} characters. At most {LIMIT:,} are checked: shorten it.")
    rules = rules or shipped()
    draft = Draft(text, Stage(stage), context or Context())
    found = [finding for rule in rules for finding in _of_rule(rule, draft, whole=whole)]
    return Result(
        stage=draft.stage,
        findings=tuple(sorted(found, key=_order)),
        phrases_checked=draft.context.is_english,
        text_digest=digest_of(text),
        rules_digest=rules.digest,
    )


def digest_of(text: str) -> str:
    """What stands for the words that were read: other words have another one."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def rules_digest() -> str:
    """What stands for the rules that are asked: after an upgrade that changes one it is another."""
    return shipped().digest


def sentences_of(text: str) -> list[str]:
    """The sentences as the rules see them, in the words of the text."""
    return [said for said in Draft(text, Stage.UPDATE, Context()).sentence_texts if said]


def _order(finding: Finding) -> tuple[int, bool, int, str]:
    return finding.sentence, not finding.is_blocking, finding.start, finding.rule


@dataclass(frozen=True)
class Draft:
    """One text and what is worked out of it once."""

    original: str
    stage: Stage
    context: Context

    @cached_property
    def base(self) -> Normal:
        return normal.read(self.original)

    @cached_property
    def prose(self) -> Normal:
        """With each sentence on a line of its own."""
        prose = normal.prose(self.base)
        return replace(prose, text=sentences.on_lines(prose.text))

    @cached_property
    def running(self) -> Normal:
        return normal.running(self.base)

    @cached_property
    def sentences(self) -> sentences.Sentences:
        return sentences.of(self.prose.text)

    @cached_property
    def said(self) -> set[int]:
        """The numbers of the sentences that have a word."""
        text = self.prose.text
        return {number for number, (start, end) in enumerate(self.sentences) if re.search(r"\w", text[start:end])}

    @cached_property
    def _sentence_starts(self) -> list[int]:
        """Where each sentence begins in the original."""
        starts = self.prose.starts
        return [starts[start] if start < len(starts) else len(self.original) for start, _ in self.sentences]

    @cached_property
    def sentence_texts(self) -> list[str]:
        """Each sentence in the words of the original."""
        spans = pairwise([*self._sentence_starts, len(self.original)])
        return [self.original[start:end].strip() for start, end in spans]

    def sentence_of(self, position: int) -> int:
        """The number of the sentence that stands at a position of the original."""
        return max(0, bisect_left(self._sentence_starts, position + 1) - 1)

    @cached_property
    def allowed(self) -> Spans:
        return Spans(leaks.allowed_in(self.running.folded, self.context.allow))

    @cached_property
    def cleared(self) -> cleared.Cleared:
        return cleared.Cleared(self.running, self.context.cleared)

    @cached_property
    def public_names(self) -> Spans:
        return Spans(leaks.allowed_in(self.running.folded, self.context.public_names))


def _of_rule(rule: Rule, draft: Draft, *, whole: bool) -> Iterator[Finding]:
    """Findings of one rule. Missing fields come first: with them the words of a whole text need not be looked at."""
    missing = tuple(name for name in rule.requires_field if name not in draft.context.fields) if whole else ()
    severity = rule.blocks[0].severity(draft.stage, draft.context)
    if missing and severity:
        yield _of_fields(rule, severity, missing)
    if not (draft.context.is_english or rule.any_language):
        return
    if rule.scope == "document":
        if whole and severity and not missing:
            yield from _of_whole(rule, rule.blocks[0], severity, draft)
        return
    asked = [(one, one.severity(draft.stage, draft.context)) for one in rule.blocks if whole or not one.every_sentence]
    asked_blocks = [(block, found) for block, found in asked if found]
    if rule.scope == "text":
        yield from _of_text(rule, asked_blocks, draft)
    else:
        yield from _of_sentences(rule, asked_blocks, draft)


def _of_fields(rule: Rule, severity: Severity, missing: tuple[str, ...]) -> Finding:
    """An empty field, which no override helps."""
    named = listed([LABELS.get(name, name.replace("_", " ").capitalize()) for name in missing], "and")
    return Finding(
        rule=rule.id, name=rule.name, severity=severity, override=Override.NEVER, start=0, end=0, text="",
        message=rule.missing.replace("{fields}", named), better=rule.blocks[0].better, missing=missing,
    )  # fmt: skip


def _of_whole(rule: Rule, block: Block, severity: Severity, draft: Draft) -> Iterator[Finding]:
    """What must be said somewhere, or within one sentence, and is not."""
    text = draft.prose.folded
    said = not block.require_any or any(_has(one, text) for one in block.require_any)
    in_sentences = [
        {draft.sentences.at(found.start) for found in one.spans(text)} for one in block.require_same_sentence
    ]
    if not said or (in_sentences and not set.intersection(*in_sentences)):
        yield Finding(
            rule=rule.id, name=rule.name, severity=severity, override=rule.override, start=0, end=0, text="",
            message=block.message, better=block.better,
        )  # fmt: skip


def _has(chain: Chain, text: str) -> bool:
    return next(chain.spans(text), None) is not None


def _of_sentences(rule: Rule, asked: Iterable[tuple[Block, Severity]], draft: Draft) -> Iterator[Finding]:
    """The first match of the rule in each sentence, the gravest kind before the others."""
    first: dict[int, tuple[bool, int, Span, Block, Severity]] = {}
    for block, severity in asked:
        for number, span in _matches(block, draft):
            found = (severity != Severity.BLOCKING, span[0], span, block, severity)
            if number not in first or found[:3] < first[number][:3]:
                first[number] = found
    for number, (_, _, span, block, severity) in sorted(first.items()):
        yield _finding(rule, block, severity, draft, draft.prose, span, number)


def _matches(block: Block, draft: Draft) -> Iterator[tuple[int, Span]]:
    """What counts of a block: where it is about the text as a whole, its beginning or nothing."""
    found = list(_in_each(block, draft))
    if not block.every_sentence:
        yield from found
    elif {number for number, _ in found} >= draft.said:
        yield from sorted(found)[:1]


def _in_each(block: Block, draft: Draft) -> Iterator[tuple[int, Span]]:
    """For each pattern its first match in each sentence that nothing excuses."""
    text, sentences_ = draft.prose.folded, draft.sentences
    excused = Excuses(block, text)
    if excused.whole:
        return
    for pattern in block.patterns:
        done = -1
        for found in pattern.spans(text):
            number = sentences_.at(found.start)
            if number == done:
                continue
            if excused.sentence(*sentences_.span(number)):
                done = number
            elif not (
                excused.match(found)
                or _is_counted(block, text[found.start : found.end], draft)
                or _is_verified(block, number, draft)
            ):
                done = number
                yield number, (found.start, found.end)


@dataclass(frozen=True)
class Excuses:
    """Where a rule does not count: worked out when the first match asks."""

    block: Block
    text: str

    @cached_property
    def whole(self) -> bool:
        """That the text says something beside which the block does not count at all."""
        return any(_has(one, self.text) for one in self.block.unless_text)

    @cached_property
    def _spans(self) -> Spans:
        return Spans((found.start, found.end) for one in self.block.unless for found in one.spans(self.text))

    @cached_property
    def _sentence_spans(self) -> Sequence[int]:
        return sorted(found.start for one in self.block.unless_sentence for found in one.spans(self.text))

    def match(self, found: Found) -> bool:
        return self._spans.touch(found.start, found.end)

    def sentence(self, start: int, end: int) -> bool:
        at = bisect_left(self._sentence_spans, start)
        return at < len(self._sentence_spans) and self._sentence_spans[at] < end


def _is_counted(block: Block, words: str, draft: Draft) -> bool:
    """A number that equals one of a cited fact, of the same things, needs no further source."""
    said = counts_in(words) if "number_cited" in block.when and draft.context.counts else frozenset()
    return bool(said) and said <= draft.context.counts


def _is_verified(block: Block, number: int, draft: Draft) -> bool:
    """A claim in a sentence that rests on a confirmed fact has been looked at."""
    asks = "claim_verified" in block.when and draft.context.verified
    return bool(asks) and draft.sentence_texts[number] in draft.context.verified


def _of_text(rule: Rule, asked: Iterable[tuple[Block, Severity]], draft: Draft) -> Iterator[Finding]:
    """Every match anywhere, but for what is allowed; what overlaps is one finding."""
    for block, severity in asked:
        found = sorted(_leaks(rule, block, draft), key=lambda span: (span[0], -span[1]))
        end = -1
        for span in found:
            if span[0] >= end:
                end = span[1]
                yield _finding(rule, block, severity, draft, draft.running, span)
        if rule.dynamic == "internal_names":
            yield from _internal_names(rule, block, severity, draft, Spans(found))


def _internal_names(rule: Rule, block: Block, severity: Severity, draft: Draft, said: Spans) -> Iterator[Finding]:
    """What agents are called inside, where it is not part of a leak that was ``said``, of a public name or of what may stand."""
    told = rule.of_a_name
    block = replace(block, message=told.message, better=told.better)
    around = (said, draft.public_names, draft.allowed)
    for span in sorted(set(called.internal_in(draft.running, draft.original, draft.context.internal_names))):
        if not any(one.hold(span) for one in around):
            yield replace(_finding(rule, block, severity, draft, draft.running, span), name=told.name)


def _leaks(rule: Rule, block: Block, draft: Draft) -> Iterator[Span]:
    """Of each pattern the first that nothing excuses: fifty say enough, and what may stand is none of them."""
    text = draft.running.folded
    for pattern in block.patterns:
        yield from islice(_no_address_of_ours(pattern, draft), MOST_OF_A_PATTERN)
    for pattern in block.luhn_patterns:
        cards = (span for span in _no_address_of_ours(pattern, draft) if leaks.is_luhn(text[slice(*span)]))
        yield from islice(cards, MOST_OF_A_PATTERN)
    if rule.dynamic == "known_names":
        named = leaks.names_in(draft.running.text, draft.context.known_names)
        yield from (span for span in named if not (draft.public_names.hold(span) or draft.allowed.hold(span)))


def _no_address_of_ours(pattern: Chain, draft: Draft) -> Iterator[Span]:
    """Where it matches, but for published contact points and what an administrator has cleared."""
    for found in pattern.spans(draft.running.folded):
        span = found.start, found.end
        if not (draft.allowed.hold(span) or draft.cleared.passes(*span)):
            yield span


def _finding(
    rule: Rule, block: Block, severity: Severity, draft: Draft, read: Normal, span: Span, number: int | None = None
) -> Finding:
    start, end = read.span(*span)
    words = draft.original[start:end]
    return Finding(
        rule=rule.id, name=rule.name, severity=severity, override=rule.override, start=start, end=end, text=words,
        message=block.message.replace("{match}", words), better=block.better,
        sentence=draft.sentence_of(start) if number is None else number,
        fix=None if number is None else _fix(rule, draft, span, number),
    )  # fmt: skip


def _fix(rule: Rule, draft: Draft, span: Span, number: int) -> Fix | None:
    """The rule's replacement around a match, where the words stand in the original as they were read."""
    prose, (first, last) = draft.prose, draft.sentences.span(number)
    for one in rule.fixes:
        for match in one.find.finditer(prose.folded, first, last):
            if match.start() < span[1] and span[0] < match.end():
                return _replaced(one.put, match, draft, begins=match.start() == first)
    return None


def _replaced(put: str, match: re.Match[str], draft: Draft, *, begins: bool) -> Fix | None:
    """What was written with a capital at its beginning, as a sentence is, is replaced by what has one."""
    start, end = draft.prose.span(*match.span())
    typed = draft.original[start:end]
    if typed.lower() != match.group():
        return None
    kept = re.sub(r"\\(\d)", lambda group: typed[slice(*(at - match.start() for at in match.span(int(group[1]))))], put)
    capital = begins or (typed[:1].isupper() and typed[1:2].islower())
    return Fix(start, end, kept[:1].upper() + kept[1:] if capital else kept)
