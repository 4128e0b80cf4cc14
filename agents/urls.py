"""Addresses below /desk/ about agents, in the namespace `desk` of `incidents.urls`, which includes them."""

from django.urls import URLPattern, path

from agents import views

urlpatterns: list[URLPattern] = [
    path("agents/", views.agents, name="agents"),
    path("agents/new/", views.agent_new, name="agent_new"),
    path("agents/<int:pk>/", views.agent, name="agent"),
]
