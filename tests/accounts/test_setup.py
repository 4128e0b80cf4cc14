"""Set-up in the browser, from the link in the terminal to a desk that somebody is signed in to."""

import re

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from accounts import tokens
from accounts.models import Invitation, LogEntry, Organisation, Role, SoloDeclaration, User
from accounts.operations import setup
from agents.models import Agent, Component
from incidents.models import Approval, RecordEntry
from refusals import NotAllowed, WrongState
from tests.conftest import PASSWORD

ANSWERS = {
    "organisation": {"name": "Northwind Agents", "place": "Berlin", "time_zone": "Europe/Berlin"},
    "you": {"person": "Olga Petrenko", "email": "Olga@northwind.example", "password": PASSWORD},
    "component": {"component": "Support replies", "description": "Answers by email", "agent": "Support assistant"},
    "contact": {"contact": "help@northwind.example"},
    "second-person": {"second": "alone", "alone_because": "I found this firm alone."},
}
BEN = {"second": "invite", "second_name": "Ben Okafor", "second_email": "ben@northwind.example"}


@pytest.fixture
def token(db):
    return setup.issue_setup_token()


@pytest.fixture
def browser(client_of):
    return client_of(None)


@pytest.fixture
def walk(browser, token):
    """Answer the pages up to `until`, with `changed` answers; the last answer of the server."""

    def go(until="second-person", **changed):
        for step, answers in ANSWERS.items():
            answer = browser.post(f"/setup/{token}/{step}/", changed.get(step.replace("-", "_"), answers))
            if step == until:
                return answer
        raise AssertionError(f"There is no step {until}.")

    return go


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def test_only_the_hash_of_the_token_is_kept(token):
    organisation = Organisation.objects.get()

    assert organisation.setup_token_hash == tokens.hashed(token)
    assert token not in str(Organisation.objects.values().get())


def test_five_answers_make_a_desk_and_a_public_record(walk, browser):
    walk()

    user = User.objects.people().get()
    organisation = Organisation.objects.get()
    assert (user.name, user.email, user.time_zone) == ("Olga Petrenko", "olga@northwind.example", "Europe/Berlin")
    assert user.check_password(PASSWORD)
    assert user.roles == {Role.ADMINISTRATOR, Role.COMMANDER}
    assert (organisation.name, organisation.contact) == ("Northwind Agents", "help@northwind.example")
    assert Agent.objects.get().owner == user
    assert Component.objects.get().public_name == "Support replies"
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert browser.get("/desk/people/").status_code == 200


def test_the_first_entry_of_the_record_is_what_was_answered(walk):
    walk()

    entry, component = RecordEntry.objects.get(), Component.objects.get()
    assert (entry.number, entry.kind, entry.approval.basis) == (1, "masthead", Approval.Basis.FOUNDING)
    assert entry.body["organisation"] == {"zone": "Europe/Berlin"}
    assert entry.body["components"] == [{"id": component.public_id, "position": 0}]
    assert entry.approval.masthead["texts"] == {
        "organisation.name": "Northwind Agents",
        "organisation.place": "Berlin",
        "organisation.contact": "help@northwind.example",
        f"component.{component.public_id}.name": "Support replies",
        f"component.{component.public_id}.description": "Answers by email",
    }


def test_somebody_alone_says_so_on_record(walk):
    walk()

    organisation = Organisation.objects.get()
    assert organisation.solo_effective_at == organisation.solo_declared_at is not None
    assert organisation.solo_declared_by == User.objects.people().get()
    assert SoloDeclaration.objects.get().reason == "I found this firm alone."
    assert "organisation.solo_declared" in LogEntry.objects.values_list("action", flat=True)


def test_and_says_why(walk):
    answer = walk(second_person={"second": "alone", "alone_because": " "})

    assert (answer.status_code, "Say why nobody else can approve." in text(answer)) == (422, True)
    assert not User.objects.people().exists()


@pytest.mark.django_db(transaction=True)
def test_a_second_person_is_invited_instead(walk):
    answer = walk(second_person=BEN)

    invitation = Invitation.objects.get()
    assert (invitation.name, invitation.email) == ("Ben Okafor", "ben@northwind.example")
    assert invitation.roles == [Role.APPROVER, Role.COMMUNICATIONS_LEAD]
    assert [message.to for message in mail.outbox] == [["ben@northwind.example"]]
    assert Organisation.objects.get().solo_declared_at is None
    assert "The invitation is on its way to ben@northwind.example" in text(answer)


