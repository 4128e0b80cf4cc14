"""Addresses below /account/ that are ours, beside those of allauth: the answer to an invitation."""

from django.urls import URLPattern, path

from accounts.views import invitation

urlpatterns: list[URLPattern] = [path("invitation/<str:token>/", invitation.accept, name="account_invitation")]
