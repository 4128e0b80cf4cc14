"""The draft check asked of a statement: its words as the public gets them, with what the incident knows (domain 3).

It advises. What must not go out is held by `guards`; what a person has to judge, the five questions ask.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.conf import settings

from accounts.models import Organisation, User
from agents.models import Component
from incidents import draft_check, numbers, sources, wording
from incidents.draft_check import Context, Finding, Fix, Result
from incidents.draft_check.context import ENGLISH
from incidents.models import FACTS_GATE, Incident, Override, Statement

# Where the first message says what a rule looks for in the whole of it.
SAID_IN = {"ACK-MISSING": "acknowledgement", "INVEST-MISSING": "investigating", "TIMEFRAME-MISSING": "next_update_at"}
WITH_A_REASON = (Override.Kind.COMMANDER, Override.Kind.TWO_PERSON)
# What is written from the field with the time: nobody types its words.
WRITTEN = "next_update_at"
AROUND = 60  # characters of the sentence shown on either side of what was found


@dataclass(frozen=True)
class Passage:
    """A finding where it stands: the field, and the words before and after it. Without words something is not said.

    `override`: by whom and why it was let stand, in these very words. `at` is where it stands in the field, and `fix` the
    words that one click puts there `instead_of` these, if there are any that are right; both count characters of the field.
    `nth` is how often the same words stand there before, by which a browser finds them in what somebody has typed.
    """

    finding: Finding
    field: str
    label: str
    before: str
    after: str
    at: int = 0
    fix: Fix | None = None
    instead_of: str = ""
    nth: int = 0
    override: Override | None = None

    @property
    def stops(self) -> bool:
        return self.finding.is_blocking and self.override is None

    @property
    def can_be_let_stand(self) -> bool:
        return self.stops and self.finding.override.value in WITH_A_REASON

    @property
    def can_be_dismissed(self) -> bool:
        return self.override is None and self.finding.override == draft_check.Override.AUTHOR and bool(self.field)

    @property
    def is_dismissed(self) -> bool:
        return self.override is not None and self.override.is_dismissal


@dataclass(frozen=True)
class Checked:
    """`passages` are all there are, `shown` at most three of a sentence, `let_stand` what somebody answers for."""

    result: Result
    passages: tuple[Passage, ...]
    let_stand: list[Override]
    questions: tuple[str, ...] = draft_check.FIVE_QUESTIONS

    @property
    def is_released(self) -> bool:
        """Whether the commander has written why these words need not wait for the facts (R119)."""
        return self.release is not None

    @property
    def release(self) -> Override | None:
        return next((one for one in self.let_stand if one.rule == FACTS_GATE), None)

    @property
    def shown(self) -> list[Passage]:
        shown = {id(finding) for finding in self.result.shown}
        return [passage for passage in self.passages if id(passage.finding) in shown]

    @property
    def stopping(self) -> list[Passage]:
        return [passage for passage in self.passages if passage.stops]


def check(
    statement: Statement,
    *,
    cause_established: bool,
    names: Iterable[str] | None = None,
    components: Iterable[Component] | None = None,
) -> Checked:
    """Asks the database for ``components`` and the ``names`` of the people here unless they are handed over, and for what
    is not prefetched.
    """
    parts = list(_parts(statement))
    text = _text(parts)
    context = replace(
        _context(statement, cause_established, names), audience_technical=_is_technical(statement, components)
    )
    result = draft_check.check(text, statement.kind, context)
    result = replace(result, findings=tuple(one for one in result.findings if not _is_empty_field(one, statement)))
    standing = _standing(statement, result.text_digest)
    stands = {(one.rule, one.start): one for one in standing}
    passages = tuple(
        replace(_placed(finding, statement.kind, parts, text), override=stands.get((finding.rule, finding.start)))
        for finding in result.findings
    )
    return Checked(result, passages, standing)


def let_stand(statement: Statement) -> list[Override]:
    """What somebody answers for in the words as they are now, without checking them again."""
    return _standing(statement, draft_check.digest_of(_text(list(_parts(statement)))))


def cases(statement: Statement, checked: Checked) -> dict[str, list[str]]:
    """What the rules have found in any saved version: for each rule a digest of every passage, counted once.

    Without them one could not say which rules are set aside more often than they help. No text: that may have to go.
    """
    found = {rule: set(passages) for rule, passages in statement.cases.items()}
    for finding in checked.result.findings:
        found.setdefault(finding.rule, set()).add(case_of(finding.text))
    return {rule: sorted(passages) for rule, passages in sorted(found.items())}


def case_of(words: str) -> str:
    return draft_check.digest_of(words)[:16]


def _is_empty_field(finding: Finding, statement: Statement) -> bool:
    """What is missing because its field is empty is said by the list of what is missing, once."""
    field = SAID_IN.get(finding.rule)
    return bool(finding.missing) or (field is not None and not getattr(statement, field))


def _standing(statement: Statement, digest: str) -> list[Override]:
    return [one for one in statement.overrides.all() if one.text_digest == digest]


def _text(parts: list[tuple[str, str]]) -> str:
    return "\n\n".join(words for _, words in parts)[: draft_check.LIMIT]


def _parts(statement: Statement) -> Iterator[tuple[str, str]]:
    """Each part that says something, by its field, in the order in which it is read."""
    for field in wording.texts_of(statement.kind):
        if words := getattr(statement, field):
            yield field, words
        if field == wording.PARTS[statement.kind][-1] and statement.next_update_at:
            yield WRITTEN, statement.words().rpartition("\n\n")[2]


def known(names: Iterable[str] | None = None) -> Context:
    """What is known without a statement: the names of everybody here, and how the public may reach us."""
    organisation = Organisation.current()
    return Context(
        number_cited=False,
        allow=frozenset({settings.PUBLIC_URL, organisation.contact if organisation else ""} - {""}),
        language=organisation.public_language if organisation else ENGLISH,
        known_names=frozenset(User.objects.people().values_list("name", flat=True) if names is None else names),
    )


def _context(statement: Statement, cause_established: bool, names: Iterable[str] | None) -> Context:
    told = [fact.text for fact in statement.cited() if fact.is_confirmed]
    if statement.corrects and statement.corrects.approval:  # a correction says again what was wrong
        told += statement.corrects.approval.texts().values()
    if statement.corrects_message:
        told += statement.corrects_message.texts().values()
    return replace(
        known(names),
        cause_established=cause_established,
        recovered=statement.incident.state == Incident.State.RECOVERED,
        counts=draft_check.all_counts(told) | _numbers(statement),
        verified=frozenset(one.text for one in sources.of(statement) if one.is_verified),
        fields=frozenset(field for field in (*wording.ANSWERS, "next_update_at") if getattr(statement, field)),
    )


def _numbers(statement: Statement) -> frozenset[tuple[str, str]]:
    """What the cited facts count: people, or things, for which each text has its own word."""
    return frozenset(
        (str(fact.value), noun)
        for fact in statement.cited()
        if fact.is_confirmed and fact.value is not None
        for noun in (("people",) if fact.measure in numbers.OF_PEOPLE else numbers.THINGS)
    )


def _is_technical(statement: Statement, components: Iterable[Component] | None) -> bool:
    """Whether it is only about what technical people use: the components that it names, or else the agent's."""
    every = list(Component.objects.all() if components is None else components)
    agents_own = statement.incident.agent.component_id
    about = [one for one in every if one.public_id in statement.component_states]
    about = about or [one for one in every if one.pk == agents_own]
    return bool(about) and all(one.audience_technical for one in about)