@pytest.mark.django_db(transaction=True)
def test_without_a_mail_server_the_link_is_shown_once(walk, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path

    answer = walk(second_person=BEN)

    (link,) = re.findall(r'value="(http[^"]+/account/invitation/[^"]+)"', answer.content.decode())
    token = link.rstrip("/").rpartition("/")[2]
    assert Invitation.objects.get().token_hash == tokens.hashed(token)


def test_the_last_page_names_what_to_do_next(walk):
    answer = walk()

    for next_step in ("public page", "Invite the people", "Add your other agents", "make demo", "Go to the desk"):
        assert next_step in text(answer)


def test_the_token_is_dead_afterwards(walk, client_of, token, snapshot):
    walk()
    before = snapshot()

    for path in ("", "organisation/", "second-person/"):
        answer = client_of(None).get(f"/setup/{token}/{path}")
        assert (answer.status_code, "This has been set up" in text(answer)) == (404, True)
    posted = client_of(None).post(f"/setup/{token}/second-person/", ANSWERS["second-person"])

    assert posted.status_code == 404
    assert snapshot() == before
    with pytest.raises(WrongState):
        setup.issue_setup_token()


def test_a_wrong_token_opens_nothing(browser, token, snapshot):
    before = snapshot()

    for path in ("", "organisation/"):
        answer = browser.post(f"/setup/{'x' * 43}/{path}", ANSWERS["organisation"])
        assert answer.status_code in (404, 405)

    assert "This set-up link is not good" in text(browser.get(f"/setup/{'x' * 43}/"))
    assert snapshot() == before


def test_a_newer_link_ends_the_older_one(browser, token):
    newer = setup.issue_setup_token()

    assert browser.get(f"/setup/{token}/").status_code == 404
    assert browser.get(f"/setup/{newer}/").status_code == 302


def test_nothing_is_written_before_the_last_page(walk, token, snapshot):
    before = snapshot()

    walk(until="contact")

    assert snapshot() == before


def test_going_back_shows_what_was_typed_but_never_the_password(walk, browser, token):
    walk(until="contact")

    page = browser.get(f"/setup/{token}/you/").content.decode()

    assert 'value="Olga Petrenko"' in page
    assert "You have chosen one. Leave this empty to keep it." in page
    assert PASSWORD not in page
    assert PASSWORD not in str(dict(browser.session))


def test_an_empty_password_keeps_the_one_chosen_before(walk, browser, token):
    walk(until="contact")

    browser.post(f"/setup/{token}/you/", {"person": "Olga P.", "email": "olga@northwind.example", "password": ""})
    browser.post(f"/setup/{token}/second-person/", ANSWERS["second-person"])

    user = User.objects.people().get()
    assert user.name == "Olga P."
    assert user.check_password(PASSWORD)


def test_a_page_that_comes_later_leads_back_to_the_first_open_one(browser, token):
    answer = browser.get(f"/setup/{token}/contact/")

    assert answer.headers["Location"] == f"/setup/{token}/organisation/"


@pytest.mark.parametrize(
    ("step", "typed", "sentence"),
    [
        ("organisation", {"name": " ", "time_zone": "UTC"}, "Enter the name of your organisation."),
        ("organisation", {"name": "N", "time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ("you", {"person": "O", "email": "olga", "password": PASSWORD}, "Write the address like name@example.org."),
        ("you", {"person": "O", "email": "o@[127.0.0.1]", "password": PASSWORD}, "Write the address like"),
        ("you", {"person": "O", "email": "o@example.org", "password": "short"}, "too short"),
        ("component", {"component": "Replies"}, "Enter the name of the agent."),
        ("contact", {"contact": "javascript:alert(1)"}, "Write it like help@example.org"),
        ("contact", {"contact": "call us"}, "Write it like help@example.org"),
        ("second-person", {}, "Choose one of the two."),
        ("second-person", {"second": "invite"}, "Enter the name of the second person."),
        ("second-person", BEN | {"second_email": "OLGA@northwind.example"}, "This is your own address."),
    ],
)
def test_a_wrong_answer_is_explained_and_changes_nothing(walk, browser, token, snapshot, step, typed, sentence):
    steps = list(ANSWERS)
    if step != steps[0]:
        walk(until=steps[steps.index(step) - 1])
    before = snapshot()

    answer = browser.post(f"/setup/{token}/{step}/", typed)

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "There is a problem" in text(answer)
    assert "<title>Error: " in answer.content.decode()
    assert snapshot() == before


def test_set_up_refuses_a_second_time(walk, refused):
    walk()

    with refused(WrongState, "has been set up"):
        setup.found(
            "x", name="N", place="", time_zone="UTC", contact="", person="P", email="p@example.org", password_hash="!"
        )


def test_set_up_refuses_a_token_that_was_not_issued(token, refused):
    with refused(NotAllowed, "not good"):
        setup.found(
            "x", name="N", place="", time_zone="UTC", contact="", person="P", email="p@example.org", password_hash="!"
        )


def test_a_zone_that_does_not_exist_cannot_be_stored(organisation):
    organisation.time_zone = "Mars/Olympus"

    with pytest.raises(ValidationError):
        organisation.full_clean()
