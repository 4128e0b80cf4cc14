"""Addresses inside, all below /desk/ and in the namespace `desk`. Each noun has its part, and so has every other room."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import moments
from incidents.views import (
    approval,
    approval_rooms,
    commitments,
    containment,
    dashboard,
    draft_check,
    drafts,
    facts,
    first_hour,
    incidents,
    log,
    organisation,
    roles,
    room,
    statement,
)

app_name = "desk"

urlpatterns: list[URLPattern | URLResolver] = [
    # Now
    path("", dashboard.now, name="now"),
    path("moment/", moments.understand, name="moment"),
    # Incidents
    path("incidents/", incidents.index, name="incidents"),
    path("incidents/new/", incidents.declare, name="declare"),
    path("incidents/<int:pk>/", room.room, name="incident"),
    path("incidents/<int:pk>/details/", incidents.describe, name="describe"),
    path("incidents/<int:pk>/opening/", incidents.open_incident, name="open"),
    path("incidents/<int:pk>/containment-reached/", incidents.contain, name="contain"),
    path("incidents/<int:pk>/recovery/", incidents.recover, name="recover"),
    path("incidents/<int:pk>/reopening/", incidents.reopen, name="reopen"),
    path("incidents/<int:pk>/dismissal/", incidents.dismiss, name="dismiss"),
    path("incidents/<int:pk>/notes/", incidents.note, name="note"),
    # The first hour
    path("incidents/<int:pk>/first-hour/", first_hour.first_hour, name="first_hour"),
    path("triage/<int:pk>/", first_hour.entry, name="triage"),
    path("triage/<int:pk>/done/", first_hour.done, name="triage_done"),
    path("triage/<int:pk>/exemption/", first_hour.exempt, name="triage_exempt"),
    path("triage/<int:pk>/reopening/", first_hour.reopen, name="triage_reopen"),
    # Seats and command
    path("incidents/<int:pk>/roles/<str:role>/", roles.role, name="role"),
    path("incidents/<int:pk>/roles/<str:role>/leaving/", roles.leave, name="role_leave"),
    path("incidents/<int:pk>/handover/", roles.handover, name="handover"),
    path("incidents/<int:pk>/take-over/", roles.take_over, name="take_over"),
    path("handovers/<int:pk>/answer/", roles.answer, name="handover_answer"),
    # Facts
    path("incidents/<int:pk>/facts/new/", facts.new, name="fact_new"),
    path("facts/<int:pk>/", facts.fact, name="fact"),
    path("facts/<int:pk>/confirmation/", facts.confirm, name="fact_confirm"),
    path("facts/<int:pk>/retraction/", facts.retract, name="fact_retract"),
    # Containment
    path("incidents/<int:pk>/containment/new/", containment.new, name="containment_new"),
    path("containment/<int:pk>/", containment.action, name="containment"),
    path("containment/<int:pk>/done/", containment.done, name="containment_done"),
    path("containment/<int:pk>/review/", containment.review, name="containment_review"),
    path("containment/<int:pk>/end/", containment.end, name="containment_end"),
    path("containment/<int:pk>/failure/", containment.failure, name="containment_failure"),
    path("containment/<int:pk>/impossibility/", containment.impossibility, name="containment_impossibility"),
    # Statements and approvals
    path("incidents/<int:pk>/statements/new/<str:kind>/", statement.begin, name="statement_new"),
    path("entries/<int:pk>/correction/", statement.correct, name="correction_new"),
    path("statements/<int:pk>/", statement.statement, name="statement"),
    path("statements/<int:pk>/submission/", statement.submit, name="statement_submit"),
    path("statements/<int:pk>/overrides/", statement.let_stand, name="finding_let_stand"),
    path("statements/<int:pk>/take-over/", statement.take_over, name="statement_take_over"),
    path("statements/<int:pk>/discard/", statement.discard, name="statement_discard"),
    path("draft-check/", draft_check.check, name="draft_check"),
    path("approvals/", approval.queue, name="approvals"),
    path("approvals/policy/", approval_rooms.policy, name="approval_policy"),
    path("approvals/turnaround/", approval_rooms.turnaround, name="turnaround"),
    path("approvals/by-one-person/", approval_rooms.by_one_person, name="by_one_person"),
    path("approvals/<int:pk>/", approval.submission, name="submission"),
    path("approvals/<int:pk>/approval/", approval.approve, name="approve"),
    path("approvals/<int:pk>/emergency/", approval.approve_emergency, name="approve_emergency"),
    path("approvals/<int:pk>/alone/", approval.approve_alone, name="approve_alone"),
    path("approvals/<int:pk>/return/", approval.send_back, name="send_back"),
    path("approvals/<int:pk>/withdrawal/", approval.take_back, name="take_back"),
    path("approvals/<int:pk>/review/", approval.review, name="review"),
    # Commitments
    path("statements/<int:pk>/commitments/new/", drafts.new, name="commitment_new"),
    path("commitment-drafts/<int:pk>/", drafts.draft, name="commitment_draft"),
    path("commitment-drafts/<int:pk>/drop/", drafts.drop, name="commitment_drop"),
    path("commitments/", commitments.board, name="commitments"),
    path("commitments/<int:pk>/", commitments.commitment, name="commitment"),
    path("commitments/<int:pk>/evidence/", commitments.report, name="evidence_new"),
    path("evidence/<int:pk>/acceptance/", commitments.accept, name="evidence_accept"),
    path("evidence/<int:pk>/refusal/", commitments.refuse, name="evidence_refuse"),
    path("commitments/<int:pk>/changes/new/<str:kind>/", commitments.change, name="commitment_change"),
    path("commitments/<int:pk>/owner/", commitments.reassign, name="commitment_reassign"),
    path("", include("stakeholders.urls")),
    # Organisation, components, log
    path("organisation/", organisation.organisation, name="organisation"),
    path("organisation/change/", organisation.organisation_change, name="organisation_change"),
    path("components/new/", organisation.component_new, name="component_new"),
    path("components/<int:pk>/", organisation.component, name="component"),
    path("log/", log.log, name="log"),
    # People and teams
    path("", include("accounts.urls")),
    path("", include("agents.urls")),
]
