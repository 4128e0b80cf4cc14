"""How often what the draft check finds is set aside: a rule that people overrule in a fifth of the cases is looked at anew."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.draft_check.rules import shipped
from incidents.models import Override, Statement
from incidents.operations.checking import case_of

SPAN = timedelta(days=90)
TOO_OFTEN = 0.2


@dataclass(frozen=True)
class Row:
    """A rule: in how many passages it found something, and how many of those somebody set aside."""

    rule: str
    name: str
    found: int
    dismissed: int
    reasoned: int

    @property
    def aside(self) -> int:
        return self.dismissed + self.reasoned

    @property
    def percent(self) -> int:
        return round(100 * self.aside / self.found)

    @property
    def is_too_often(self) -> bool:
        return self.aside > self.found * TOO_OFTEN


def rows(since: datetime) -> list[Row]:
    """Each rule that found anything in a statement begun ``since`` then, what is set aside most often first.

    A passage counts once in each statement, however often that was saved.
    """
    begun = Statement.objects.filter(created_at__gte=since)
    found = {
        (pk, rule, passage)
        for pk, cases in begun.values_list("pk", "cases")
        for rule, passages in cases.items()
        for passage in passages
    }
    kinds = {
        (pk, rule, case_of(words)): kind
        for pk, rule, words, kind in Override.objects.filter(statement__created_at__gte=since)
        .order_by("pk")
        .values_list("statement", "rule", "found", "kind")
    }
    shown = Counter(rule for _, rule, _ in found)
    aside = Counter((one[1], kind == Override.Kind.AUTHOR) for one, kind in kinds.items() if one in found)
    names = names_of_rules()
    listed = [Row(rule, names.get(rule, rule), shown[rule], aside[rule, True], aside[rule, False]) for rule in shown]
    return sorted(listed, key=lambda row: (-row.percent, -row.found, row.name))


def names_of_rules() -> dict[str, str]:
    return {rule.id: rule.name for rule in shipped()}
