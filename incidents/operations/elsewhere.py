"""Where else the same words were approved: in other entries of the record, and in messages to a group. A person chooses them."""

from collections.abc import Iterable

from django.db.models import Q

from incidents.models import Approval, RecordEntry, Statement
from incidents.operations.taken import Taken

COLUMNS = ("headline", "body", "affected", "what_to_do")


def in_entries(texts: set[str], besides: Iterable[int] = ()) -> list[Taken]:
    """Entries of the record in which one of these texts stands, as it is: to be chosen as well, or looked at."""
    same = _any("approval__", (*COLUMNS, "new_text", "public_reason"), texts)
    same |= Q(kind=RecordEntry.Kind.MASTHEAD) | Q(approval__submission__statement__commitments__text__in=texts)
    found = RecordEntry.objects.filter(same).exclude(pk__in=besides).select_related("approval").distinct()
    return _saying(texts, ((one.approval, one) for one in found.order_by("number") if one.approval))


def in_messages(texts: set[str], besides: Iterable[int] = ()) -> list[Taken]:
    """The same among the direct messages, which stand in no entry."""
    found = Approval.objects.filter(_any("", COLUMNS, texts), kind=Statement.Kind.DIRECT).exclude(pk__in=besides)
    found = found.select_related("submission__statement__group")
    return _saying(texts, ((one, None) for one in found.order_by("pk")))


def _any(way: str, columns: tuple[str, ...], texts: set[str]) -> Q:
    return Q(*[Q(**{f"{way}{name}__in": texts}) for name in columns], _connector=Q.OR)


def _saying(texts: set[str], found: Iterable[tuple[Approval, RecordEntry | None]]) -> list[Taken]:
    said = [
        Taken(approval, {field: text for field, text in approval.texts().items() if text in texts}, entry)
        for approval, entry in found
    ]
    return [one for one in said if one.texts]
