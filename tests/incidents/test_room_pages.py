"""The pages of the desk and of the room: what they show to whom, what they ask the database, and what becomes of typed text."""

from datetime import timedelta

import pytest
from django.urls import reverse

import clock
from accounts import log
from incidents.models import ContainmentAction, Fact, Handover, Heartbeat, Incident, RoleHeld, TimelineEntry
from incidents.operations import containment, fact, incident, promise, roles, timeline
from tests import factories, states


def at(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


@pytest.fixture(autouse=True)
def _jobs_are_running(db):
    Heartbeat.objects.update_or_create(pk=1, defaults={"swept_at": clock.now()})


# Every page opens, in every state, for everybody who may read


@pytest.mark.parametrize("stage", ["declared", "opened", "ready_to_speak", "submitted", "published", "commitment"])
@pytest.mark.parametrize("person", ["cleo", "ada", "ben", "tom", "rosa", "vic", "max", "olga"])
def test_the_room_and_the_lists_open_for_everybody(request, stage, person, client_of):
    request.getfixturevalue(stage)
    reader = client_of(request.getfixturevalue(person))
    about = Incident.objects.get()
    for page in (at("now"), at("incidents"), at("incident", about.pk)):
        answer = reader.get(page)
        assert answer.status_code == 200, page
        assert about.title in answer.content.decode()


@pytest.mark.parametrize("name", ["fact_new", "containment_new"])
def test_the_forms_open_as_a_page_and_inside_the_room(opened, tom, client_of, name):
    desk = client_of(tom)
    whole = desk.get(at(name, opened.pk)).content.decode()
    part = desk.get(at(name, opened.pk), headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert f'hx-post="{at(name, opened.pk)}"' in part
    assert "hx-post" not in whole


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(opened, client_of):
    answer = client_of(None).get(at("incident", opened.pk))
    assert (answer.status_code, answer.url.split("?")[0]) == (302, "/account/login/")


def test_an_unknown_incident_is_not_found(cleo, client_of):
    assert client_of(cleo).get(at("incident", 4711)).status_code == 404


# Now


def test_an_empty_desk_says_what_will_be_here_and_leads_on(agent, organisation, cleo, client_of):
    page = client_of(cleo).get(at("now")).content.decode()
    assert "No incident is open." in page
    assert at("declare") in page


def test_a_desk_without_agents_leads_to_the_first_one(organisation, olga, client_of):
    page = client_of(olga).get(at("now")).content.decode()
    assert "Register the first agent" in page


def test_a_reader_is_not_offered_to_declare(agent, organisation, vic, client_of):
    assert at("declare") not in client_of(vic).get(at("now")).content.decode()


def test_only_the_clocks_that_exist_are_shown(declared, cleo, client_of):
    context = client_of(cleo).get(at("now")).context
    assert context["clocks"] == []


def test_the_clocks_name_promise_approval_commitment_and_containment(commitment, cleo, client_of):
    labels = [clock.label for clock in client_of(cleo).get(at("now")).context["clocks"]]
    assert labels == ["Most urgent, open for", "Next public promise", "Nearest commitment", "Next look at containment"]


def test_the_nearest_deadline_is_marked_and_what_has_passed_is_over(published, cleo, client_of, clock_at):
    clock_at(clock.now() + timedelta(minutes=50))  # the promise of 45 minutes is broken, the look is due in ten
    clocks = {clock.label: clock for clock in client_of(cleo).get(at("now")).context["clocks"]}
    assert clocks["Next public promise"].is_over
    assert clocks["Next look at containment"].is_nearest
    assert not clocks["Most urgent, open for"].is_over


def test_a_missed_promise_stays_in_view_until_an_update_answers_it(published, cleo, client_of, clock_at):
    owed = published.incident.promises.get()
    clock_at(owed.due_at + timedelta(minutes=6))
    promise.miss(owed)
    desk = client_of(cleo)
    for page in (at("now"), at("incident", published.incident.pk)):
        clocks = {clock.label: clock for clock in desk.get(page).context["clocks"]}
        assert clocks["Next public promise"].is_over
    assert desk.get(at("incident", published.incident.pk)).context["step"].why == "The promised update is 6 min late."


def test_what_waits_for_somebody_is_theirs_to_do(submitted, ada, ben, cleo, rosa, tom, vic, client_of):
    def tasks(person):
        return [task.label for task in client_of(person).get(at("now")).context["tasks"]]

    assert tasks(ben) == ["Read it"]
    assert tasks(ada) == ["Decide"]  # one reported fact; not her own words
    assert tasks(cleo) == ["Read it", "Decide"]
    assert tasks(tom) == ["Decide"]
    assert tasks(rosa) == []  # she reported it
    assert tasks(vic) == []


def test_an_offer_of_command_and_a_draft_wait_for_the_person_concerned(declared, cleo, tom, client_of):
    roles.offer_command(declared, tom, by=cleo, briefing="Two decisions are open")
    assert [task.label for task in client_of(tom).get(at("now")).context["tasks"]] == ["Answer"]
    assert [task.label for task in client_of(cleo).get(at("now")).context["tasks"]] == ["Decide"]


# Query counts: the same at one and at three


def _count(django_assert_num_queries, browser, address, number):
    browser.get(address)  # the session is written once
    with django_assert_num_queries(number):
        browser.get(address)


def _three(agent, cleo, tom, rosa, number):
    for title in ("First", "Second", "Third")[:number]:
        about = states.open_up(states.declare(agent, by=cleo, title=title), by=cleo, communications=cleo, technical=tom)
        states.establish_facts(about, reporter=rosa, confirmer=tom)
        states.contain(about, by=tom)


@pytest.mark.parametrize("number", [1, 3])
def test_now_asks_the_same_for_one_and_for_three(
    agent, organisation, cleo, tom, rosa, client_of, django_assert_num_queries, number
):
    _three(agent, cleo, tom, rosa, number)
    _count(django_assert_num_queries, client_of(cleo), at("now"), 12)


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_the_same_for_one_and_for_three(
    agent, organisation, cleo, tom, rosa, client_of, django_assert_num_queries, number
):
    _three(agent, cleo, tom, rosa, number)
    _count(django_assert_num_queries, client_of(cleo), at("incidents"), 6)


@pytest.mark.parametrize("number", [1, 3])
def test_the_room_asks_the_same_for_one_and_for_three_facts_actions_and_notes(
    opened, cleo, tom, rosa, client_of, django_assert_num_queries, number
):
    for _ in range(number):
        states.establish_facts(opened, reporter=rosa, confirmer=tom)
        states.contain(opened, by=tom)
        timeline.note(opened, "The supplier has called back", by=rosa)
    _count(django_assert_num_queries, client_of(cleo), at("incident", opened.pk), 11)


# Polling


@pytest.mark.parametrize("page", ["now", "incident"])
def test_a_board_that_is_up_to_date_gets_no_content(opened, cleo, client_of, page):
    desk = client_of(cleo)
    address = at(page, *([opened.pk] if page == "incident" else []))
    known = desk.get(f"{address}?rev={log.revision()}", headers={"HX-Request": "true"})
    assert (known.status_code, known.content) == (204, b"")
    timeline.note(opened, "The supplier has called back", by=cleo)
    fresh = desk.get(f"{address}?rev={log.revision() - 1}", headers={"HX-Request": "true"})
    assert fresh.status_code == 200
    assert fresh.content.decode().lstrip().startswith("{#") is False
    assert f'?rev={log.revision()}"' in fresh.content.decode()
    assert "<html" not in fresh.content.decode()


# Declaring and describing


def test_three_fields_declare_and_the_next_page_asks_the_rest(agent, organisation, rosa, client_of):
    answer = client_of(rosa).post(
        at("declare"), {"title": "Letters went to strangers", "agent": agent.pk, "worst_harm": "rights"}
    )
    declared = Incident.objects.get()
    assert answer.url == at("describe", declared.pk)
    assert (declared.commander, declared.urgency) == (rosa, "act_now")


def test_a_declaration_that_lacks_something_comes_back_as_it_was_typed(agent, organisation, cleo, client_of):
    answer = client_of(cleo).post(at("declare"), {"title": "Letters went to strangers"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Letters went to strangers" in page
    assert "<title>Error: " in page
    assert 'href="#id_agent_0"' in page
    assert not Incident.objects.exists()


def test_who_only_reads_is_told_who_may_declare(agent, organisation, vic, client_of):
    answer = client_of(vic).get(at("declare"))
    assert answer.status_code == 403
    assert "executives and observers" in answer.content.decode()


DETAILS = {
    "title": "Letters went to strangers", "worst_harm": "rights", "urgency": "act_now", "failure_mode": "silent",
    "category": "other", "scenario": "mass_failure", "is_visible": "yes", "draws_attention": "no", "needs_answer": "no",
    "failure_started_at": "",
}  # fmt: skip


def test_the_details_are_saved_and_the_room_offers_to_open(declared, agent, cleo, client_of):
    desk = client_of(cleo)
    answer = desk.post(at("describe", declared.pk), DETAILS | {"agent": agent.pk, "seen_version": 1})
    assert answer.url == at("incident", declared.pk)
    step = desk.get(answer.url).context["step"]
    assert (step.label, step.posts) == ("Open the incident", True)
    assert desk.post(at("open", declared.pk)).status_code == 302
    assert states.fresh(declared).state == "open"


def test_details_that_somebody_else_changed_show_both_and_keep_what_was_typed(declared, agent, cleo, client_of):
    incident.describe(declared, by=cleo, seen_version=1, title="Somebody else’s title")
    desk = client_of(cleo)
    answer = desk.post(at("describe", declared.pk), DETAILS | {"agent": agent.pk, "seen_version": 1})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else’s title" in page
    assert 'value="Letters went to strangers"' in page
    assert 'name="seen_version" value="2"' in page  # sending it again now overwrites on purpose
    again = desk.post(at("describe", declared.pk), DETAILS | {"agent": agent.pk, "seen_version": 2})
    assert again.status_code == 302
    assert states.fresh(declared).title == "Letters went to strangers"


# Steps of the room


def test_a_refused_step_lists_what_is_missing_with_links(opened, cleo, client_of):
    answer = client_of(cleo).post(at("contain", opened.pk))
    assert answer.status_code == 422
    assert f"{at('incident', opened.pk)}#containment" in answer.content.decode()


def test_a_refused_recovery_keeps_the_restart_point(ready_to_speak, cleo, client_of):
    incident.contain(ready_to_speak, by=cleo)
    answer = client_of(cleo).post(at("recover", ready_to_speak.pk), {"recover-restart_point": "Import of 18 November"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Import of 18 November</textarea>" in page
    assert "#facts-state_now" in page


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("recover", {"recover-restart_point": ""}),
        ("reopen", {"reopen-reason": " "}),
        ("dismiss", {"dismiss-dismissal": "false", "dismiss-reason": ""}),
        ("note", {"note-text": "", "note-happened_at": ""}),
        ("handover", {"handover-to": "", "handover-briefing": "Two decisions are open"}),
        ("take_over", {"takeover-reason": ""}),
    ],
)
def test_an_empty_form_of_the_room_comes_back_with_the_problem(ready_to_speak, cleo, client_of, name, typed):
    incident.contain(ready_to_speak, by=cleo)
    answer = client_of(cleo).post(at(name, ready_to_speak.pk), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert "<title>Error: " in page
    assert all(text in page for text in typed.values() if text.strip())


def test_a_note_with_an_earlier_time_stands_at_that_time(opened, rosa, client_of):
    earlier = clock.now() - timedelta(minutes=20)
    text = f"{earlier:%Y-%m-%d %H:%M} UTC"
    answer = client_of(rosa).post(
        at("note", opened.pk),
        {"note-text": "The supplier called", "note-happened_at": text, "note-happened_at-seen": ""},
    )
    assert answer.status_code == 302
    entry = TimelineEntry.objects.get(is_note=True)
    assert (entry.happened_at, entry.entered_at, entry.by) == (earlier, clock.now(), rosa)
    assert entry.was_entered_late
    assert "entered" in client_of(rosa).get(at("incident", opened.pk)).content.decode()


def test_a_time_in_words_is_shown_back_with_its_zone_before_it_counts(opened, rosa, client_of):
    answer = client_of(rosa).post(
        at("note", opened.pk), {"note-text": "The supplier called", "note-happened_at": "20 min ago"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "We read this as" in page
    assert "<title>Check: " in page
    assert "There is a problem" not in page
    assert '<details class="more" id="add-note" hx-preserve open>' in page
    assert not TimelineEntry.objects.filter(is_note=True).exists()


# The timeline, and the forms beside it


def test_a_long_timeline_shows_its_newest_lines_and_leads_to_all(opened, cleo, rosa, client_of):
    for number in range(12):
        timeline.note(opened, f"Call number {number}", by=rosa)
    every = opened.timeline.count()
    page = client_of(cleo).get(at("incident", opened.pk)).content.decode()
    assert page.count('<li id="entry-') == 8
    assert f'<a href="?timeline=all#timeline" data-whole="entry">All {every} lines</a>' in page

    whole = client_of(cleo).get(at("incident", opened.pk), {"timeline": "all"}).content.decode()
    assert whole.count('<li id="entry-') == every
    assert "?timeline=all" not in whole
    assert "&amp;timeline=all" in whole  # so that the next poll does not fold it again


def test_the_timeline_says_the_time_once_and_the_day_where_it_changes(opened, cleo, rosa, client_of):
    yesterday = clock.now() - timedelta(days=1)
    timeline.note(opened, "The supplier called", by=rosa, happened_at=yesterday)
    context = client_of(cleo).get(at("incident", opened.pk)).context
    assert [day for day, _ in context["timeline"]] == ["", f"{yesterday.day} {yesterday:%B %Y}"]

    page = client_of(cleo).get(at("incident", opened.pk)).content.decode()
    entry = TimelineEntry.objects.get(is_note=True)
    line = page.partition(f'<li id="entry-{entry.pk}">')[2].partition("</li>")[0]
    assert line.startswith(
        f'<time datetime="{yesterday:%Y-%m-%dT%H:%M:%SZ}" class="num">{yesterday:%H:%M} UTC</time> <div>'
    )
    assert f'<span class="tiny">entered <time datetime="{clock.now():%Y-%m-%dT%H:%M:%SZ}" class="num">' in line
    assert "beside" not in line


def test_recovery_is_folded_beside_the_next_step_until_it_is_that_step(published, cleo, tom, rosa, client_of):
    about = published.incident
    incident.contain(about, by=cleo)
    roles.take_role(about, RoleHeld.Role.SCRIBE, by=cleo, user=rosa)
    early = client_of(cleo).get(at("incident", about.pk)).content.decode()
    assert '<details id="recovering">' in early
    assert '<button class="btn btn-quiet">Mark as recovered</button>' in early
    assert "Mark as recovered" not in client_of(tom).get(at("incident", about.pk)).content.decode()

    fact.report(
        about,
        by=rosa,
        question=Fact.Question.STATE_NOW,
        text="A person reads each letter.",
        source_kind=Fact.Source.PERSON,
        source="support desk",
        observed_at=clock.now(),
    )
    for found in about.facts.filter(confidence=Fact.Confidence.REPORTED):
        fact.confirm(
            found,
            by=tom,
            seen_version=found.version,
            confirmation_kind=Fact.Source.LOG,
            confirmation_source="mail relay, line 812",
        )
    page = client_of(cleo).get(at("incident", about.pk)).content.decode()
    assert '<details id="recovering"' not in page
    assert '<button class="btn">Mark as recovered</button>' in page
    assert page.count('id="recovery"') == 1


def test_a_refused_recovery_stands_open(ready_to_speak, cleo, client_of):
    incident.contain(ready_to_speak, by=cleo)
    page = client_of(cleo).post(at("recover", ready_to_speak.pk), {"recover-restart_point": ""}).content.decode()
    assert '<details id="recovering" open>' in page


def test_the_seats_are_folded_unless_one_is_empty(opened, cleo, rosa, client_of):
    def seats():
        return client_of(cleo).get(at("incident", opened.pk)).content.decode().partition('id="seats-title"')[2]

    assert '<details class="more" open><summary>Name or replace somebody' in seats()
    roles.take_role(opened, RoleHeld.Role.SCRIBE, by=cleo, user=rosa)
    assert '<details class="more"><summary>Name or replace somebody' in seats()


# Seats and command


def test_a_seat_is_taken_named_and_left(declared, cleo, rosa, tom, client_of):
    assert client_of(tom).post(at("role", declared.pk, "technical_lead")).status_code == 302
    assert client_of(cleo).post(at("role", declared.pk, "scribe"), {"user": rosa.pk}).status_code == 302
    found = states.fresh(declared)
    assert (found.technical_lead, found.scribe) == (tom, rosa)
    assert client_of(rosa).post(at("role_leave", declared.pk, "scribe")).status_code == 302
    assert states.fresh(declared).scribe is None
    assert client_of(cleo).post(at("role", declared.pk, "president")).status_code == 404


def test_a_seat_is_not_given_to_nobody(declared, cleo, client_of):
    answer = client_of(cleo).post(at("role", declared.pk, "scribe"), {"user": ""})
    assert answer.status_code == 422
    assert f"{at('incident', declared.pk)}#name-scribe" in answer.content.decode()
    assert states.fresh(declared).scribe is None


def test_somebody_who_left_is_not_found_for_a_seat(declared, cleo, rosa, client_of):
    type(rosa).objects.filter(pk=rosa.pk).update(is_active=False)
    assert client_of(cleo).post(at("role", declared.pk, "scribe"), {"user": rosa.pk}).status_code == 404


@pytest.mark.parametrize(("number", "widget"), [(6, "radio"), (7, "select")])
def test_many_agents_fold_into_a_menu(organisation, cleo, client_of, number, widget):
    for _ in range(number):
        factories.AgentFactory.create()
    form = client_of(cleo).get(at("declare")).context["form"]
    assert form.fields["agent"].widget.input_type == widget


def test_command_is_offered_and_accepted_in_the_browser(opened, cleo, tom, client_of):
    client_of(cleo).post(at("handover", opened.pk), {"handover-to": tom.pk, "handover-briefing": "Two decisions"})
    offer = Handover.objects.get()
    page = client_of(tom).get(at("incident", opened.pk)).content.decode()
    assert "Cleo Marsh offers you command" in page
    assert client_of(tom).post(at("handover_answer", offer.pk), {"answer": "accept"}).status_code == 302
    assert states.fresh(opened).commander == tom
    assert client_of(tom).post(at("handover_answer", offer.pk), {"answer": "perhaps"}).status_code == 422


# Facts and containment


FACT = {
    "question": "agent_did", "known": "known", "text": "It sent 12 letters", "source_kind": "log", "source": "mail relay",
}  # fmt: skip


def exactly_now() -> str:
    return f"{clock.now():%Y-%m-%d %H:%M} UTC"


def test_a_fact_is_reported_and_the_browser_returns_to_its_question(opened, rosa, client_of):
    answer = client_of(rosa).post(at("fact_new", opened.pk), FACT | {"observed_at": exactly_now()})
    assert answer.url == f"{at('incident', opened.pk)}#facts-agent_did"
    assert Fact.objects.get().reported_by == rosa


def test_a_fact_reported_inside_the_room_moves_the_page(opened, rosa, client_of):
    answer = client_of(rosa).post(
        at("fact_new", opened.pk), FACT | {"observed_at": exactly_now()}, headers={"HX-Request": "true"}
    )
    assert answer["HX-Redirect"] == f"{at('incident', opened.pk)}#facts-agent_did"


def test_a_fact_that_was_changed_meanwhile_shows_both_texts_and_keeps_what_was_typed(opened, rosa, tom, client_of):
    (first, *_rest) = states.establish_facts(opened, reporter=rosa, confirmer=tom)
    answer = client_of(tom).post(at("fact", first.pk), FACT | {"observed_at": exactly_now(), "seen_version": 1})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "It sent 12 letters</textarea>" in page
    assert first.text in page
    assert f'name="seen_version" value="{first.version}"' in page
    assert "Save what stands below" in page


def test_confirming_and_retracting_in_the_browser(opened, rosa, tom, client_of):
    one = states.establish_facts(opened, reporter=rosa, confirmer=tom)[2]
    desk = client_of(tom)
    typed = {"seen_version": one.version, "confirmation_kind": "log", "confirmation_source": "import log, line 812"}
    assert desk.post(at("fact_confirm", one.pk), typed).status_code == 302
    assert states.fresh(one).confirmed_by == tom
    assert desk.post(at("fact_retract", one.pk), {"seen_version": 2, "reason": "Wrong day"}).status_code == 302
    assert states.fresh(one).retraction_reason == "Wrong day"
    assert "Wrong day" in desk.get(at("incident", opened.pk)).content.decode()


def test_the_agents_own_account_is_refused_with_what_was_typed(opened, rosa, tom, client_of):
    one = states.establish_facts(opened, reporter=rosa, confirmer=tom)[2]
    typed = {"seen_version": one.version, "confirmation_kind": "agent_account", "confirmation_source": "it said so"}
    answer = client_of(tom).post(at("fact_confirm", one.pk), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "generated text and no evidence" in page
    assert 'value="it said so"' in page


def test_retracting_what_the_public_has_read_says_that_a_correction_is_owed(published, rosa, tom, client_of):
    cited = published.submission.statement.facts.first()
    desk, number = client_of(tom), published.entry.number
    assert "The public has read this" in desk.get(at("fact_retract", cited.pk)).content.decode()
    answer = desk.post(
        at("fact_retract", cited.pk), {"seen_version": cited.version, "reason": "Wrong log"}, follow=True
    )
    assert f"Published in entry {number}, a correction is owed." in answer.content.decode()
    assert [one.owed for one in answer.context["facts"] if one.pk == cited.pk] == [
        f"Published in entry {number}, a correction is owed."
    ]


def test_what_is_stopped_already_is_written_down_in_one_go(opened, tom, client_of):
    later = f"{clock.now() + timedelta(hours=1):%Y-%m-%d %H:%M} UTC"
    answer = client_of(tom).post(
        at("containment_new", opened.pk),
        {
            "text": "Letters wait",
            "scope": "process",
            "state": "done",
            "ends_when": "Read",
            "review_at": later,
            "reason": "",
        },
    )
    assert answer.url == f"{at('incident', opened.pk)}#containment"
    assert ContainmentAction.objects.get().state == "done"


@pytest.mark.parametrize(("scope", "asks"), [("process", 2), ("all", 3)])
def test_a_stop_without_an_end_is_asked_for_one_and_keeps_what_was_typed(opened, tom, client_of, scope, asks):
    answer = client_of(tom).post(
        at("containment_new", opened.pk), {"text": "Letters wait", "scope": scope, "state": "done"}
    )
    assert answer.status_code == 422
    assert len(answer.context["form"].errors) == asks
    assert 'value="Letters wait"' in answer.content.decode()
    assert not ContainmentAction.objects.exists()


def test_a_planned_stop_goes_through_its_pages(opened, cleo, tom, client_of):
    desk = client_of(tom)
    desk.post(at("containment_new", opened.pk), {"text": "Letters wait", "scope": "process", "state": "planned"})
    action = ContainmentAction.objects.get()
    for name in ("containment", "containment_done", "containment_failure"):
        assert desk.get(at(name, action.pk)).status_code == 200
    later = [f"{clock.now() + timedelta(hours=hours):%Y-%m-%d %H:%M} UTC" for hours in (1, 2)]
    desk.post(at("containment_done", action.pk), {"ends_when": "Read", "review_at": later[0]})
    assert states.fresh(action).state == "done"
    seen = states.fresh(action).review_at.isoformat()
    desk.post(at("containment_review", action.pk), {"review_at": later[1], "seen_review_at": seen})
    assert states.fresh(action).review_at == clock.now() + timedelta(hours=2)
    desk.post(at("containment_end", action.pk))
    assert states.fresh(action).state == "ended"
    again = containment.plan(opened, by=tom, scope="agent", text="Stop it")
    client_of(cleo).post(at("containment_impossibility", again.pk), {"reason": "It is gone"})
    assert states.fresh(again).state == "not_possible"
    assert desk.post(at("containment_failure", again.pk), {"reason": "No"}).status_code == 409


# The room says what the public reads


def test_the_room_shows_the_public_words_who_published_them_and_what_is_newer(
    published, rosa, client_of, cleo, clock_at
):
    clock_at(clock.now() + timedelta(minutes=1))
    about = published.incident
    fact.report(
        about, by=rosa, question="experienced", text="Nine people have called", source_kind="person", source="support desk",
        observed_at=clock.now(),
    )  # fmt: skip
    answer = client_of(cleo).get(at("incident", about.pk))
    page = answer.content.decode()
    assert published.headline in page
    assert answer.context["first_line"] in published.body
    assert "by Ada Brandt, approved by Ben Okafor" in page
    assert [one.text for one in answer.context["news"]] == ["Nine people have called"]