def _placed(finding: Finding, kind: str, parts: list[tuple[str, str]], text: str) -> Passage:
    if finding.start == finding.end:
        return Passage(finding, "", "", "", "")
    end = 0
    for field, words in parts:
        start, end = (end + 2 if end else 0), (end + 2 if end else 0) + len(words)
        if start <= finding.start < end:
            around = _before(text[start : finding.start]), _after(text[finding.end : end])
            fix = None if field == WRITTEN else _in_field(finding.fix, words, start)
            instead_of = words[fix.start : fix.end] if fix else ""
            label = wording.label(field, kind)
            at = finding.start - start
            nth = _before_it(words, finding.text, at)
            return Passage(finding, field, label, *around, at, fix, instead_of, nth)
    raise AssertionError("a finding stands in one of the parts")


def _before_it(words: str, found: str, at: int) -> int:
    count, place = 0, words.find(found)
    while -1 < place < at:
        count, place = count + 1, words.find(found, place + 1)
    return count


def _in_field(fix: Fix | None, words: str, start: int) -> Fix | None:
    """A fix counted from the beginning of the part that it lies in, up to the end of its last word: one reads whole words."""
    if fix is None or not start <= fix.start < fix.end <= start + len(words):
        return None
    first, last = fix.start - start, fix.end - start
    end = last
    while words[last - 1].isalnum() and words[end : end + 1].isalnum():
        end += 1
    return Fix(first, end, fix.put + words[last:end])


def _before(words: str) -> str:
    """Its last words, whole ones."""
    if len(words) <= AROUND:
        return words
    return "… " + words[-AROUND:].partition(" ")[2]


def _after(words: str) -> str:
    """Its first words, whole ones."""
    return words if len(words) <= AROUND else words[:AROUND].rpartition(" ")[0] + " …"
