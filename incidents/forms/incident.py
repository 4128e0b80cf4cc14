"""Forms of the incident itself. They clean values and never save; the operation decides."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.fields import MomentField
from accounts.models import User
from accounts.seen import SeenField
from agents.models import Agent
from incidents.models import Category, FailureMode, Harm, Incident, Scenario, Urgency

AGENTS_IN_VIEW = 6
YES_NO = [("yes", "Yes"), ("no", "No")]


class ZonedForm(forms.Form):
    """A form whose times are read in the zone of whoever fills it in."""

    def __init__(self, *args: Any, zone: str | ZoneInfo = "UTC", **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(*args, **kwargs)


class DeclareForm(forms.Form):
    """Three fields, because it is filled in at night and on a phone."""

    title = forms.CharField(
        label="What happened",
        max_length=200,
        help_text="One line, as you would say it aloud. You can change it later.",
        error_messages={"required": "Say what happened, in one line."},
    )
    agent = forms.ModelChoiceField(
        Agent.objects.order_by("public_name"),
        label="Which agent",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the agent."},
    )
    worst_harm = forms.ChoiceField(
        label="Worst credible harm",
        choices=Harm.choices,
        widget=forms.RadioSelect,
        help_text="Not what is proven: what could credibly happen. It sets the urgency.",
        error_messages={"required": "Choose the worst harm that is credible."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A long list of agents folds into a menu, so that the harm stays on the first screen of a phone."""
        super().__init__(*args, **kwargs)
        agents = self.fields["agent"]
        if agents.queryset.count() > AGENTS_IN_VIEW:
            agents.empty_label = "Choose the agent"
            agents.widget = forms.Select(choices=agents.choices)


class YesNoField(forms.ChoiceField):
    """Yes, no, or not answered yet: cleans to True, False or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=YES_NO, widget=forms.RadioSelect, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def clean(self, value: Any) -> bool | None:
        return {"yes": True, "no": False}.get(super().clean(value))


class DescribeForm(ZonedForm):
    """What the declaration left open. Nothing here is required: the draft is saved as far as it goes."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    seen = SeenField()
    title = forms.CharField(
        label="What happened", max_length=200, error_messages={"required": "Say what happened, in one line."}
    )
    agent = forms.ModelChoiceField(Agent.objects.order_by("public_name"), label="Agent", empty_label=None)
    failure_mode = forms.ChoiceField(
        label="How does it fail?",
        choices=FailureMode.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text="A silent failure needs three more steps: freeze whoever uses its output, find the last good output, "
        "list what was decided on bad output since.",
    )
    category = forms.ChoiceField(
        label="What kind of failure?", choices=[("", "Not chosen"), *Category.choices], required=False
    )
    worst_harm = forms.ChoiceField(label="Worst credible harm", choices=Harm.choices)
    urgency = forms.ChoiceField(
        label="How urgent is it for the responders?", choices=Urgency.choices, widget=forms.RadioSelect
    )
    is_visible = YesNoField(label="Is it visible, or does it bring complaints?")
    draws_attention = YesNoField(label="Does it draw attention beyond the person affected?")
    needs_answer = YesNoField(label="Does it need a public answer?")
    scenario = forms.ChoiceField(
        label="How does it become public?",
        choices=Scenario.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text="Only if one of the three answers above is yes.",
    )
    failure_started_at = MomentField(
        label="Since when has it been failing?",
        past=True,
        required=False,
        help_text="Leave it empty while nobody knows. For example “13:04 UTC” or “2 h ago”.",
    )


class RecoverForm(forms.Form):
    prefix = "recover"
    restart_point = forms.CharField(
        label="Last good state, or where it was started again",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Note the last good state, or the point from which it was started again."},
    )


class ReopenForm(forms.Form):
    prefix = "reopen"
    reason = forms.CharField(
        label="What shows that it is not over",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Say what shows that it is not over."},
    )


class DismissForm(forms.Form):
    prefix = "dismiss"
    dismissal = forms.ChoiceField(
        label="Why it is no incident of its own",
        choices=Incident.Dismissal.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is dismissed."},
    )
    duplicate_of = forms.ModelChoiceField(
        Incident.objects.none(), label="The incident that it repeats", required=False, empty_label="None"
    )
    reason = forms.CharField(
        label="Reason, for whoever asks later",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Give the reason."},
    )

    def __init__(
        self, *args: Any, incident: Incident, repeated: list[tuple[int, str]] | None = None, **kwargs: Any
    ) -> None:
        """`repeated` are the incidents offered, by key and title; without it the form offers all that it takes."""
        super().__init__(*args, **kwargs)
        others = Incident.objects.exclude(pk=incident.pk).exclude(state=Incident.State.DISMISSED)
        field = self.fields["duplicate_of"]
        field.queryset = others.order_by("-detected_at")
        field.label_from_instance = lambda other: f"{other.pk}: {other.title}"
        if repeated is not None:
            field.choices = [("", "None"), *((pk, f"{pk}: {title}") for pk, title in repeated)]


class NoteForm(ZonedForm):
    prefix = "note"
    text = forms.CharField(
        label="What happened",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Write what happened."},
    )
    happened_at = MomentField(
        label="When it happened",
        past=True,
        required=False,
        help_text="Empty means now. For example “14:05” or “10 min ago”.",
    )


class PersonChoice(forms.ModelChoiceField):
    """A person by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(User.objects.none(), **kwargs)


class PeopleForm(forms.Form):
    """A form that names somebody out of `people`."""

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, PersonChoice):
                field.queryset = User.objects.filter(pk__in=[person.pk for person in people])
                field.choices = [("", "Choose a person"), *((person.pk, person.name) for person in people)]


class HandoverForm(PeopleForm):
    prefix = "handover"
    to = PersonChoice(label="To", error_messages={"required": "Choose who should take command."})
    briefing = forms.CharField(
        label="Briefing",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
        help_text="What is decided, what is open, what worries you.",
    )


class AnswerForm(forms.Form):
    """The answer to an offer of command."""

    ACCEPT, DECLINE = "accept", "decline"
    answer = forms.ChoiceField(choices=[(ACCEPT, "Accept"), (DECLINE, "Decline")])


class TakeOverForm(forms.Form):
    prefix = "takeover"
    reason = forms.CharField(
        label="Why the commander cannot be asked",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        error_messages={"required": "Say why the commander cannot be asked."},
    )
