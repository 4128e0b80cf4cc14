"""Who is asked to approve, by day and by night, and how soon they are to answer."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import User
from incidents.models import ApprovalPolicy, Duty
from incidents.models.approval_policy import LEAST_TARGET, MOST_TARGET


class PolicyForm(forms.Form):
    target_minutes = forms.IntegerField(
        label="Minutes within which it is decided",
        help_text="From the question to the decision, at any hour. 60 is usual.",
        min_value=LEAST_TARGET,
        max_value=MOST_TARGET,
        error_messages={
            "required": "Give a number of minutes.",
            "invalid": "Give a whole number of minutes.",
            "min_value": f"Give at least {LEAST_TARGET} minutes.",
            "max_value": f"Give at most {MOST_TARGET:,} minutes, which is a day.",
        },
    )
    in_hours = forms.MultipleChoiceField(
        label="Asked in hours: Monday to Friday, 08:00 to 18:00",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    out_of_hours = forms.MultipleChoiceField(
        label="Asked out of hours: at night and at weekends",
        help_text="Somebody who wakes up when their telephone rings.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, policy: ApprovalPolicy, people: Iterable[User]) -> None:
        """``people`` are those who may approve."""
        super().__init__(
            data,
            initial={
                "target_minutes": policy.target_minutes,
                "in_hours": [str(person.pk) for person in policy.named(Duty.Hours.IN)],
                "out_of_hours": [str(person.pk) for person in policy.named(Duty.Hours.OUT)],
                "version": policy.version,
            },
        )
        self.people = {str(person.pk): person for person in people}
        for name in ("in_hours", "out_of_hours"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
            field.choices = [(key, person.name) for key, person in self.people.items()]

    def wanted(self) -> dict[str, Any]:
        """What ``approval_policy.set_policy`` takes. Only of a valid form."""
        typed = self.cleaned_data
        chosen = {name: [self.people[key] for key in typed[name]] for name in ("in_hours", "out_of_hours")}
        return {"target_minutes": typed["target_minutes"], "seen_version": typed["version"], **chosen}
