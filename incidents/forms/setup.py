"""The questions of the set-up, one form to a page."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import URLValidator, validate_email

from accounts.forms import AddressField, LineField, PasswordField, ZoneField
from accounts.models import User


class OrganisationForm(forms.Form):
    name = LineField(
        max_length=120,
        label="Name of your organisation",
        help_text="It stands at the head of the public page.",
        error_messages={"required": "Enter the name of your organisation."},
    )
    place = LineField(
        max_length=120, required=False, label="Where it is", help_text="For example, Berlin. You can leave it empty."
    )
    time_zone = ZoneField(
        label="Time zone of the public page",
        help_text="Every time is shown in UTC first, and beside it in this zone. It also says when a day ends.",
    )


class PersonForm(forms.Form):
    """The first account. A password that was chosen before counts until another one is typed."""

    person = LineField(max_length=120, label="Your name", error_messages={"required": "Enter your name."})
    email = AddressField(label="Your email address", help_text="You sign in with it.")
    password = PasswordField(label="Choose a password")

    def __init__(self, *args: Any, has_password: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        if has_password:
            self.fields["password"].required = False
            self.fields["password"].help_text = "You have chosen one. Leave this empty to keep it."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password"):
            try:
                validate_password(
                    cleaned["password"], User(email=cleaned.get("email", ""), name=cleaned.get("person", ""))
                )
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class ComponentForm(forms.Form):
    component = LineField(
        max_length=80,
        label="What people use",
        help_text="The first component of your public page, in its users’ own words. For example, Support replies.",
        error_messages={"required": "Enter what people use."},
    )
    description = LineField(
        max_length=200, required=False, label="In one line", help_text="For example, Answers to questions by email."
    )
    agent = LineField(
        max_length=80,
        label="The AI agent behind it",
        help_text="As you speak of it. For example, Support assistant. You answer for it until you name another owner.",
        error_messages={"required": "Enter the name of the agent."},
    )


class ContactForm(forms.Form):
    contact = LineField(
        max_length=200,
        label="How the public can reach you",
        help_text="An email address or a web address, for example help@example.org. It stands on every public page.",
        error_messages={"required": "Enter an email address or a web address."},
    )

    def clean_contact(self) -> str:
        contact: str = self.cleaned_data["contact"]
        check = validate_email if "@" in contact else URLValidator(schemes=["https", "http"])
        try:
            check(contact)
        except forms.ValidationError:
            raise forms.ValidationError("Write it like help@example.org or https://example.org/contact.") from None
        return contact


class SecondPersonForm(forms.Form):
    second = forms.ChoiceField(
        label="Who approves what you write?",
        widget=forms.RadioSelect,
        choices=[("invite", "Somebody else. Invite them now"), ("alone", "Nobody. I work alone, and say so on record")],
        error_messages={"required": "Choose one of the two."},
    )
    second_name = LineField(max_length=120, required=False, label="Their name")
    second_email = AddressField(required=False, label="Their email address", help_text="The invitation goes there.")
    alone_because = forms.CharField(
        label="If you work alone: why nobody else can approve",
        help_text="It stays inside, and stands beside everything that is done alone.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2_000,
        required=False,
    )

    def __init__(self, *args: Any, own_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own_email = own_email

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("second") != "invite":
            if cleaned.get("second") == "alone" and cleaned.get("alone_because") == "":
                self.add_error("alone_because", "Say why nobody else can approve.")
            return {**cleaned, "second_name": "", "second_email": ""}
        cleaned["alone_because"] = ""
        if not cleaned.get("second_name"):
            self.add_error("second_name", "Enter the name of the second person.")
        if not cleaned.get("second_email") and not self.has_error("second_email"):
            self.add_error("second_email", "Enter the email address of the second person.")
        if cleaned.get("second_email") and cleaned["second_email"] == self.own_email:
            self.add_error("second_email", "This is your own address. A second person needs another one.")
        return cleaned
