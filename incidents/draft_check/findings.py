"""What the check says: findings, what may be done about them, and the whole answer, the same for a page and for JSON."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from incidents.draft_check.context import Stage

SHOWN_PER_SENTENCE = 3

CLEAN = "No stock phrase found."
NOT_ENGLISH = "The phrase rules know English only and did not run. Fields and leaks were checked."

# Asked of the approver each time: a clean check is no judgement (domain 3.1).
FIVE_QUESTIONS = (
    "Is every statement backed by a confirmed fact?",
    "Does anything shrink, excuse or guess?",
    "Is every promise ours to keep, with a time?",
    "Would an affected person recognise what happened to them?",
    "Who could be identified from this?",
)


class Severity(StrEnum):
    BLOCKING = "blocking"
    WARNING = "warning"


class Override(StrEnum):
    """Who may let a finding stand: the author by a click, the commander with a reason, two people, or nobody."""

    AUTHOR = "author"
    COMMANDER = "commander"
    TWO_PERSON = "two_person"
    NEVER = "never"


@dataclass(frozen=True)
class Fix:
    """Words that can be put in place of a stretch of the original and are right wherever they are offered."""

    start: int
    end: int
    put: str


@dataclass(frozen=True)
class Finding:
    """``start`` and ``end`` count characters of the original, for underlining; both are 0 when something is not there.

    ``missing`` names required fields that are empty. Such a finding can never be overridden, whatever its rule says.
    """

    rule: str
    name: str
    severity: Severity
    override: Override
    start: int
    end: int
    text: str
    message: str
    better: str
    sentence: int = -1
    missing: tuple[str, ...] = ()
    fix: Fix | None = None

    @property
    def can_be_overridden(self) -> bool:
        return self.override != Override.NEVER

    @property
    def is_blocking(self) -> bool:
        return self.severity == Severity.BLOCKING


@dataclass(frozen=True)
class Result:
    """The whole answer. ``text_digest`` and ``rules_digest`` say which words were read, and by which rules."""

    stage: Stage
    findings: tuple[Finding, ...]
    phrases_checked: bool
    text_digest: str
    rules_digest: str

    @property
    def is_clean(self) -> bool:
        return not self.findings

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_blocking)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if not finding.is_blocking)

    @cached_property
    def shown(self) -> tuple[Finding, ...]:
        """Of what stacks up in one sentence, the three most severe."""
        return tuple(self._shown())

    @property
    def verdict(self) -> str:
        """Never that it is safe to publish: that is for a person to say."""
        if not self.phrases_checked:
            return NOT_ENGLISH if self.is_clean else f"{self._counted()} {NOT_ENGLISH}"
        return CLEAN if self.is_clean else self._counted()

    def as_json(self) -> dict[str, Any]:
        """Plain values for an endpoint, a file or a column. Every finding, and of each whether it is shown."""
        shown = {id(finding) for finding in self.shown}
        return {
            "stage": self.stage.value,
            "verdict": self.verdict,
            "phrases_checked": self.phrases_checked,
            "text_digest": self.text_digest,
            "rules_digest": self.rules_digest,
            "findings": [
                {
                    **asdict(finding),
                    "severity": finding.severity.value,
                    "override": finding.override.value,
                    "missing": list(finding.missing),
                    "can_be_overridden": finding.can_be_overridden,
                    "shown": id(finding) in shown,
                }
                for finding in self.findings
            ],
            "questions": list(FIVE_QUESTIONS),
        }

    def _shown(self) -> Iterator[Finding]:
        told: Counter[int] = Counter()
        for finding in self.findings:
            told[finding.sentence] += 1
            if finding.sentence < 0 or told[finding.sentence] <= SHOWN_PER_SENTENCE:
                yield finding

    def _counted(self) -> str:
        blocking, warnings = len(self.blocking), len(self.warnings)
        parts = [f"{blocking} must be dealt with"] if blocking else []
        parts += [f"{warnings} to look at"] if warnings else []
        return f"{', '.join(parts)}."
