"""Forms of what passes between people: a group was told by hand, a question came in, it was answered."""

from typing import Any

from django import forms

from accounts.fields import MomentField
from accounts.models import User
from incidents.forms.incident import ZonedForm
from incidents.models import PlanQuestion, StakeholderPlan
from stakeholders.models import ContactChannel

BY_HAND = [
    (value, "Email of their own" if value == ContactChannel.EMAIL else label) for value, label in ContactChannel.choices
]


class QuestionsField(forms.ModelMultipleChoiceField):
    """Open questions of groups, to be ticked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            PlanQuestion.objects.none(),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            error_messages={
                "invalid_choice": "Choose questions that are still open.",
                "invalid_pk_value": "Choose from the list.",
            },
            **kwargs,
        )


class TellingForm(ZonedForm):
    """Nothing is required here: the operation says all that is missing at once."""

    told_at = MomentField(
        label="When they were told", past=True, required=False, help_text="For example “10 min ago” or “14:20”."
    )
    told_by = forms.ModelChoiceField(
        User.objects.none(), label="Who told them", required=False, empty_label="Choose the person"
    )
    channel = forms.ChoiceField(label="How", choices=BY_HAND, widget=forms.RadioSelect, required=False)
    whom = forms.CharField(
        label="Whom they reached", max_length=300, required=False,
        help_text="The person or the office, and the number or address. Stays inside.",
    )  # fmt: skip
    what = forms.CharField(
        label="What they were told", max_length=5_000, widget=forms.Textarea(attrs={"rows": 4}), required=False,
        help_text="As you would have to repeat it. Stays inside.",
    )  # fmt: skip
    evidence = forms.CharField(
        label="Where that can be checked", max_length=300, required=False,
        help_text="A note of the call, the receipt of the portal, who was beside you.",
    )  # fmt: skip
    answers = QuestionsField(label="Which of their questions did that answer?")

    def __init__(self, *args: Any, plan: StakeholderPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["told_by"].queryset = User.objects.active().order_by("name")
        still_open = plan.questions.filter(answered_at=None)
        self.fields["answers"].queryset = still_open
        if not still_open:
            del self.fields["answers"]


class InquiryForm(ZonedForm):
    """Filled in with the caller on the line: who, how, what. Nothing is required here: the operation says all that is missing."""

    asked_by = forms.CharField(
        label="Who asked", max_length=300, required=False,
        help_text="The person, the paper or the office, and how to reach them. Stays inside.",
    )  # fmt: skip
    channel = forms.ChoiceField(
        label="How they asked", choices=ContactChannel.choices, widget=forms.RadioSelect, required=False
    )
    question = forms.CharField(
        label="What they asked", max_length=5_000, widget=forms.Textarea(attrs={"rows": 3}), required=False,
        help_text="In their words. Stays inside.",
    )  # fmt: skip
    received_at = MomentField(
        label="When it came in", past=True, required=False, help_text="Empty means now. For example “20 min ago”."
    )


class InquiryAnswerForm(ZonedForm):
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    words = forms.CharField(
        label="What they heard", max_length=5_000, widget=forms.Textarea(attrs={"rows": 5}), required=False,
        help_text="What we say stands here already, if it is written. Change it to what they really heard. Stays inside.",
    )  # fmt: skip
    answered_by = forms.ModelChoiceField(
        User.objects.none(), label="Who answered", required=False, empty_label="Choose the person"
    )
    answered_at = MomentField(
        label="When they heard it", past=True, required=False, help_text="Empty means now. For example “14:20”."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answered_by"].queryset = User.objects.active().order_by("name")
