"""Addresses of groups, of legal clocks and of the outbox, below /desk/. Included by the desk, in its namespace."""

from django.urls import URLPattern, path

from stakeholders.views import groups, legal_clocks, outbox

urlpatterns: list[URLPattern] = [
    path("groups/", groups.groups, name="groups"),
    path("groups/<int:pk>/", groups.group, name="group"),
    path("contacts/<int:pk>/removal/", groups.remove, name="contact_remove"),
    path("legal-clocks/", legal_clocks.legal_clocks, name="legal_clocks"),
    path("legal-clocks/new/", legal_clocks.new, name="legal_clock_new"),
    path("legal-clocks/profile/", legal_clocks.profile, name="legal_clock_profile"),
    path("legal-clocks/<slug:code>/", legal_clocks.legal_clock, name="legal_clock"),
    path("legal-clocks/<slug:code>/versions/<int:number>/", legal_clocks.version, name="legal_clock_version"),
    path("legal-clocks/<slug:code>/check/", legal_clocks.check, name="legal_clock_check"),
    path("legal-clocks/<slug:code>/retirement/", legal_clocks.retire, name="legal_clock_retire"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>/", outbox.outgoing, name="outgoing"),
    path("outbox/<int:pk>/retry/", outbox.retry, name="outgoing_retry"),
]
