"""A finding of the draft check where it stands: in which field of what somebody writes, and what one click puts there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from incidents import draft_check, wording
from incidents.draft_check import Finding, Fix
from incidents.models import Override
from refusals import Stale

WITH_A_REASON = (Override.Kind.COMMANDER, Override.Kind.TWO_PERSON)
# What is written from the field with the time: nobody types its words.
WRITTEN = "next_update_at"
AROUND = 60  # characters of the sentence shown on either side of what was found
MOVED = "The words have changed since the check read them. They are read again below."

Part = tuple[str, str]  # a field and its words


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


def placed(finding: Finding, parts: Sequence[Part], kind: str = "") -> Passage:
    """Where in which part a finding stands that counts characters of them all, with an empty line between two.

    ``kind`` is that of the statement whose parts they are.
    """
    if finding.start == finding.end:
        return Passage(finding, "", "", "", "")
    end = 0
    for field, words in parts:
        start, end = (end + 2 if end else 0), (end + 2 if end else 0) + len(words)
        if start <= finding.start < end:
            around = _before(words[: finding.start - start]), _after(words[finding.end - start :])
            fix = None if field == WRITTEN else _in_field(finding.fix, words, start)
            instead_of = words[fix.start : fix.end] if fix else ""
            label = wording.label(field, kind)
            at = finding.start - start
            nth = _before_it(words, finding.text, at)
            return Passage(finding, field, label, *around, at, fix, instead_of, nth)
    raise AssertionError("a finding stands in one of the parts")


def with_fix(passages: Iterable[Passage], rule: str, field: str, at: int) -> tuple[Passage, Fix]:
    """The one that a button names. Raises ``Stale`` when these words have no such finding with a fix."""
    for passage in passages:
        if (passage.finding.rule, passage.field, passage.at) == (rule, field, at) and passage.fix:
            return passage, passage.fix
    raise Stale(MOVED)


def mended(words: str, fix: Fix) -> str:
    return words[: fix.start] + fix.put + words[fix.end :]


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
