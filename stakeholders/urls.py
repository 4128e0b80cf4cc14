"""Addresses of groups, of legal clocks and of the outbox, below /desk/. Included by the desk, in its namespace."""

from django.urls import URLPattern, path

from stakeholders.views import contacts, groups, legal_clocks, outbox

urlpatterns: list[URLPattern] = [
    path("groups/", groups.groups, name="groups"),
    path("groups/new/", groups.new, name="group_new"),
    path("groups/<int:pk>/", groups.group, name="group"),
    path("groups/<int:pk>/details/", groups.details, name="group_details"),
    path("groups/<int:pk>/place/", groups.move, name="group_move"),
    path("groups/<int:pk>/retirement/", groups.retire, name="group_retire"),
    path("groups/<int:pk>/return/", groups.bring_back, name="group_return"),
    path("groups/<int:pk>/contacts/new/", contacts.new, name="contact_new"),
    path("groups/<int:pk>/import/", contacts.look_through, name="contacts_import"),
    path("groups/<int:pk>/import/confirmation/", contacts.carry_out, name="contacts_import_confirm"),
    path("contacts/sample.csv", contacts.sample, name="contacts_sample"),
    path("contacts/<int:pk>/", contacts.contact, name="contact"),
    path("contacts/<int:pk>/removal/", contacts.remove, name="contact_remove"),
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
