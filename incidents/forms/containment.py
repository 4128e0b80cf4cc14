"""Forms of containment actions."""

from typing import Any

from django import forms

from accounts.fields import MomentField
from accounts.seen import SeenInstantField
from incidents.forms.incident import ZonedForm
from incidents.models import ContainmentAction

IN_FORCE = [("done", "It is stopped now"), ("planned", "It is planned")]
ENDS_WHEN = {
    "label": "It ends when",
    "max_length": 300,
    "help_text": "A condition that somebody else can check: “the policy folder is locked and 50 decisions were read”.",
}
REVIEW_AT = {
    "label": "Somebody looks again at",
    "future": True,
    "help_text": "For example “in 2 h” or “tomorrow 9:00”. You will be asked then.",
}


class CarryOutForm(ZonedForm):
    """Put what is planned in force."""

    ends_when = forms.CharField(**ENDS_WHEN, error_messages={"required": "Say when this ends."})
    review_at = MomentField(**REVIEW_AT, error_messages={"required": "Say when somebody looks again."})
    reason = forms.CharField(
        label="Why nothing narrower will do",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        required=False,
        help_text="Required when all agents are stopped.",
    )


class ContainmentForm(ZonedForm):
    """Something that is stopped, or could be. What is stopped already is written down in one go."""

    scope = forms.ChoiceField(
        label="How wide does it reach?",
        choices=ContainmentAction.Scope.choices,
        widget=forms.RadioSelect,
        help_text="From narrow to wide. Take the narrowest that stops the harm.",
        error_messages={"required": "Choose how wide it reaches."},
    )
    text = forms.CharField(
        label="What is stopped",
        max_length=300,
        help_text="“Refunds over €100 wait for a person.”",
        error_messages={"required": "Say what is stopped."},
    )
    state = forms.ChoiceField(label="Is it in force?", choices=IN_FORCE, widget=forms.RadioSelect, initial="done")
    ends_when = forms.CharField(**ENDS_WHEN, required=False)
    review_at = MomentField(**REVIEW_AT, required=False)
    reason = forms.CharField(
        label="Why nothing narrower will do",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        required=False,
        help_text="Required when all agents are stopped.",
    )

    def clean(self) -> dict[str, Any]:
        """What is in force needs an end, a review and, for all agents, a reason; the operation says the same."""
        given = super().clean() or {}
        if given.get("state") != ContainmentAction.State.DONE:
            return given
        if not given.get("ends_when"):
            self.add_error("ends_when", "Say when this ends.")
        if not given.get("review_at") and "review_at" not in self.errors:
            self.add_error("review_at", "Say when somebody looks again.")
        if given.get("scope") == ContainmentAction.Scope.ALL and not given.get("reason"):
            self.add_error("reason", "Say why nothing narrower than stopping all agents will do.")
        return given


class ReviewForm(ZonedForm):
    seen_review_at = SeenInstantField()
    review_at = MomentField(**REVIEW_AT, error_messages={"required": "Say when somebody looks again."})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Give the reason."},
    )
