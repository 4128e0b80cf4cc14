"""Addresses inside, all below /desk/ and in the namespace `desk`. Each noun has its part; other rooms bring theirs by `include`."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import moments
from incidents.views import approval, statement

app_name = "desk"

urlpatterns: list[URLPattern | URLResolver] = [
    # Now
    path("moment/", moments.understand, name="moment"),
    # Incidents
    # Seats and command
    # Facts
    # Containment
    # Statements and approvals
    path("incidents/<int:pk>/statements/new/<str:kind>/", statement.begin, name="statement_new"),
    path("statements/<int:pk>/", statement.statement, name="statement"),
    path("statements/<int:pk>/submission/", statement.submit, name="statement_submit"),
    path("statements/<int:pk>/discard/", statement.discard, name="statement_discard"),
    path("approvals/", approval.queue, name="approvals"),
    path("approvals/<int:pk>/", approval.submission, name="submission"),
    path("approvals/<int:pk>/approval/", approval.approve, name="approve"),
    path("approvals/<int:pk>/emergency/", approval.approve_emergency, name="approve_emergency"),
    path("approvals/<int:pk>/alone/", approval.approve_alone, name="approve_alone"),
    path("approvals/<int:pk>/return/", approval.send_back, name="send_back"),
    path("approvals/<int:pk>/withdrawal/", approval.take_back, name="take_back"),
    path("approvals/<int:pk>/review/", approval.review, name="review"),
    # Commitments
    # Outbox: include("stakeholders.urls")
    # People and teams
    path("", include("accounts.urls")),
    path("", include("agents.urls")),
]
