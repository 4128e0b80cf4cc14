"""The form of a template: its name, what it is for, and the texts of a statement with variables in braces."""

from typing import Any

from django import forms

from incidents import markdown, wording
from incidents.forms.statement import LINE_LIMIT, TidyField
from incidents.models import Category, Scenario, Statement, StatementTemplate
from stakeholders.models import GroupKind

ANY = [("", "Any")]


def _text(field: str, *, limit: int, rows: int) -> TidyField:
    widget = forms.Textarea(attrs={"rows": rows, "class": "words"})
    return TidyField(label=wording.LABELS[field], required=False, max_length=limit, widget=widget)


class TemplateForm(forms.Form):
    """Nothing is required here: what is missing is said by the operation, all at once and with its place."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = TidyField(label="Name", help_text="As the author finds it in the list.", required=False, max_length=80)
    kind = forms.ChoiceField(label=wording.LABELS["kind"], choices=Statement.Kind.choices)
    scenario = forms.ChoiceField(label="Scenario", choices=[*ANY, *Scenario.choices], required=False)
    category = forms.ChoiceField(label="Category", choices=[*ANY, *Category.choices], required=False)
    group_kind = forms.ChoiceField(
        label="Group", choices=[*ANY, *GroupKind.choices], required=False,
        help_text="Of a direct message: made for such a group, in the tone that is used with it.",
    )  # fmt: skip
    headline = TidyField(label=wording.LABELS["headline"], required=False, max_length=200)
    acknowledgement = _text("acknowledgement", limit=markdown.LIMIT, rows=3)
    body = _text("body", limit=markdown.LIMIT, rows=6)
    what_happened = _text("what_happened", limit=markdown.LIMIT, rows=3)
    why_it_happened = _text("why_it_happened", limit=markdown.LIMIT, rows=3)
    what_changes = _text("what_changes", limit=markdown.LIMIT, rows=3)
    investigating = _text("investigating", limit=markdown.LIMIT, rows=3)
    affected = _text("affected", limit=LINE_LIMIT, rows=2)
    what_to_do = _text("what_to_do", limit=LINE_LIMIT, rows=2)
    position = forms.IntegerField(
        label="Place in the list", help_text="Among those that fit equally well, the lowest comes first.",
        min_value=0, max_value=1_000, required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, template: StatementTemplate | None = None, **kwargs: Any) -> None:
        first: dict[str, Any] = {"position": 0}
        if template:
            first = {name: getattr(template, name) for name in self.base_fields}
        super().__init__(*args, initial=first, **kwargs)

    def as_typed(self) -> StatementTemplate:
        """What the texts in the form would make, as far as they can be read. It is not saved."""
        said = {name: wording.tidy(str(self[name].value() or "")) for name in StatementTemplate.TEXTS}
        return StatementTemplate(kind=self["kind"].value() or Statement.Kind.HOLDING, **said)

    def clean_position(self) -> int:
        return self.cleaned_data["position"] or 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        whole = "\n\n".join(cleaned.get(name, "") for name in StatementTemplate.TEXTS)
        if trouble := markdown.problem(whole):
            self.add_error("body", trouble)
        return cleaned
