"""What people type about themselves, each other and their teams. Forms check and hand over; they never save."""

import json
import re
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from zoneinfo import available_timezones

from allauth.account import forms as allauth
from allauth.core import context
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounts.adapter import held
from accounts.models import Role, User
from accounts.operations import throttle
from accounts.operations.password import send_link
from accounts.operations.second_step import use_code
from refusals import Missing, NotAllowed, Refused

NEW_PASSWORD_HINT = "At least 12 characters. Three or four words in a row are easy to keep in mind."  # noqa: S105
ZONE_HINT = "Times are shown in UTC first, and beside it in this zone."

# What each role lets a person do, in the words of the people page.
ROLE_WORDS = {
    Role.COMMANDER: "commands incidents, decides about containment, writes and approves statements",
    Role.TECHNICAL_LEAD: "finds out what the agent did, contains it, verifies that commitments are kept",
    Role.COMMUNICATIONS_LEAD: "writes what the public reads, approves what others wrote",
    Role.APPROVER: "reads and approves what goes out, verifies that commitments are kept",
    Role.RESPONDER: "reports facts and carries out containment",
    Role.EXECUTIVE: "reads everything, is told of commitments that are three days late",
    Role.OBSERVER: "reads, and changes nothing",
    Role.ADMINISTRATOR: "manages people, teams, agents and public names; approves nothing as such",
}


T = TypeVar("T")


def attempt(form: forms.BaseForm, operation: Callable[[], T]) -> T | None:
    """Run the operation on a form that is valid. What it refuses stands in the form then, each thing at its field.

    None means refused: show the form again. That somebody may not do this at all still goes to the page of refusals.
    """
    try:
        return operation()
    except NotAllowed:
        raise
    except Refused as refusal:
        for item in refusal.missing or [Missing(refusal.sentence)]:
            name = item.anchor.removeprefix("id_").removesuffix("_0")
            form.add_error(name if name in form.fields and not item.view else None, _linked(item))
        if refusal.missing and form.non_field_errors():
            form.add_error(None, refusal.sentence)
        return None


def _linked(item: Missing) -> str:
    if not item.view:
        return item.sentence
    anchor = f"#{item.anchor}" if item.anchor else ""
    return format_html('<a href="{}{}">{}</a>', reverse(item.view, args=item.args), anchor, item.sentence)


# Control characters, and marks that turn the direction of what follows: a name must read as it is.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class LineField(forms.CharField):
    """One line of text: pasted white space becomes single spaces, so that it is safe in the subject of a mail."""

    def to_python(self, value: Any) -> str:
        return " ".join(_UNSEEN.sub("", super().to_python(value)).split())


class AddressField(forms.EmailField):
    """An email address that every server understands, in lower case."""

    default_error_messages: ClassVar = {
        "required": "Enter an email address.",
        "invalid": "Write the address like name@example.org.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": "Email address", "max_length": 254, **kwargs})
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self, value: Any) -> str:
        address = super().clean(value).lower()
        if address and (address.startswith('"') or address.endswith("]")):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return address


class ZoneField(forms.ChoiceField):
    """One of the zones of the IANA database, grouped by continent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": "Time zone", "help_text": ZONE_HINT, "choices": zone_choices, **kwargs})


def zone_choices() -> list[Any]:
    """UTC first, then by continent; the old aliases at the root of the database (EST5EDT, Zulu) are left out."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(available_timezones()):
        region, _, place = zone.partition("/")
        if place and region not in ("Etc", "SystemV", "US", "posix", "right"):
            groups.setdefault(region, []).append((zone, place.replace("_", " ")))
    return [("UTC", "UTC"), *groups.items()]


class PasswordField(forms.CharField):
    """A new password, typed once: it can be shown by the browser, pasted, or made by a password manager."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False)
        defaults = {
            "label": "Password",
            "help_text": NEW_PASSWORD_HINT,
            "strip": False,
            "widget": widget,
            "max_length": 128,
        }
        super().__init__(**{**defaults, "error_messages": {"required": "Choose a password."}, **kwargs})


class SignInForm(allauth.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email address"
        self.fields["login"].error_messages |= AddressField.default_error_messages
        self.fields["password"].error_messages["required"] = "Enter your password."
        self.fields["password"].help_text = ""
        _without_placeholders(self)


class ForgottenPasswordForm(allauth.ResetPasswordForm):
    """Nothing is looked up before the answer: who is unknown waits as long as who is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Email address"
        self.fields["email"].error_messages |= AddressField.default_error_messages
        _without_placeholders(self)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **_given: Any) -> str:
        send_link(self.cleaned_data["email"])
        return str(self.cleaned_data["email"])


