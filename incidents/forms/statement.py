"""The form of a statement: the fields of its kind, the state of each component, the facts it rests on."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from accounts.fields import MomentField
from agents.models import Component
from incidents import markdown, questions, since_cited, sources, wording
from incidents.models import Fact, Impact, PublicStatus, ServiceState, Statement, StatementVersion
from incidents.models.statement import Withheld
from incidents.operations.direct import LONGEST_SUBJECT, PREFIX

LINE_LIMIT = 1_000
COMPONENT, RESTS = "component-", "rests-"
SEEN, RENEWED = "fact-seen", "fact-renewed"
FEW_FACTS = 12  # so many are offered for each sentence
LONGEST_KEY = 18  # digits: every key of a row has no more, and a database can be asked about them

# Which fields a kind has, in the order of the page. The others stay as they are.
SHOWN = {
    Statement.Kind.HOLDING: ("headline", "acknowledgement", "body", "investigating"),
    Statement.Kind.WARNING: ("headline", "acknowledgement", "body", "investigating"),
    Statement.Kind.UPDATE: ("headline", "body"),
    Statement.Kind.CORRECTION: ("headline", "acknowledgement", "body"),
    Statement.Kind.RESOLUTION: ("headline", "body", *wording.ANSWERS),
    Statement.Kind.POST_MORTEM: ("headline", "body", *wording.ANSWERS),
    Statement.Kind.DIRECT: ("headline", "body"),
}
FOR_EVERYBODY = ("affected", "public_status", "impact", "began_at", "next_update_at")
EVERY_PART = {name for shown in SHOWN.values() for name in shown}
STILL_OPEN = (PublicStatus.INVESTIGATING, PublicStatus.IDENTIFIED, PublicStatus.MONITORING)
STATUSES: dict[str, tuple[PublicStatus, ...]] = dict.fromkeys(Statement.Kind, STILL_OPEN)
STATUSES |= dict.fromkeys(Statement.SAYING_IT_IS_OVER, (PublicStatus.RESOLVED,))

# What a kind says under a field otherwise than the holding statement does.
HINTS = {
    Statement.Kind.WARNING: {
        "body": "And since when. If nothing is, say that.",
        "what_to_do": "What people should do, so that no more harm comes to them.",
    },
    Statement.Kind.CORRECTION: {
        "acknowledgement": "In a few words, and how it came about: We wrote that 212 letters were sent. "
        "That number counted attempts.",
        "body": "What the reader should know instead, and what you still do not know.",
    },
    Statement.Kind.RESOLUTION: {
        "body": "That it is over, since when, and for whom it is not over yet.",
    },
    Statement.Kind.DIRECT: {
        "headline": "What the mail is about, in its receiver’s words.",
        "body": "What happened to them, what you have done, what you do not know yet.",
    },
    Statement.Kind.POST_MORTEM: {
        "body": "In at most 80 words: what happened to whom, from when to when.",
        "why_it_happened": "The cause in plain words, the control that was missing, why nobody noticed sooner. "
        "Own conduct first.",
    },
}

# And a direct message that corrects another.
CORRECTING = {
    "headline": f"The mail’s subject begins with “{PREFIX.strip()}”: that is added to these words.",
    "body": "What was wrong in what you wrote, how that came about, and what is so instead. "
    "The mail quotes your old words below it.",
}


class TidyField(forms.CharField):
    """Text as it is kept: the length is counted after reordering and control characters are gone."""

    def to_python(self, value: Any) -> str:
        return wording.tidy(super().to_python(value))


class FactsField(forms.ModelMultipleChoiceField):
    """Facts of one incident, whose ``queryset`` the form sets. Anything else is refused in one sentence."""

    def __init__(self) -> None:
        refused = dict.fromkeys(("list", "invalid_choice", "invalid_pk_value"), "Choose facts of this incident.")
        super().__init__(Fact.objects.none(), label=wording.LABELS["cites"], required=False, error_messages=refused)

    def clean(self, value: Any) -> Any:
        """A number with more digits than any key has is no fact, and nothing that a database can be asked about."""
        if isinstance(value, list | tuple) and any(len(str(one)) > LONGEST_KEY for one in value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class WithheldField(forms.MultipleChoiceField):
    """The kinds of reason for what is left out, or that nothing is. None is required: what is missing is listed."""

    def __init__(self) -> None:
        refused = dict.fromkeys(("invalid_list", "invalid_choice"), "Choose the kinds from the list.")
        super().__init__(
            label=wording.LABELS["withheld"], choices=Withheld.choices, required=False, error_messages=refused
        )


class QuestionsField(forms.TypedMultipleChoiceField):
    """Questions on offer, whose ``choices`` the form sets: to be ticked. Gives their keys."""

    def __init__(self) -> None:
        refused = dict.fromkeys(("invalid_list", "invalid_choice"), "Choose questions that are still open.")
        super().__init__(
            label=wording.LABELS["questions"], coerce=int, empty_value=[], required=False, error_messages=refused
        )


def _text(label: str, hint: str, *, limit: int, rows: int) -> TidyField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "words"})
    too_long = f"{label}: %(show_value)s characters. It may have {limit:,}."
    return TidyField(
        label=label,
        help_text=hint,
        required=False,
        max_length=limit,
        widget=widget,
        error_messages={"max_length": too_long},
    )


class StatementForm(forms.Form):
    """Nothing is required here: a draft may be unfinished, and what is missing is listed beside it."""

    asks_about: StatementVersion | None = None  # what was saved where two people changed a field, once it is known
    version = forms.IntegerField(widget=forms.HiddenInput)
    rests_shown = forms.BooleanField(widget=forms.HiddenInput, required=False)
    headline = TidyField(
        label="Headline",
        help_text="What people saw, then which agent. No cause.",
        required=False,
        max_length=200,
        error_messages={"max_length": "The headline has %(show_value)s characters. It may have 200."},
    )
    acknowledgement = _text(
        "What went wrong",
        "In one or two sentences, as those who were harmed would say it.",
        limit=markdown.LIMIT,
        rows=3,
    )
    body = _text(
        "Message",
        "What happened, what has been done, what you do not know yet. "
        "The sentence with the next time is added from the field below.",
        limit=markdown.LIMIT,
        rows=9,
    )
    what_happened = _text(
        "What happened",
        "What the agent did and what people went through, with numbers. What you do not know about it.",
        limit=markdown.LIMIT,
        rows=6,
    )
    why_it_happened = _text(
        "Why",
        "If it is not established yet, say that, and by when you will say.",
        limit=markdown.LIMIT,
        rows=6,
    )
    what_changes = _text(
        "What prevents a repeat",
        "What is changed already, with its date. What is to come is a commitment with its own date.",
        limit=markdown.LIMIT,
        rows=6,
    )
    investigating = _text(
        "What you are investigating",
        "For example: We are investigating why it used an old list.",
        limit=markdown.LIMIT,
        rows=2,
    )
    affected = _text(
        "Who is affected",
        "With a number, or say that you do not know it yet. Stands on its own line in public.",
        limit=LINE_LIMIT,
        rows=2,
    )
    what_to_do = _text(
        "What to do now", "One thing people can do. If there is nothing to do, say that.", limit=LINE_LIMIT, rows=2
    )
    public_status = forms.ChoiceField(
        label="State", help_text="Identified needs a confirmed cause, monitoring needs that it is contained."
    )
    impact = forms.ChoiceField(label="Impact", choices=Impact.choices)
    began_at = MomentField(
        label="It began", help_text="If you know. For example: 13:55, yesterday 22:10.", required=False, past=True
    )
    next_update_at = MomentField(
        label="Next update by",
        help_text="A promise in public. If it passes without an update, the page says so and the miss stays. "
        "For example: 16:00, in 40 min, tomorrow 9:00.",
        required=False,
        future=True,
    )
    cites = FactsField()
    answers = QuestionsField()
    disclosure_note = _text(
        "What you leave out, and why", "Never shown in public. The approver reads it.", limit=LINE_LIMIT, rows=2
    )
    withheld = WithheldField()

    def __init__(
        self,
        *args: Any,
        statement: Statement,
        facts: Iterable[Fact],
        components: Iterable[Component],
        zone: str | ZoneInfo,
        **kwargs: Any,
    ) -> None:
        self.zone, self.components = zone, list(components) if statement.is_public else []
        self.statement = statement
        super().__init__(*args, initial=_initial(statement), **kwargs)
        kind = Statement.Kind(statement.kind)
        for name in EVERY_PART - {*SHOWN[kind]}:
            del self.fields[name]
        over = statement.public_status == PublicStatus.RESOLVED
        gone = FOR_EVERYBODY if kind == Statement.Kind.DIRECT else ("next_update_at",) if over else ()
        for name in gone:
            del self.fields[name]
        correcting = CORRECTING if statement.corrects_message_id else {}
        for name, hint in (HINTS.get(kind, {}) | correcting).items():
            self.fields[name].label, self.fields[name].help_text = wording.label(name, kind), hint
        if not statement.is_public:
            before = len(PREFIX) if correcting else 0
            self.fields["headline"].widget.attrs["maxlength"] = LONGEST_SUBJECT - before
        if "public_status" in self.fields:
            self._offer_statuses(kind, over=over)
        self.fields["cites"].queryset = Fact.objects.filter(incident=statement.incident_id)
        self.facts = list(facts)
        self.questions = questions.of(statement)
        self.fields["answers"].choices = [(one.pk, one.text) for one in self.questions]
        if not self.questions:
            del self.fields["answers"]
        self.sentences = sources.of(statement)
        for component in self.components:
            self.fields[COMPONENT + component.public_id] = forms.ChoiceField(
                label=component.public_name,
                choices=[("", "As it is in public now"), *_states(kind)],
                required=False,
                initial=statement.component_states.get(component.public_id, ""),
            )

    def _offer_statuses(self, kind: Statement.Kind, *, over: bool) -> None:
        statuses = STATUSES[Statement.Kind.RESOLUTION if over else kind]
        self.fields["public_status"].choices = [(one.value, one.label) for one in statuses]

    def clean(self) -> dict[str, Any]:
        """The whole message is counted together, as the reader gets it: see ``incidents.markdown``."""
        cleaned = super().clean() or {}
        whole = "\n\n".join(cleaned.get(name, "") for name in wording.MESSAGE)
        if trouble := markdown.problem(whole):
            self.add_error("body", trouble)
        cleaned["rests"] = self._rests() if cleaned.pop("rests_shown", False) else None
        if cleaned["rests"] and "cites" in cleaned:  # whatever a sentence rests on, the statement cites
            named = cleaned["cites"] | self.fields["cites"].queryset.filter(pk__in=cleaned["rests"])
            cleaned["cites"] = named.distinct()
        cleaned["seen"], cleaned["renewed"] = facts_seen(self.data), keys(self.data, RENEWED)
        states = {c.public_id: cleaned.pop(COMPONENT + c.public_id, "") for c in self.components}
        cleaned["component_states"] = {key: state for key, state in states.items() if state}
        return cleaned

    def as_far_as_read(self) -> dict[str, Any]:
        """What saving would be given, as far as it can be read. A text that is refused is taken as it stands."""
        refused = self.errors
        said = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        said |= {name: wording.tidy(self.data.get(name, "")) for name in refused if name in Statement.PUBLIC_TEXTS}
        if any(name.startswith(COMPONENT) for name in refused):
            del said["component_states"]
        return said

    @property
    def not_read(self) -> list[str]:
        """What cannot be read, and why: there what was saved goes on counting."""
        return [
            f"{self.fields[name].label}: {' '.join(said)}"
            for name, said in self.errors.items()
            if name in self.fields and name not in (*Statement.PUBLIC_TEXTS, "version", "disclosure_note")
        ]

    @property
    def component_fields(self) -> list[forms.BoundField]:
        return [self[COMPONENT + component.public_id] for component in self.components]

    @property
    def chosen_facts(self) -> set[int]:
        return {
            int(getattr(pk, "pk", pk)) for pk in self["cites"].value() or () if str(getattr(pk, "pk", pk)).isdigit()
        }

    def _rests(self) -> dict[int, list[str]]:
        """By fact, the sentences that it was named for, in the words in which they were shown."""
        found: dict[int, list[str]] = {}
        for sentence in self.sentences:
            for pk in self.named_for(sentence):
                found.setdefault(pk, []).append(sentence.text)
        return found

    def named_for(self, sentence: sources.Sentence) -> set[int]:
        if not self.is_bound:
            return {fact.pk for fact in sentence.facts}
        return keys(self.data, RESTS + sentence.key)

    @property
    def facts_shown(self) -> str:
        return facts_shown(self.facts)

    @property
    def sentence_rows(self) -> list[tuple[sources.Sentence, str, list[tuple[Fact, bool]]]]:
        """Each sentence with the name of its field here and the facts on offer, and whether each was named for it.

        All that stand, while they are few; else those that the statement cites, which are chosen above.
        """
        standing = [fact for fact in self.facts if not fact.is_retracted or fact.pk in self.chosen_facts]
        cited = [fact for fact in standing if len(standing) <= FEW_FACTS or fact.pk in self.chosen_facts]
        return [
            (one, RESTS + one.key, [(fact, fact.pk in self.named_for(one)) for fact in cited]) for one in self.sentences
        ]

    @property
    def offers_cited_only(self) -> bool:
        return sum(not fact.is_retracted for fact in self.facts) > FEW_FACTS

    @property
    def chosen_questions(self) -> set[int]:
        """Those that were saved with the statement."""
        return {one.pk for one in self.questions if one.is_chosen}

    @property
    def question_rows(self) -> list[tuple[str, list[tuple[questions.Asked, bool]], int]]:
        """By group the questions on offer, whether each is ticked, and how many are."""
        ticked = {str(pk) for pk in self["answers"].value() or ()}
        rows = [
            (group, [(one, str(one.pk) in ticked) for one in asked])
            for group, asked in questions.by_group(self.questions)
        ]
        return [(group, asked, sum(is_ticked for _, is_ticked in asked)) for group, asked in rows]

    @property
    def fact_rows(self) -> list[tuple[Fact, bool]]:
        """Each with ``since``: what changed of it since the author cited it. ``take``: whether the newer one was ticked."""
        chosen, since = self.chosen_facts, since_cited.of_citations(self.statement.own_citations())
        taken = keys(self.data, RENEWED) if self.is_bound else set()
        for fact in self.facts:
            fact.__dict__.update(since=since.get(fact.pk, ()), take=fact.pk in taken)
        return [(fact, fact.pk in chosen) for fact in self.facts]


def _states(kind: Statement.Kind) -> list[tuple[str, str]]:
    """That something works again rests on facts, which a warning does without (R119)."""
    states = [one for one in ServiceState if kind != Statement.Kind.WARNING or one != ServiceState.OPERATIONAL]
    return [(one.value, one.label) for one in states]


def facts_shown(facts: Iterable[Fact]) -> str:
    """Which version of each fact a form shows, for `SEEN`: never as it was sent, but as it is shown now."""
    return " ".join(f"{fact.pk}:{fact.version}" for fact in facts)


def facts_seen(data: Any) -> dict[int, int]:
    """Which version of each fact the form showed that was sent."""
    said = [one.partition(":") for one in data.get(SEEN, "").split()]
    return {int(pk): int(version) for pk, _, version in said if is_key(pk) and is_key(version)}


def is_key(text: str) -> bool:
    return text.isdecimal() and len(text) <= LONGEST_KEY


def keys(data: Any, name: str) -> set[int]:
    """The keys of rows that were ticked under this name."""
    return {int(pk) for pk in data.getlist(name) if is_key(pk)}


def _initial(statement: Statement) -> dict[str, Any]:
    fields = (
        "version", *Statement.PUBLIC_TEXTS, "public_status", "impact", "began_at", "next_update_at", "disclosure_note",
    )  # fmt: skip
    cites = [fact.pk for fact in statement.cited()]
    answers = [one.pk for one in questions.chosen(statement)]
    given = {field: getattr(statement, field) for field in fields}
    return given | {"withheld": statement.withheld, "cites": cites, "rests_shown": True, "answers": answers}
