"""The pages of legal clocks: read by everybody inside, kept by some, and nothing that was typed is lost."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from stakeholders.models import Profile, ReportingRule
from stakeholders.operations import rules
from tests.door import A_RULE

pytestmark = pytest.mark.django_db

FILED = "Nothing is filed by this product"


@pytest.fixture
def gdpr(db: None) -> ReportingRule:
    return ReportingRule.objects.current().get(code="GDPR-33")


def at(name: str, *args: Any) -> str:
    return reverse(f"desk:{name}", args=args)


def typed(rule: ReportingRule, **changes: Any) -> dict[str, Any]:
    """The form of the rule as a browser sends it back, with changes; None leaves a field out."""
    sent: dict[str, Any] = {"seen": rule.stands_at}
    for name in rules.FIELDS:
        value = getattr(rule, name)
        if name == "countries":
            sent[name] = ", ".join(value)
        elif value not in (None, False, "", []):
            sent[name] = "on" if value is True else value
    sent["closes"] = f"{rule.closes:%H:%M}"
    return {name: value for name, value in (sent | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("legal_clocks", ()), ("legal_clock", ("GDPR-33",)), ("legal_clock_version", ("GDPR-33", 1)),
        ("legal_clock_profile", ()), ("legal_clock_new", ()),
    ],
)  # fmt: skip
def test_each_page_says_that_nothing_is_filed_and_counsel_must_confirm(
    ada: User, client_of: Any, name: str, args: tuple[Any, ...]
) -> None:
    page = client_of(ada).get(at(name, *args)).content.decode()

    assert FILED in page
    assert "for your counsel to confirm, not legal advice" in page


def test_the_list_is_grouped_by_the_profile(ada: User, client_of: Any) -> None:
    before = client_of(ada).get(at("legal_clocks")).content.decode()
    assert "None is switched on." in before
    assert "Nobody has set the profile yet" in before
    rules.set_profile(by=ada, seen_version=0, countries=["GB", "US"], roles=["essential_entity"], is_listed=True)

    answer = client_of(ada).get(at("legal_clocks"))

    on, soon, off = (
        {rule.code for rule in found} for _, _, found in answer.context["lists"]
    )  # fmt: skip
    assert on == {"SEC-105", "SEC-105-A"}
    assert soon == {"UK-CSRB", "UK-CSRB-72"}
    assert "GDPR-33" in off
    assert "4 business days" in answer.content.decode()


def test_the_groups_lead_to_the_clocks(vic: User, client_of: Any) -> None:
    assert at("legal_clocks") in client_of(vic).get(at("groups")).content.decode()


def test_a_rule_not_checked_for_long_says_so_in_words(vic: User, client_of: Any, clock_at: Any) -> None:
    clock_at(datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(days=180))
    assert "Not checked since" not in client_of(vic).get(at("legal_clocks")).content.decode()
    clock_at(datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(days=181))

    assert "Not checked since 20 November 2026" in client_of(vic).get(at("legal_clock", "GDPR-33")).content.decode()


def test_who_only_reads_is_offered_no_form(vic: User, client_of: Any) -> None:
    for name, *args in (("legal_clock", "GDPR-33"), ("legal_clock_profile",), ("legal_clocks",)):
        page = client_of(vic).get(at(name, *args)).content.decode()
        assert "kept by commanders, communications leads and administrators" in page
        assert 'class="form"' not in page


def test_saving_what_is_there_makes_no_version(gdpr: ReportingRule, ada: User, client_of: Any) -> None:
    answer = client_of(ada).post(at("legal_clock", "GDPR-33"), typed(gdpr), follow=True)

    assert "Nothing was changed, so there is no new version." in answer.content.decode()
    assert ReportingRule.objects.filter(code="GDPR-33").count() == 1


@pytest.mark.parametrize("code", ["SEC-105", "DORA-4H", "NIS2-1M", "HIPAA-HHS-F", "CO-AI", "NY-RAISE"])
def test_saving_any_shipped_rule_as_it_is_makes_no_version(ada: User, client_of: Any, code: str) -> None:
    found = ReportingRule.objects.current().get(code=code)

    client_of(ada).post(at("legal_clock", code), typed(found))

    assert ReportingRule.objects.filter(code=code).count() == 1


def test_a_revision_shows_both_versions(gdpr: ReportingRule, ada: User, client_of: Any) -> None:
    answer = client_of(ada).post(at("legal_clock", "GDPR-33"), typed(gdpr, length="96"), follow=True)

    page = answer.content.decode()
    assert "GDPR-33 is kept as version 2" in page
    assert "96 hours" in page
    assert "72 hours" in page
    old = client_of(ada).get(at("legal_clock_version", "GDPR-33", 1)).content.decode()
    assert "72 hours" in old
    assert "Replaced" in old


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("length", "-3", "Give a number from 1 to 3,660"),
        ("length", "1.5", "Write a whole number, such as 72."),
        ("length", "9" * 30, "Give a number from 1 to 3,660"),
        ("checked_on", "2026-02-30", "This is no day of the calendar."),
        ("checked_on", "2099-01-01", "2099-01-01 is in the future"),
        ("in_force_on", "31 June", "This is no day of the calendar."),
        ("closes", "25:00", "This is no time of day."),
        ("calendar", "Atlantis", "is no calendar we know"),
        ("countries", "DE, Atlantis", "is no country that we know"),
        ("after_code", "NOWHERE", "Choose “submission of the earlier report” as well"),
        ("cap_hours", "24", "A limit needs both"),
        ("unit", "prompt", "Leave the number empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_everything_typed_is_kept(
    gdpr: ReportingRule, ada: User, client_of: Any, field: str, value: str, said: str
) -> None:
    sent = typed(gdpr, notes="Words of mine.") | {field: value}
    answer = client_of(ada).post(at("legal_clock", "GDPR-33"), sent)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert any(said in str(error) for errors in answer.context["form"].errors.values() for error in errors), page
    assert said in page
    assert "Words of mine." in page
    assert field == "unit" or f'value="{value.upper() if field == "none" else value}"' in page
    assert ReportingRule.objects.filter(code="GDPR-33").count() == 1


def test_two_people_revise_the_same_rule(gdpr: ReportingRule, ada: User, client_of: Any) -> None:
    mine = typed(gdpr, notes="Mine.")
    rules.revise(gdpr, by=ada, seen=gdpr.stands_at, length=96, starts=["aware", "belief"])

    answer = client_of(ada).post(at("legal_clock", "GDPR-33"), mine)

    assert answer.status_code == 409
    assert "Somebody changed this rule after you opened it." in answer.content.decode()
    form = answer.context["form"]
    assert (form["notes"].value(), form["length"].value(), form["starts"].value()) == (
        "Mine.", "96", ["aware", "belief"],
    )  # fmt: skip
    client_of(ada).post(at("legal_clock", "GDPR-33"), form.data)
    now = ReportingRule.objects.current().get(code="GDPR-33")
    assert (now.version, now.notes, now.length) == (3, "Mine.", 96)


def test_checking(gdpr: ReportingRule, ada: User, client_of: Any) -> None:
    sent = {"check-seen": gdpr.stands_at, "check-checked_on": "2026-01-05", "check-checked_by": "Dr Kern"}
    answer = client_of(ada).post(at("legal_clock_check", "GDPR-33"), sent, follow=True)
    assert "GDPR-33 counts as checked on 2026-01-05 by Dr Kern." in answer.content.decode()

    for day, said in (
        ("2099-01-01", "is in the future"),
        ("2026-02-30", "no day of the calendar"),
        ("", "Give the day"),
    ):
        late = {"check-seen": "1.1", "check-checked_on": day, "check-checked_by": "Dr Lang"}
        answer = client_of(ada).post(at("legal_clock_check", "GDPR-33"), late)
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert "Dr Lang" in answer.content.decode()
    stale = client_of(ada).post(at("legal_clock_check", "GDPR-33"), sent)
    assert stale.status_code == 409
    assert 'value="Dr Kern"' in stale.content.decode()


def test_retiring(gdpr: ReportingRule, ada: User, client_of: Any) -> None:
    answer = client_of(ada).post(at("legal_clock_retire", "GDPR-33"), {"seen": gdpr.stands_at}, follow=True)

    assert "GDPR-33 is retired" in answer.content.decode()
    assert client_of(ada).post(at("legal_clock_retire", "GDPR-33"), {"seen": "2.0"}).status_code == 409


def test_a_rule_of_ones_own(ada: User, client_of: Any) -> None:
    answer = client_of(ada).post(at("legal_clock_new"), {"code": "contract-acme", **A_RULE}, follow=True)
    assert "CONTRACT-ACME was added." in answer.content.decode()

    again = client_of(ada).post(at("legal_clock_new"), {"code": "contract-acme", **A_RULE})
    assert again.status_code == 422
    assert "There is a rule CONTRACT-ACME already" in again.content.decode()


def test_the_profile(ada: User, client_of: Any) -> None:
    sent = {"version": "0", "countries": "de", "has_personal_data": "on", "sectors": ["health"]}
    answer = client_of(ada).post(at("legal_clock_profile"), sent, follow=True)
    number = len(ReportingRule.objects.to_assess(Profile.current(), on=date.today()))  # noqa: DTZ011
    assert f"It switches on {number} of the legal clocks." in answer.content.decode()
    assert Profile.current().countries == ["DE"]

    stale = client_of(ada).post(at("legal_clock_profile"), {**sent, "countries": "FR"})
    assert stale.status_code == 409
    assert 'value="FR"' in stale.content.decode()
    assert stale.context["form"].data["version"] == "1"

    wrong = client_of(ada).post(at("legal_clock_profile"), {"version": "1", "countries": "DE, Atlantis"})
    assert wrong.status_code == 422
    assert "“ATLANTIS” is no country that we know" in wrong.content.decode()
    assert 'value="DE, Atlantis"' in wrong.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_much_for_one_as_for_three(
    vic: User, client_of: Any, django_assert_num_queries: Any, number: int
) -> None:
    keep = ReportingRule.objects.values_list("pk", flat=True)[:number]
    ReportingRule.objects.exclude(pk__in=list(keep)).delete()
    browser = client_of(vic)
    browser.get(at("legal_clocks"))
    with django_assert_num_queries(6):
        browser.get(at("legal_clocks"))


@pytest.mark.parametrize("number", [1, 3])
def test_a_rule_asks_as_much_with_one_version_as_with_three(
    ada: User, client_of: Any, django_assert_num_queries: Any, number: int
) -> None:
    found = ReportingRule.objects.current().get(code="GDPR-33")
    for length in range(1, number):
        found = rules.revise(found, by=ada, seen=found.stands_at, length=length)
    browser = client_of(ada)
    browser.get(at("legal_clocks"))
    with django_assert_num_queries(8):
        browser.get(at("legal_clock", "GDPR-33"))
