"""Forms of the stakeholder map: what is decided for one group, and what else they ask."""

from typing import Any

from django import forms

from accounts.fields import MomentField, TermField
from accounts.models import User
from incidents.forms.incident import YesNoField, ZonedForm
from incidents.models import StakeholderPlan
from incidents.permissions import WORKING
from stakeholders.models import Decision, GroupKind, Stage


class DecideForm(ZonedForm):
    """One decision, and what it needs. What another decision would need is left alone; the operation asks for what is missing."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(
        label="What is decided for them?",
        choices=Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is decided."},
    )
    due_at = MomentField(
        label="By when they are told",
        future=True,
        required=False,
        help_text="For example “in 30 min” or “17:00”.",
    )
    stage = forms.ChoiceField(
        label="At which stage",
        choices=Stage.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    tell_within = TermField(
        label="How soon after that",
        required=False,
        help_text="Counted from the stage. For example “4 h” or “30 min”.",
    )
    ready_answer = forms.CharField(
        label="What we say when they ask",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        help_text="The same facts as on the page. Whoever answers has these words at hand.",
    )
    answer_within = TermField(
        label="How soon a question is answered",
        required=False,
        help_text="From when it came in. For example “2 h”.",
    )
    must_act = YesNoField(label="Do they have to do something to protect themselves?")
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        required=False,
        help_text="Stays inside. Whoever agrees reads it.",
    )
    review_at = MomentField(
        label="Somebody looks at this again",
        future=True,
        required=False,
        help_text="For example “tomorrow 9:00”. You will find it on the map then.",
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), label="Who does it", required=False, empty_label="The communications lead"
    )

    def __init__(self, *args: Any, plan: StakeholderPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = User.objects.with_role(*WORKING).order_by("name")
        if plan.group.kind != GroupKind.AFFECTED:
            del self.fields["must_act"]

    def values(self) -> dict[str, Any]:
        """As the operation takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen_version"}


class QuestionForm(forms.Form):
    text = forms.CharField(
        label="One more thing they want to know",
        max_length=300,
        help_text="As they would ask it. It stays open until something we say answers it.",
        error_messages={"required": "Write what they want to know."},
    )
