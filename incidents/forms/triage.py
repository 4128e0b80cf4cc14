"""Forms of the first hour."""

from typing import Any

from django import forms


class TickForm(forms.Form):
    """One click without it; the note says what somebody will look for later."""

    prefix = "tick"
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 2}), max_length=2000, required=False)

    def __init__(self, *args: Any, fill_in: tuple[str, ...] = (), **kwargs: Any) -> None:
        """`fill_in` is what the protocol asks to write down at this step."""
        super().__init__(*args, **kwargs)
        if fill_in:
            self.fields["note"].help_text = f"What somebody will look for later: {', '.join(fill_in)}."


class ExemptForm(forms.Form):
    prefix = "exempt"
    reason = forms.CharField(
        label="Why it does not apply here",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Say why it does not apply here."},
    )


class ReopenStepForm(forms.Form):
    prefix = "reopen"
    reason = forms.CharField(
        label="Why it is open again",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Say why it is open again."},
    )
