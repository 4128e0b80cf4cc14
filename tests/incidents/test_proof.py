"""Proof of notice: everything that was said to a group in an incident, on paper and in a spreadsheet."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

import clock
from incidents.models import Incident, StakeholderPlan
from incidents.operations import inquiry, plan, statement, telling
from stakeholders.models import Outgoing
from stakeholders.operations import contacts
from tests import states
from tests.incidents.plans import row
from tests.remembered import remembered

pytestmark = pytest.mark.django_db


def the_proof(one: StakeholderPlan, name: str = "proof") -> str:
    return reverse(f"desk:{name}", args=[one.incident_id, one.group_id])


def note(one, by, **changes):
    said = {
        "told_at": clock.now(), "told_by": by, "channel": "phone", "whom": "Nell Hart", "what": "That all is stopped.",
        "evidence": "Call log 7", "answers": (),
    }  # fmt: skip
    return telling.note(one, by=by, **(said | changes))


@pytest.fixture
@remembered
def told(published, group, ada, ben) -> StakeholderPlan:
    """By the page, by a message that one of two got, and by hand; two questions are answered."""
    one = row(published.incident)
    first, second, *_ = one.questions.all()
    draft = states.write_to(group, published.incident, by=ada)
    states.send(statement.edit(draft, by=ada, seen_version=draft.version, answers=[first.pk]), writer=ada, approver=ben)
    nell, omar = Outgoing.objects.filter(kind="direct").order_by("to_address")
    Outgoing.objects.filter(pk=nell.pk).update(state="sent", sent_at=clock.now())
    Outgoing.objects.filter(pk=omar.pk).update(state="failed", settled_at=clock.now(), outcome="550 no such mailbox")
    note(one, ada, answers=[second])
    return states.fresh(one)


def sheet(browser, one) -> list[dict[str, str]]:
    answer = browser.get(the_proof(one, "proof_table"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    named = f'attachment; filename="proof-of-notice-{one.incident_id}-{one.group_id}.csv"'
    assert answer.headers["Content-Disposition"] == named
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def of(rows: list[dict[str, str]], what: str) -> list[dict[str, str]]:
    return [one for one in rows if one["What"] == what]


def test_the_page_shows_all_that_was_said_to_them(told, client_of, rosa):
    page = client_of(rosa).get(the_proof(told))

    first, second, third, *_ = told.questions.all()
    for words in (
        "Tell them now, by Cleo Marsh",
        "A refund letter of ours may have reached you by mistake",
        "Message sent to 1 of 2 addresses, 1 given up, the first",
        "Written by Ada Brandt, approved by a second person: Ben Okafor.",
        "Nell Hart &lt;nell@example.org&gt;",
        "Given up. 550 no such mailbox",
        "That all is stopped.",
        "To check it: Call log 7. Noted by Ada Brandt",
        "Refund letters reached the wrong people",
        "Told by hand by Ada Brandt",
    ):
        assertContains(page, words)
    answered = dict(page.context["proof"].answers)
    assert answered[first].startswith("Message to them, approval")
    assert answered[second] == "Told by hand by Ada Brandt"
    assert answered[third] == ""


def test_the_table_holds_a_line_for_each_of_it(told, client_of, rosa, published):
    rows = sheet(client_of(rosa), told)

    assert [one["What"] for one in rows[:4]] == ["Incident", "Made", "Decision", "Taken as proposed"]
    assert rows[0]["To whom"] == "Directly affected users"
    [decided] = of(rows, "Decision")
    assert (decided["Words"], decided["By whom"]) == ("Tell them now", "Cleo Marsh")
    [message] = of(rows, "Message")
    assert message["Result"] == "message sent to 1 of 2 addresses, 1 given up"
    assert (message["By whom"], message["Approved by"]) == ("Ada Brandt", "Ben Okafor")
    mails = [(one["To whom"], one["Result"]) for one in of(rows, "Mail")]
    assert mails == [
        ("Nell Hart <nell@example.org>", "Sent"),
        ("omar@example.org", "Given up. 550 no such mailbox"),
    ]
    [by_hand] = of(rows, "Told by hand")
    assert (by_hand["To whom"], by_hand["Words"], by_hand["Where to check"]) == (
        "Nell Hart", "That all is stopped.", "Call log 7",
    )  # fmt: skip
    [public] = of(rows, "Published")
    assert public["Where to check"] == f"Entry {published.entry.number} of the public record"
    assert public["When"] == f"{published.approved_at:%Y-%m-%d %H:%M:%S} UTC"
    assert len(of(rows, "Asked")) == told.questions.count()
    assert [one["Where to check"].partition(" ")[0] for one in of(rows, "Answered")] == ["Message", "Told"]


def test_what_was_answered_in_public_names_its_entry(holding, ada, ben, client_of):
    one = row(holding.incident)
    asked = one.questions.first()
    draft = statement.edit(holding, by=ada, seen_version=holding.version, answers=[asked.pk])
    entry = states.send(draft, writer=ada, approver=ben).entry
    answered = of(sheet(client_of(ada), one), "Answered")
    assert [line["Where to check"] for line in answered] == [f"Entry {entry.number} of the public record"]


def test_whoever_is_left_out_on_purpose_has_both_names(opened, ada, ben, client_of):
    one = row(opened, "partners")
    said = {"reason": "Privacy of the parties", "review_at": clock.now() + timedelta(hours=2), "must_act": False}
    plan.decide(one, by=ada, seen_version=one.version, decision="not_told", **said)
    plan.agree(one, by=ben, seen_version=one.version + 1)

    page = client_of(ada).get(the_proof(one))
    assertContains(page, "Deliberately not, by Ada Brandt")
    assertContains(page, "Ben Okafor")
    rows = sheet(client_of(ada), one)
    assert of(rows, "Decision")[0]["Result"] == "Privacy of the parties"
    assert of(rows, "A second person agreed")[0]["By whom"] == "Ben Okafor"


def test_it_holds_the_questions_that_came_in_and_what_was_answered(opened, ada, rosa, client_of):
    one = row(opened, "press")
    asked = inquiry.note(one, by=rosa, asked_by="The news desk", channel="phone", question="Is anybody hurt?")
    inquiry.answer(asked, by=ada, seen_version=asked.version, words="Nobody is.", answered_by=ada)
    inquiry.note(one, by=rosa, asked_by="Radio Kessel", channel="email", question="Since when?")

    page = client_of(ada).get(the_proof(one))
    assertContains(page, "Nobody is.")
    assertContains(page, "Not answered yet. Noted by Rosa")
    rows = sheet(client_of(ada), one)
    assert [(line["Words"], line["By whom"]) for line in of(rows, "Came in")] == [
        ("Is anybody hurt?", "The news desk"), ("Since when?", "Radio Kessel"),
    ]  # fmt: skip
    [answered] = of(rows, "Answered when asked")
    assert (answered["Words"], answered["By whom"], answered["To whom"]) == (
        "Nobody is.",
        "Ada Brandt",
        "The news desk",
    )


@pytest.mark.check("S19")
def test_no_cell_of_it_is_a_formula(opened, ada, group, client_of):
    one = row(opened)
    contacts.add(group, '"=cmd" <eve@example.org>\n', by=ada)
    note(one, ada, whom="=HYPERLINK(1)", what="-1+1\n@SUM(1)", evidence="+49 30 5550")
    plan.ask(one, "=1+1?", by=ada)
    [by_hand] = of(sheet(client_of(ada), one), "Told by hand")

    assert (by_hand["To whom"], by_hand["Words"]) == ("'=HYPERLINK(1)", "'-1+1\n'@SUM(1)")
    assert by_hand["Where to check"] == "'+49 30 5550"
    cells = [cell for line in sheet(client_of(ada), one) for cell in line.values()]
    assert "'=1+1?" in cells
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_a_group_nothing_was_said_to_has_a_page_that_says_so_and_no_link(opened, ada, client_of):
    one, browser = row(opened, "press"), client_of(ada)
    page = browser.get(the_proof(one))
    for words in ("No message was sent to them.", "Nobody noted that they told them.", "Nothing was published"):
        assertContains(page, words)
    for address in (reverse("desk:map", args=[opened.pk]), reverse("desk:plan", args=[one.pk])):
        assertNotContains(browser.get(address), the_proof(one))


def test_each_row_that_was_told_anything_leads_to_it(told, client_of, rosa):
    for address in (reverse("desk:map", args=[told.incident_id]), reverse("desk:plan", args=[told.pk])):
        assertContains(client_of(rosa).get(address), f'href="{the_proof(told)}"')
    assertContains(client_of(rosa).get(the_proof(told)), f'href="{the_proof(told, "proof_table")}"')


@pytest.mark.parametrize("name", ["proof", "proof_table"])
def test_only_who_reads_the_map_reads_it(told, client_of, cast, name):
    for person in (cast.vic, cast.max):
        assert client_of(person).get(the_proof(told, name)).status_code == 403
    nowhere = reverse(f"desk:{name}", args=[told.incident_id, 999_999])
    assert client_of(cast.ada).get(nowhere).status_code == 404
    assert client_of(cast.vic).get(nowhere).status_code == 403


@pytest.mark.parametrize("times", [1, 3])
def test_it_asks_the_same_however_much_was_said(
    told, group, client_of, rosa, ada, ben, times, django_assert_num_queries
):
    Incident.objects.filter(pk=told.incident_id).update(detected_at=clock.now() - timedelta(hours=1))
    for number in range(1, times):
        contacts.add(group, f"more{number}@example.org\n", by=ada)
        states.send(states.write_to(group, told.incident, by=ada), writer=ada, approver=ben)
        note(told, ada, told_at=clock.now() - timedelta(minutes=number))
    browser = client_of(rosa)
    browser.get(the_proof(told))
    with django_assert_num_queries(12):
        browser.get(the_proof(told))
