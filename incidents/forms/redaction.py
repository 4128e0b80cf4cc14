"""Which published words have to go, and why."""

from typing import Any

from django import forms

from incidents.models import Redaction

Choices = list[tuple[str, str]]


class TakeDownForm(forms.Form):
    texts = forms.MultipleChoiceField(
        label="Which texts have to go?",
        help_text="Each goes whole, from the public page and from everything here that led to it. It cannot be brought back.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose the texts that have to go."},
    )
    reason = forms.ChoiceField(
        label="Why, as the public reads it",
        choices=Redaction.Reason.choices,
        widget=forms.RadioSelect,
        help_text="A dated notice with this reason stays in their place.",
        error_messages={"required": "Choose what the public reads as the reason."},
    )
    note = forms.CharField(
        label="Why, for the second person",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        help_text="Stays inside, for good. Do not quote the words.",
        error_messages={"required": "Say why to the second person."},
    )

    def __init__(self, *args: Any, choices: Choices, inside: Choices, **kwargs: Any) -> None:
        """``inside``: what else can go along, in the same list of boxes."""
        super().__init__(*args, **kwargs)
        self.fields["texts"].choices = [*choices, *inside]
        self._inside = {value for value, _ in inside}

    def chosen(self) -> dict[int, list[str]]:
        """Fields by the number of their entry."""
        found: dict[int, list[str]] = {}
        for value in self._texts():
            number, _, field = value.partition(":")
            found.setdefault(int(number), []).append(field)
        return found

    def also(self) -> list[str]:
        """What else inside is to go along."""
        return [value for value in self.cleaned_data["texts"] if value in self._inside]

    def _texts(self) -> list[str]:
        return [value for value in self.cleaned_data["texts"] if value not in self._inside]


class TakeDownMessageForm(TakeDownForm):
    """Of a direct message, of which the public reads nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "texts"
        ].help_text = "Each goes whole, from here and from emails that have not left. It cannot be brought back."
        self.fields["reason"].label = "Why"
        self.fields[
            "reason"
        ].help_text = "A dated notice with this reason stays in their place. The public does not see it."
        self.fields["reason"].error_messages["required"] = "Choose the reason."

    def fields_chosen(self) -> list[str]:
        return self._texts()


class SeenForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
