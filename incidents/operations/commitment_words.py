"""The draft check asked of what a commitment says in public: its own words, and the reasons given when it changes.

The commander lets stand in a drafted commitment what may stand in a statement, as an override of the statement that makes it,
bound to the words of the field. A change of a published one has no draft to bind it to: what stops there is edited away.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from incidents import draft_check
from incidents.draft_check import Context, Stage
from incidents.draft_check.context import NO_PHRASES
from incidents.models import Commitment, CommitmentChange, Fact, Override, Statement
from incidents.operations import checking
from incidents.operations.passages import Passage, placed
from refusals import Missing

# A sentence of a commitment has its date in a field of its own, and how it is checked need not be checkable again.
SAID_ELSEWHERE = {"text": {"PROMISE-NO-DEADLINE"}, "verification": {"PROMISE-NO-DEADLINE", "COMMIT-UNMEASURABLE"}}
FIELDS = ("text", "verification", "public_owner")  # what a commitment says in public
OF_CHANGE = ("new_text", "public_reason")


@dataclass(frozen=True)
class Read:
    """What was found in the fields, which are checked each by itself."""

    shown: list[Passage]
    phrases_checked: bool
    rules_digest: str

    @property
    def stopping(self) -> list[Passage]:
        return [passage for passage in self.shown if passage.stops]

    @property
    def verdict(self) -> str:
        if not self.phrases_checked:
            return draft_check.NOT_ENGLISH
        return "" if self.shown else draft_check.CLEAN


@dataclass(frozen=True)
class InCommitment:
    """What was found in a commitment that a statement would make. ``part`` names the field, for a form."""

    made: Commitment
    passage: Passage

    @property
    def part(self) -> str:
        return f"{self.made.pk}.{self.passage.field}"

    @property
    def at(self) -> str:
        """Tells it apart from every other finding of the statement, for the ids of a page."""
        return f"{self.part}-{self.passage.finding.rule}-{self.passage.finding.start}"

    @property
    def words(self) -> str:
        said: str = getattr(self.made, self.passage.field)
        return said


def of_commitment(made: Commitment, context: Context | None = None, standing: Iterable[Override] = ()) -> Read:
    """``standing``: what somebody answers for in the statement that would make it."""
    context = context or checking.known(made.incident)
    found = [
        *_found("text", made.text, Stage.COMMITMENT, context),
        *_found("verification", made.verification, Stage.COMMITMENT, context),
        *_found("public_owner", made.public_owner, Stage.COMMITMENT, replace(context, language=NO_PHRASES)),
    ]
    stands = {(one.text_digest, one.rule, one.start): one for one in standing}
    shown = [
        replace(one, override=stands.get((_digest(made, one.field), one.finding.rule, one.finding.start)))
        for one in found
    ]
    return Read(shown, context.is_english, draft_check.rules_digest())


def in_statement(statement: Statement, around: Context) -> list[InCommitment]:
    """What stops its drafted commitments, and what somebody lets stand in them."""
    found = [
        InCommitment(made, passage)
        for made in _drafts(statement)
        for passage in of_commitment(made, around, statement.overrides.all()).shown
    ]
    return [one for one in found if one.passage.finding.is_blocking]


def let_stand(statement: Statement) -> list[tuple[Commitment, Override]]:
    """What somebody answers for in the commitments as they are now, without checking them again."""
    standing = list(statement.overrides.all())
    drafts = _drafts(statement) if standing else []
    fields = {_digest(made, field): made for made in drafts for field in FIELDS}
    return [(fields[one.text_digest], one) for one in standing if one.text_digest in fields]


def _drafts(statement: Statement) -> list[Commitment]:
    return [made for made in statement.own_commitments() if made.state == Commitment.State.DRAFT]


def _digest(made: Commitment, field: str) -> str:
    return draft_check.digest_of(getattr(made, field)[: draft_check.LIMIT])


def of_change(change: CommitmentChange, context: Context | None = None) -> Read:
    """A new text is a commitment; the reason is what the public reads beside it, as an update."""
    causes = Fact.objects.filter(incident=change.commitment.incident_id, is_cause=True)
    cause = causes.filter(confidence=Fact.Confidence.CONFIRMED).exists()
    context = replace(context or checking.known(change.commitment.incident), cause_established=cause)
    found = [
        *_found("new_text", change.new_text, Stage.COMMITMENT, context),
        *_found("public_reason", change.public_reason, Stage.UPDATE, context),
    ]
    return Read(found, context.is_english, draft_check.rules_digest())


def missing(found: Iterable[InCommitment]) -> Iterator[Missing]:
    """Of what was ``found`` in the commitments of a statement what stops it, with the page of each."""
    for one in found:
        if one.passage.stops:
            yield _reword(one.passage, "in a commitment", "desk:commitment_draft", (one.made.pk,))


def missing_in_change(change: CommitmentChange) -> list[Missing]:
    return [_reword(passage, f"in “{passage.label}”") for passage in of_change(change).stopping]


def _found(field: str, words: str, stage: Stage, context: Context) -> Iterator[Passage]:
    """Of words that are longer than a field may be, those that are read."""
    words = words[: draft_check.LIMIT]
    left_out = SAID_ELSEWHERE.get(field.removeprefix("new_"), set())
    for finding in draft_check.check(words, stage, context, whole=False).shown:
        if finding.rule not in left_out:
            yield placed(finding, [(field, words)])


def _reword(passage: Passage, where: str, view: str = "", args: tuple[int, ...] = ()) -> Missing:
    said = f"Reword “{passage.finding.text}” {where}: {passage.finding.name.lower()}"
    return Missing(said, view, args, f"id_{passage.field}")
