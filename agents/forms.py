"""What is typed about an agent."""

from typing import Any

from django import forms

from accounts.forms import LineField
from accounts.models import Team, User
from agents.models import Component


class AgentForm(forms.Form):
    public_name = LineField(
        max_length=80,
        label="Name",
        help_text="By which people speak of it, also in public statements. For example, Support assistant.",
        error_messages={"required": "Enter a name for the agent."},
    )
    internal_name = LineField(
        max_length=120,
        required=False,
        label="Internal name",
        help_text="As it is called in your code and logs. Never public.",
    )
    component = forms.ModelChoiceField(
        Component.objects.all(),
        empty_label="Choose a component",
        help_text="What people use when the agent works for them. The public sees its state.",
        error_messages={"required": "Choose the component that the agent stands behind."},
    )
    owner = forms.ModelChoiceField(
        User.objects.none(),
        empty_label="Choose a person",
        help_text="Answers for the agent.",
        error_messages={"required": "Choose who answers for the agent."},
    )
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Nobody yet",
        help_text="Without a deputy nobody can stop it while the owner is away.",
    )
    team = forms.ModelChoiceField(
        Team.objects.none(),
        required=False,
        empty_label="No team yet",
        help_text="Gets the mail of somebody who is away. Only teams with two active people can be chosen.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("owner", "deputy"):
            self.fields[name].queryset = User.objects.active()
        self.fields["team"].queryset = Team.objects.usable()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("deputy") and cleaned.get("deputy") == cleaned.get("owner"):
            self.add_error("deputy", "Choose somebody other than the owner.")
        return cleaned
