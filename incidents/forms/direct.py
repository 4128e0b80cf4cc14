"""The form that asks which group a direct message goes to."""

from django import forms

from stakeholders import addresses
from stakeholders.models import StakeholderGroup


class GroupField(forms.ModelChoiceField):
    def label_from_instance(self, obj: StakeholderGroup) -> str:
        return f"{obj.name}, {addresses.counted(obj.reached)}"


class GroupForm(forms.Form):
    group = GroupField(
        queryset=StakeholderGroup.objects.none(),
        label="Which group?",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the group.", "invalid_choice": "Choose a group from the list."},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = StakeholderGroup.objects.current().with_reached()
