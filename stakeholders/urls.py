"""Addresses of the outbox, below /desk/. Included by the desk, in its namespace."""

from django.urls import URLPattern, path

from stakeholders import views

urlpatterns: list[URLPattern] = [
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/", views.outgoing, name="outgoing"),
    path("outbox/<int:pk>/retry/", views.retry, name="outgoing_retry"),
]