class NewPasswordForm(allauth.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _typed_once(self)


class ChangePasswordForm(allauth.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Present password"
        self.fields["oldpassword"].help_text = ""
        self.fields["oldpassword"].error_messages["required"] = "Enter your present password."
        _typed_once(self)


def _typed_once(form: forms.Form) -> None:
    del form.fields["password2"]
    form.fields["password1"].label = "New password"
    form.fields["password1"].help_text = NEW_PASSWORD_HINT
    form.fields["password1"].error_messages["required"] = "Choose a password."
    _without_placeholders(form)


def _without_placeholders(form: forms.Form) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class InviteForm(forms.Form):
    name = LineField(max_length=120, error_messages={"required": "Enter the person's name."})
    email = AddressField(help_text="The invitation goes there. It is what the person signs in with.")
    roles = forms.MultipleChoiceField(
        choices=[(role.value, f"{role.label}: {ROLE_WORDS[role]}") for role in Role],
        widget=forms.CheckboxSelectMultiple,
        help_text="What the person may do. It can be changed at any time.",
        error_messages={"required": "Choose at least one role."},
    )


class AcceptForm(forms.Form):
    """The answer to an invitation."""

    password = PasswordField(label="Choose a password")
    time_zone = ZoneField(label="Your time zone")

    def __init__(self, *args: Any, email: str, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = User(email=email, name=name)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.person)
        return password


class OwnAccountForm(forms.Form):
    name = LineField(
        max_length=120, help_text="As your colleagues read it.", error_messages={"required": "Enter your name."}
    )
    time_zone = ZoneField()


class TeamForm(forms.Form):
    name = LineField(max_length=80, error_messages={"required": "Enter a name for the team."})
    alias = AddressField(
        label="Address of the whole team",
        help_text="An address that reaches everybody in it. Mail for somebody who is away goes there.",
    )
    purpose = LineField(
        max_length=200, required=False, label="What it is for", help_text="Leave it empty if the name says it."
    )
    lead = forms.ModelChoiceField(
        User.objects.none(),
        empty_label="Choose a person",
        help_text="Hears of a commitment that is a day late.",
        error_messages={"required": "Choose who leads the team."},
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = people


class NewTeamForm(TeamForm):
    members = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="At least two active people, so that somebody is there when one is away.",
        error_messages={"required": "Choose at least two people."},
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, people=people, **kwargs)
        self.fields["members"].queryset = people

    def clean_members(self) -> list[User]:
        members = list(self.cleaned_data["members"])
        lead = self.cleaned_data.get("lead")
        if lead and len({lead, *members}) < 2:
            raise forms.ValidationError("Choose at least one person besides the lead.")
        return members


class MemberForm(forms.Form):
    person = forms.ModelChoiceField(
        User.objects.none(),
        empty_label="Choose a person",
        label="Add a person",
        error_messages={"required": "Choose a person to add to the team."},
    )

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people


class ConfirmForm(forms.Form):
    """The password once more, from somebody who is signed in."""

    password = forms.CharField(
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}, render_value=False),
        error_messages={"required": "Enter your password."},
    )


class OneTimeField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "off"}
        )
        errors = {"required": "Enter the code."}
        super().__init__(**{"label": "Code", "max_length": 40, "widget": widget, "error_messages": errors, **kwargs})


class CodeForm(forms.Form):
    """The second step at sign-in: a code of the app, or one of the recovery codes."""

    code = OneTimeField(help_text="The six digits that your app shows, or one of your recovery codes.")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_code(self) -> str:
        taken = throttle.take_code(self.user)
        if taken.until:
            raise held(context.request, taken.until)
        self.used = use_code(self.user, self.cleaned_data["code"], by=self.user)
        if self.used is None:
            raise forms.ValidationError("This code is not right, or was used before. Wait for the next one.")
        throttle.give_back(throttle.code_key(self.user))
        return str(self.cleaned_data["code"])

    def save(self) -> None:
        """allauth calls this when the form is valid; the code is used up already."""


class AppForm(forms.Form):
    """The first code of a new app, as proof that it was set up."""

    code = OneTimeField(label="Code that the app shows now")


KEY_NAME_HINT = "So that you can tell your keys apart, for example “Office laptop”."


class KeyForm(forms.Form):
    name = LineField(max_length=60, help_text=KEY_NAME_HINT, error_messages={"required": "Give the passkey a name."})


class NewKeyForm(KeyForm):
    credential = forms.CharField(required=False, widget=forms.HiddenInput, max_length=20_000)

    def clean(self) -> dict[str, Any]:
        """What the browser answered is nobody's typing: what is wrong with it stands above the form."""
        given: dict[str, Any] = super().clean() or {}
        try:
            given["credential"] = json.loads(given.get("credential") or "")
        except ValueError:
            raise forms.ValidationError("The browser gave no passkey. Try again.") from None
        return given


class SoloForm(forms.Form):
    """Why one person works alone. That there is a reason is asked by the operation, after who and when."""

    reason = forms.CharField(
        label="Why nobody else can approve",
        help_text="It stays inside, and stands beside everything that is done alone.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
    )
