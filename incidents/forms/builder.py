"""The form that begins a first message: a few answers, from which its sentences are written (domain 5.1)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.fields import MomentField
from incidents import skeleton
from incidents.forms.statement import FactsField, TidyField, WithheldField, facts_seen, facts_shown
from incidents.models import ContainmentAction, Fact, Incident, Statement

ANSWER_LIMIT = 300

# What may be chosen for what is in force, in words that fit the public. None of it is written unless somebody chooses it.
SAID_OF = {
    ContainmentAction.Scope.RUN: "stopped that run",
    ContainmentAction.Scope.TOOL: "switched off the part of it that did this",
    ContainmentAction.Scope.PROCESS: "stopped this until a person has checked it",
    ContainmentAction.Scope.AGENT: "switched it off",
    ContainmentAction.Scope.ALL: "switched off all our agents",
}


def _answer(label: str, hint: str, *, rows: int = 1) -> TidyField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "words"}) if rows > 1 else forms.TextInput()
    said = f"{label}: %(show_value)s characters. It may have {ANSWER_LIMIT}."
    return TidyField(
        label=label,
        help_text=hint,
        required=False,
        max_length=ANSWER_LIMIT,
        widget=widget,
        error_messages={"max_length": said},
    )


class BuilderForm(forms.Form):
    """Nothing is required: an answer that is not given leaves its sentence out, and the editor lists what is missing."""

    saw = _answer("What people saw it do", "")
    since = MomentField(label="Since when", help_text="For example: 13:55, yesterday 22:10.", required=False, past=True)
    contained = _answer("What you have done so far", "Completes “We have …”, in words that people outside understand.")
    investigating = _answer(
        "What you are investigating, and who is concerned",
        "Completes “We are investigating …”. For example: why it used an old list, and who was written to.",
    )
    open_point = _answer(
        "What you do not know yet", "Completes “We do not yet know …”. For example: how many people received one."
    )
    situation = _answer("If somebody …", "Completes “If you …”. For example: received a letter you did not expect.")
    action = _answer("… what should they do?", "Completes “please …”. For example: delete it. We will write again.")
    affected = _answer(
        "Who is affected", "A sentence of its own. For example: Customers who asked for a refund since Monday."
    )
    next_update_at = MomentField(
        label="Next update by",
        help_text="A promise in public. For example: in 40 min, 16:00, tomorrow 9:00.",
        required=False,
        future=True,
    )
    disclosure_note = _answer(
        "What you leave out, and why",
        "Never shown in public. The approver reads it. For example: Nothing is left out.",
    )

    withheld = WithheldField()
    cites = FactsField()

    def __init__(
        self, *args: Any, incident: Incident, actions: Iterable[ContainmentAction], zone: str | ZoneInfo, **kwargs: Any
    ) -> None:
        self.zone, self.incident, self.in_force = zone, incident, list(actions)
        super().__init__(*args, initial={"since": incident.failure_started_at}, **kwargs)
        self.agent = skeleton.named(incident.agent.public_name)
        self.fields[
            "saw"
        ].help_text = f"Completes “{self.agent} has …”. For example: sent some people the same letter twice."
        self.fields["cites"].queryset = Fact.objects.filter(incident=incident).in_order()
        self.choices = [SAID_OF[scope] for scope in dict.fromkeys(one.scope for one in self.in_force)]
        if self.choices:
            self.fields["contained"].widget.attrs["list"] = "contained-choices"

    def clean(self) -> dict[str, Any]:
        """What somebody said that no sentence can be made of, and what is only known inside, go no further."""
        cleaned = super().clean() or {}
        if cleaned.get("situation") and not cleaned.get("action"):
            self.add_error("action", "Say what people in that situation should do, or leave both empty.")
        inside = self.incident.agent.internal_name
        if inside and inside.lower() not in self.incident.agent.public_name.lower():
            for name in PUBLIC:
                if inside.lower() in (cleaned.get(name) or "").lower():
                    known = f"The public knows “{inside}” as {self.incident.agent.public_name}."
                    self.add_error(name, f"{known} Use that name.")
        return cleaned

    def words(self, *, zone: str | ZoneInfo, now: datetime) -> dict[str, Any]:
        """The fields with which the statement begins. What was not said is left to what it begins with anyway."""
        said = self.cleaned_data
        answers = skeleton.Answers(**{name: said[name] for name in (*PUBLIC, "since")})
        written: dict[str, Any] = skeleton.write(answers, agent=self.incident.agent.public_name, zone=zone, now=now)
        written |= {
            "next_update_at": said["next_update_at"],
            "disclosure_note": said["disclosure_note"],
            "withheld": said["withheld"],
        }
        written["began_at"] = said["since"]
        written["cites"], written["seen"] = list(said["cites"]), facts_seen(self.data)
        return {field: value for field, value in written.items() if value}

    @property
    def fact_rows(self) -> list[tuple[Fact, bool]]:
        """What is on record and stands, and whether it was ticked. Which of it the answers come from, their author knows."""
        ticked = {str(one) for one in self["cites"].value() or ()}
        return [(fact, str(fact.pk) in ticked) for fact in self.fields["cites"].queryset if not fact.is_retracted]

    @property
    def facts_shown(self) -> str:
        return facts_shown(fact for fact, _ in self.fact_rows)


PUBLIC = ("saw", "contained", "investigating", "open_point", "situation", "action", "affected")

# The kinds whose first words the form writes.
BUILT = (Statement.Kind.HOLDING, Statement.Kind.WARNING)
