"""What is left out of public words has a kind of reason, or it is said that nothing is left out (R9)."""

from collections.abc import Iterator

from incidents.models import Statement
from incidents.models.statement import Withheld
from refusals import Missing


def in_order(kinds: list[str]) -> list[str]:
    """Each once, in the order in which they are offered; what is no kind stays, to be refused."""
    return [*(one.value for one in Withheld if one in kinds), *(one for one in kinds if one not in Withheld.values)]


def unknown(statement: Statement) -> Iterator[Missing]:
    """What is no kind at all. Asked at every save."""
    if not set(statement.withheld) <= set(Withheld.values):
        yield _here(statement, "Choose the kinds of what you leave out from the list")


def missing(statement: Statement) -> Iterator[Missing]:
    """Asked wherever the note is: what nobody gives a reason for was forgotten, not weighed."""
    if not statement.withheld:
        yield _here(statement, "Tick why something is left out, or that nothing is")
    elif Withheld.NOTHING in statement.withheld and len(statement.withheld) > 1:
        yield _here(statement, "Tick that nothing is left out, or why something is, not both")


def _here(statement: Statement, sentence: str) -> Missing:
    return Missing(sentence, "desk:statement", (statement.pk,), "id_withheld")
