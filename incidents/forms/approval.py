"""What an approver, a commander in an emergency and a reviewer type."""

from typing import Any

from django import forms


class DecisionForm(forms.Form):
    """Which words were on the screen when the button was pressed."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ReturnForm(forms.Form):
    """Stands on one page with ``EmergencyForm``, so that each has ids of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_return_%s", **kwargs)

    reason = forms.CharField(
        label="What has to change",
        help_text="Goes to the author by email. Name the passage.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        error_messages={"required": "Say what has to change. The author gets these words."},
    )


class EmergencyForm(DecisionForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_emergency_%s", **kwargs)

    reason = forms.CharField(
        label="Why it cannot wait for a second person",
        help_text="Stays inside. The person who reviews it within the hour reads it.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        error_messages={"required": "Say in writing why it cannot wait."},
    )


class ReviewForm(forms.Form):
    finding = forms.CharField(
        label="What you found",
        help_text="If something has to be put right, say what. Stays inside.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
    )
