"""Whether "why it happened" says why (R17): a resolution may leave it open until a date, a post-mortem may not.

Only of English words, as all phrases: in another language the approver asks.
"""

import re
from collections.abc import Iterator

from incidents import draft_check
from incidents.models import Statement
from refusals import Missing

_CAUSE = (
    r"(?:why\b[^.!?\n]{0,80}?|what (?:caused|led)\b[^.!?\n]{0,80}?"
    r"|(?:root |exact |underlying |real )?(?:cause|reason)s?\b[^.!?\n]{0,40}?)"
)
_KNOWN = r"(?:established|known|determined|clear|found|identified|confirmed|understood|certain)"
_TO_KNOW = rf"(?:know|say|tell|explain|understand|{_KNOWN})"
_YET = r"(?:(?:yet|fully|still|finally|been|entirely|completely|conclusively) ){0,3}"
_OPEN = re.compile(
    "|".join(
        (
            rf"\b(?:{_CAUSE}|^(?:it|this|that) )(?:is|are|has|have|remains?)(?: not|n't) {_YET}{_KNOWN}\b",
            rf"\b(?:{_CAUSE}|^(?:it|this|that) )(?:is|are|remains?) {_YET}(?:unknown|unclear|undetermined|uncertain|open)\b",
            rf"\b(?:do|can|have)(?:(?: |n)?not|n't) {_YET}{_TO_KNOW}\b[^.!?\n]{{0,30}}?\b{_CAUSE}",
            r"\b(?:not|n't) (?:been )?(?:yet )?established(?: yet)?\b(?=[^.!?\n]{0,3}(?:[.!?\n,;]|$))",
            rf"\bstill (?:being )?(?:investigat|examin|establish|look|work|try)\w{{0,5}}\b[^.!?\n]{{0,30}}?\b{_CAUSE}",
            rf"\b(?:yet|remains?|left|still) to be {_KNOWN}\b",
            r"\b(?:is|are|remains?) (?:still )?(?:under investigation|being investigated)\b",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}|{_MONTH} \d{{1,2}}\b|\d{{4}}-\d{{2}}-\d{{2}}"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
    r"|today|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_PROMISED = re.compile(r"\b(?:will|shall|by|before|until|no later than)\b|\bwe['’]ll\b", re.IGNORECASE)

SAY_BY_WHEN = "Give the date by which you will say why it happened: “{}”"
SAY_WHY = "Say why it happened. A post-mortem does not leave it open: “{}”"


def missing(statement: Statement) -> Iterator[Missing]:
    """What leaves the question open in a post-mortem, and without a date in a resolution."""
    said = draft_check.sentences_of(statement.why_it_happened)
    left_open = next((one for one in said if _OPEN.search(one.replace("’", "'"))), None)
    if left_open is None:
        return
    place = ("desk:statement", (statement.pk,), "id_why_it_happened")
    if statement.kind == Statement.Kind.POST_MORTEM:
        yield Missing(SAY_WHY.format(left_open), *place)
    elif statement.kind == Statement.Kind.RESOLUTION and not any(map(_promises_a_date, said)):
        yield Missing(SAY_BY_WHEN.format(left_open), *place)


def _promises_a_date(sentence: str) -> bool:
    return bool(_DATE.search(sentence) and _PROMISED.search(sentence))
