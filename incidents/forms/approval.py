"""What an approver, a commander in an emergency and a reviewer type."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.fields import MomentField


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


class ScheduleForm(DecisionForm):
    """For which time. The digest is that of the words on the screen, as when approving at once."""

    def __init__(self, *args: Any, zone: str | ZoneInfo, **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(*args, auto_id="id_schedule_%s", **kwargs)

    publish_at = MomentField(
        label="Publish it at",
        help_text="One minute to seven days ahead, ten minutes before the update it promises. For example: 16:00, in 20 min.",
        future=True,
        error_messages={"required": "Enter the time at which it goes out."},
    )


class ReviewForm(forms.Form):
    finding = forms.CharField(
        label="What you found",
        help_text="If something has to be put right, say what. Stays inside.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
    )
