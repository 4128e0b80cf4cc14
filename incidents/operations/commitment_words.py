"""The draft check asked of what a commitment says in public: its own words, and the reasons given when it changes.

What stops is edited away: unlike in a statement nobody lets it stand, because a promise has no need of a stock phrase.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from incidents import draft_check
from incidents.draft_check import Context, Finding, Stage
from incidents.models import Commitment, CommitmentChange, Fact, Statement
from incidents.operations import checking
from incidents.wording import LABELS
from refusals import Missing

# A sentence of a commitment has its date in a field of its own, and how it is checked need not be checkable again.
SAID_ELSEWHERE = {"text": {"PROMISE-NO-DEADLINE"}, "verification": {"PROMISE-NO-DEADLINE", "COMMIT-UNMEASURABLE"}}
NO_PHRASES = "und"  # the language of a name: leaks are looked for, and no phrases


@dataclass(frozen=True)
class Found:
    """A finding in one of the fields, which are checked each by itself."""

    field: str
    label: str
    finding: Finding


def of_commitment(made: Commitment, context: Context | None = None) -> list[Found]:
    context = context or checking.known()
    return [
        *_found("text", made.text, Stage.COMMITMENT, context),
        *_found("verification", made.verification, Stage.COMMITMENT, context),
        *_found("public_owner", made.public_owner, Stage.COMMITMENT, replace(context, language=NO_PHRASES)),
    ]


def of_change(change: CommitmentChange, context: Context | None = None) -> list[Found]:
    """A new text is a commitment; the reason is what the public reads beside it, as an update."""
    causes = Fact.objects.filter(incident=change.commitment.incident_id, is_cause=True)
    cause = causes.filter(confidence=Fact.Confidence.CONFIRMED).exists()
    context = replace(context or checking.known(), cause_established=cause)
    return [
        *_found("new_text", change.new_text, Stage.COMMITMENT, context),
        *_found("public_reason", change.public_reason, Stage.UPDATE, context),
    ]


def missing(statement: Statement, names: Iterable[str] | None = None) -> Iterator[Missing]:
    """What stops the statement that would make these commitments, with the page of each. Asks nothing if it makes none."""
    drafts = [made for made in statement.own_commitments() if made.state == Commitment.State.DRAFT]
    context = checking.known(names) if drafts else None
    for made in drafts:
        for found in of_commitment(made, context):
            if found.finding.is_blocking:
                yield _reword(found, "in a commitment", "desk:commitment_draft", (made.pk,))


def missing_in_change(change: CommitmentChange) -> list[Missing]:
    return [_reword(found, f"in “{found.label}”") for found in of_change(change) if found.finding.is_blocking]


def _found(field: str, words: str, stage: Stage, context: Context) -> Iterator[Found]:
    left_out = SAID_ELSEWHERE.get(field.removeprefix("new_"), set())
    for finding in draft_check.check(words, stage, context, whole=False).shown:
        if finding.rule not in left_out:
            yield Found(field, LABELS[field], finding)


def _reword(found: Found, where: str, view: str = "", args: tuple[int, ...] = ()) -> Missing:
    said = f"Reword “{found.finding.text}” {where}: {found.finding.name.lower()}"
    return Missing(said, view, args, f"id_{found.field}")
