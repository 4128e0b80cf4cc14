"""The draft check asked of a statement: its words as the public gets them, with what the incident knows (domain 3).

It advises. What must not go out is held by `guards`; what a person has to judge, the five questions ask.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from django.conf import settings

from accounts.models import Organisation
from agents.models import Component
from incidents import draft_check, numbers, sources, wording
from incidents.draft_check import Context, Finding, Result
from incidents.draft_check.context import ENGLISH
from incidents.models import FACTS_GATE, Fact, Incident, Override, Statement, StatementTemplate
from incidents.operations import never_public
from incidents.operations.never_public import Names
from incidents.operations.passages import WRITTEN, Passage, placed

# Where the first message says what a rule looks for in the whole of it.
_SAID_IN = {"ACK-MISSING": "acknowledgement", "INVEST-MISSING": "investigating", "TIMEFRAME-MISSING": "next_update_at"}


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
    around: Context | None = None,
    components: Iterable[Component] | None = None,
) -> Checked:
    """Asks the database for ``components`` and what is ``known`` around the words unless they are handed over, and for what
    is not prefetched.
    """
    parts = list(_parts(statement))
    text = _text(parts)
    around = around or known(statement.incident)
    context = replace(
        _context(statement, around, cause_established), audience_technical=_is_technical(statement, components)
    )
    result = draft_check.check(text, statement.kind, context)
    result = replace(result, findings=tuple(one for one in result.findings if not is_of_an_empty_field(one, statement)))
    standing = _standing(statement, result.text_digest)
    stands = {(one.rule, one.start): one for one in standing}
    passages = tuple(
        replace(placed(finding, parts, statement.kind), override=stands.get((finding.rule, finding.start)))
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


def is_of_an_empty_field(finding: Finding, written: Statement | StatementTemplate) -> bool:
    """What is missing because its field is empty is said by the list of what is missing, once. What a template leaves empty,
    or has no field for, is written by whoever begins with it."""
    field = _SAID_IN.get(finding.rule)
    return bool(finding.missing) or (field is not None and not getattr(written, field, ""))


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


def known(incident: Incident | None = None, names: Names | None = None) -> Context:
    """What is known without a statement: the names that are never public, and how the public may reach us.

    Those who asked are known by their ``incident``. ``names``: what a page has fetched of them.
    """
    organisation = Organisation.current()
    never = names or never_public.names(incident)
    return Context(
        number_cited=False,
        allow=frozenset({settings.PUBLIC_URL, organisation.contact if organisation else ""} - {""}),
        cleared=frozenset(organisation.cleared_addresses) if organisation else frozenset(),
        language=organisation.public_language if organisation else ENGLISH,
        known_names=never.persons,
        internal_names=never.internal,
        public_names=never.public | ({organisation.name} - {""} if organisation else set()),
    )


def _context(statement: Statement, around: Context, cause_established: bool) -> Context:
    told: list[str] = []
    if statement.corrects and statement.corrects.approval:  # a correction says again what was wrong
        told += statement.corrects.approval.texts().values()
    if statement.corrects_message:
        told += statement.corrects_message.texts().values()
    return replace(
        around,
        cause_established=cause_established,
        recovered=statement.incident.state == Incident.State.RECOVERED,
        counts=draft_check.all_counts(told) | _numbers(statement),
        verified=frozenset(one.text for one in sources.of(statement) if one.is_verified),
        fields=frozenset(field for field in (*wording.ANSWERS, "next_update_at") if getattr(statement, field)),
    )


def _numbers(statement: Statement) -> frozenset[tuple[str, str]]:
    """What the cited facts count: in their words, and by their measure with each word that public texts have for it."""
    found: set[tuple[str, str]] = set()
    for fact in statement.cited():
        if fact.is_confirmed:
            found |= said_by(fact, statement.told())
    return frozenset(found)


def said_by(fact: Fact, told: str) -> set[tuple[str, str]]:
    """What a confirmed fact is a source for, in words that are ``told`` the public.

    How many were reached more than once is no source for how many were reached, unless that is what the words say (R51)."""
    if fact.value is None:
        return set(draft_check.counts_in(fact.text))
    number = str(fact.value)
    said = {(number, noun) for noun in numbers.NOUNS.get(fact.measure, ())}
    if fact.measure in numbers.PART_OF_PEOPLE and numbers.says_of_each(told, fact.measure, fact.value):
        said = {(number, "people")}
    return said | {one for one in draft_check.counts_in(fact.text) if one != (number, "people")}


def _is_technical(statement: Statement, components: Iterable[Component] | None) -> bool:
    """Whether it is only about what technical people use: the components that it names, or else the agent's."""
    every = list(Component.objects.all() if components is None else components)
    agents_own = statement.incident.agent.component_id
    about = [one for one in every if one.public_id in statement.component_states]
    about = about or [one for one in every if one.pk == agents_own]
    return bool(about) and all(one.audience_technical for one in about)
