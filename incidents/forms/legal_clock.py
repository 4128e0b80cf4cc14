"""Forms of legal clocks. Nothing in them is required: the operation says all that is missing at once."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.fields import MomentField
from accounts.models import User
from incidents.forms.incident import YesNoField, ZonedForm
from incidents.models import Incident, ReportingClock
from incidents.permissions_clocks import who_may_assess_clocks


class AssessForm(forms.Form):
    prefix = "assess"
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    applies = YesNoField(label="Does it apply?")
    reason = forms.CharField(
        label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}), required=False,
        help_text="Needed where it does not apply. Stays inside. Say who was asked.",
    )  # fmt: skip


class AssessorForm(forms.Form):
    """Who is to say whether clocks apply. ``clocks`` are those that nobody has assessed; ticked are those without a person."""

    prefix = "name"
    assessor = forms.ModelChoiceField(
        User.objects.none(), label="Person", required=False, empty_label="Choose the person",
        help_text="They are told by mail, and reminded before each is due.",
    )  # fmt: skip
    clocks = forms.MultipleChoiceField(
        label="Which", required=False, widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Somebody has assessed one of these since you opened the page. Tick again."},
    )  # fmt: skip

    def __init__(self, *args: Any, incident: Incident, clocks: Iterable[ReportingClock], **kwargs: Any) -> None:
        waiting = list(clocks)
        nobody = [str(one.pk) for one in waiting if one.assessor_id is None]
        super().__init__(*args, initial={"clocks": nobody}, **kwargs)
        self.fields["assessor"].queryset = who_may_assess_clocks(incident)
        self.fields["clocks"].choices = [(str(one.pk), f"{one.code}, {one.rule.length_words}") for one in waiting]


class SubmitForm(ZonedForm):
    prefix = "submit"
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    submitted_at = MomentField(
        label="When it was submitted", past=True, required=False, help_text="For example “10 min ago” or “14:20”."
    )
    reference = forms.CharField(
        label="Its reference", max_length=300, required=False,
        help_text="The number of the receipt, or where the copy is. Stays inside.",
    )  # fmt: skip
    submitted_by = forms.ModelChoiceField(
        User.objects.none(), label="Who submitted it", required=False, empty_label="Choose the person"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["submitted_by"].queryset = User.objects.active().order_by("name")


class TakeBackForm(forms.Form):
    prefix = "back"
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="What was wrong with it", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), required=False
    )


class HoldForm(ZonedForm):
    prefix = "hold"
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    held_from = MomentField(label="From", past=True, required=False, help_text="When the authority asked to wait.")
    held_until = MomentField(label="Until", required=False, help_text="For example “20 Nov 18:00 UTC”.")
    ground = forms.CharField(
        label="The document that says so", max_length=300, required=False, help_text="Who asked, and where it lies."
    )


class StartForm(ZonedForm):
    """When something happened. ``seen`` is the recorded time that the person looked at, 0 for none."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    at = MomentField(
        label="When it happened", past=True, required=False,
        help_text="The earliest time that can be defended. For example “14:35 UTC” or “2 h ago”.",
    )  # fmt: skip
    evidence = forms.CharField(
        label="Where that can be checked", max_length=300, required=False,
        help_text="The call, the alert, the minutes of the meeting. Stays inside.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why it is later than before", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), required=False,
        help_text="Only where you move it later. A second person has to agree.",
    )  # fmt: skip
