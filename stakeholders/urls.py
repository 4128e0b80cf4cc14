"""Addresses of groups and of the outbox, below /desk/. Included by the desk, in its namespace."""

from django.urls import URLPattern, path

from stakeholders.views import groups, outbox

urlpatterns: list[URLPattern] = [
    path("groups/", groups.groups, name="groups"),
    path("groups/<int:pk>/", groups.group, name="group"),
    path("contacts/<int:pk>/removal/", groups.remove, name="contact_remove"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<int:pk>/", outbox.outgoing, name="outgoing"),
    path("outbox/<int:pk>/retry/", outbox.retry, name="outgoing_retry"),
]
