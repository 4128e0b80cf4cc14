"""Addresses inside, all below /desk/ and in the namespace `desk`. Each noun has its part; other rooms bring theirs by `include`."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import moments

app_name = "desk"

urlpatterns: list[URLPattern | URLResolver] = [
    # Now
    path("moment/", moments.understand, name="moment"),
    # Incidents
    # Seats and command
    # Facts
    # Containment
    # Statements and approvals
    # Commitments
    # Outbox: include("stakeholders.urls")
    # People and teams
    path("", include("accounts.urls")),
    path("", include("agents.urls")),
]
