"""The draft check beside a form, of whatever is written there: a list with its marks below the fields, read along while typing.

One for all public words. Their fields have a place for marks (`#marks-<field>`), their form is `#writing`, and the list
stands in a section that asks for it again with that form (`_reading_along.html`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from incidents import wording
from incidents.operations import passages
from incidents.operations.passages import Passage
from incidents.views import marks
from incidents.views.answers import page
from refusals import Refused, Stale

MENDS = "finding"  # the button that puts words in place, and names where


def beside(checked: Any, words: Mapping[str, str]) -> dict[str, Any]:
    """What a page with such a form needs: ``checked`` has what is ``shown`` of these ``words``, and what of it stops."""
    return {"checked": checked, "marks": marks.marked(words, checked.shown)}


def answer(
    request: HttpRequest, checked: Any, words: Mapping[str, str], *, status: int = 200, **more: Any
) -> HttpResponse:
    """The list, and the marks of each field, for what is typed at this moment. Keeps nothing."""
    context = beside(checked, words) | {"reads_along": True, **more}
    return render(request, "incidents/_reading.html", context, status=status)


def place(request: HttpRequest) -> tuple[str, str, int]:
    """Of which finding a button was pressed: its rule, the field, and where it stands there."""
    rule, _, rest = request.POST.get(MENDS, "").partition(" ")
    field, _, at = rest.partition(" ")
    if not at.isdecimal():
        raise Http404
    return rule, field, int(at)


@dataclass(frozen=True)
class Form:
    """A form of public words that keeps nothing until it is sent: its page, which fields are read, by what, and asked where."""

    name: str
    fields: tuple[str, ...]
    read: Callable[[dict[str, str]], Any]
    address: str

    def shown(
        self, request: HttpRequest, context: dict[str, Any], *, refusal: Refused | None = None, status: int = 200
    ) -> HttpResponse:
        """The page, and what is found in the words that stand in the form."""
        words = self._words(context["form"])
        more = {"reading_at": self.address, **beside(self.read(words), words)}
        return page(request, self.name, context | more, refusal=refusal, status=status)

    def mended(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        """The same with everything typed, and one passage replaced. It is not sent by that."""
        form = context["form"]
        try:
            mend(request, form, self.read(self._words(form)).shown)
        except Stale as refusal:
            return self.shown(request, context, refusal=refusal)
        return self.shown(request, context)

    def along(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        words = self._words(form)
        return answer(request, self.read(words), words, unsaved=True)

    def _words(self, form: forms.Form) -> dict[str, str]:
        """As they would be kept."""
        return {name: wording.tidy(str(form[name].value() or "")) for name in self.fields if name in form.fields}


def mend(request: HttpRequest, form: forms.Form, shown: Sequence[Passage]) -> None:
    """Put the words that a button offers in the place of the passage that it names, in the form and nowhere else.

    What else is still to be filled in is not said yet: nobody has sent the form to be saved.
    """
    passage, fix = passages.with_fix(shown, *place(request))
    data = request.POST.copy()
    data[passage.field] = passages.mended(wording.tidy(data[passage.field]), fix)
    form.data = data
    form.errors.clear()
    messages.success(request, f"{passage.label}: “{passage.instead_of}” is now “{fix.put}”. It is not saved yet.")
