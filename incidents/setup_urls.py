"""Addresses of the set-up, below /setup/. They lead nowhere once there is an account."""

from django.urls import URLPattern, path

from incidents.views import setup

urlpatterns: list[URLPattern] = [
    path("<str:token>/", setup.setup, name="setup"),
    path("<str:token>/<slug:step>/", setup.step, name="setup_step"),
]
