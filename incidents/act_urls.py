"""Addresses of the links in a commitment's mail, below /act/. Outside the desk: the token is the credential."""

from django.urls import URLPattern, path

from incidents.views import act

urlpatterns: list[URLPattern] = [
    path("<str:token>/", act.link, name="act"),
    path("<str:token>/done/", act.answer, {"choice": "done"}, name="act_done"),
    path("<str:token>/more-time/", act.answer, {"choice": "more-time"}, name="act_more_time"),
    path("<str:token>/not-mine/", act.answer, {"choice": "not-mine"}, name="act_not_mine"),
]
