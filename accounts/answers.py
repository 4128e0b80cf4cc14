"""What a page says about a refusal, and what its form holds then: everything that was typed, on top of what stands now."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse

from refusals import Missing, Refused, Stale


def said(refusal: Refused) -> dict[str, Any]:
    """The variables of `_refused.html`."""
    return {
        "sentence": refusal.sentence,
        "missing": [(item.sentence, address(item)) for item in refusal.missing],
        "difference": getattr(refusal, "difference", ()),
    }


def address(item: Missing) -> str:
    """Where the missing thing is mended; empty when it has no place of its own."""
    anchor = f"#{item.anchor}" if item.anchor else ""
    return (reverse(item.view, args=item.args) if item.view else "") + anchor


def typed_over(typed: QueryDict, row: Any, refusal: Refused) -> QueryDict:
    """What was typed into a form about `row`. Once the difference was shown, sending it again overwrites on purpose."""
    if not isinstance(refusal, Stale):
        return typed
    row.refresh_from_db(fields=["version"])
    again = typed.copy()
    again["seen_version"] = str(row.version)
    return again


def put_together(typed: QueryDict, current: forms.Form, refusal: Refused, **names: str) -> QueryDict:
    """What somebody typed, after somebody else was faster: on top of what stands now, so that nobody undoes the other.

    `current` is the form as it opens now. What the person left alone is taken from it, and so is all that says what was
    seen; what they typed stays. `names` are the fields of the form where they differ from those of the row.
    """
    if not isinstance(refusal, Stale):
        return typed
    again = typed.copy()
    left_alone = [names.get(change.field, change.field) for change in refusal.difference if change.was_left_alone]
    for name in [*left_alone, *(hidden.name for hidden in current.hidden_fields())]:
        put(again, current[name])
    return again


def put(data: QueryDict, bound: forms.BoundField) -> None:
    """As the browser would send this field, had nobody touched it."""
    value = bound.field.prepare_value(bound.value())
    if value is None or value is False:
        data.pop(bound.html_name, None)
    else:
        data[bound.html_name] = "on" if value is True else str(value)
