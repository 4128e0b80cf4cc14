"""Addresses below /desk/ about people and teams, in the namespace `desk` of `incidents.urls`, which includes them."""

from django.urls import URLPattern, path

from accounts.views import account, people, solo, teams

urlpatterns: list[URLPattern] = [
    path("account/", account.account, name="account"),
    path("people/", people.people, name="people"),
    path("people/invitations/new/", people.invite, name="invite"),
    path("people/invitations/<int:pk>/revocation/", people.revoke_invitation, name="invitation_revoke"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/roles/<str:role>/", people.grant_role, name="role_grant"),
    path("people/<int:pk>/roles/<str:role>/removal/", people.revoke_role, name="role_revoke"),
    path("people/<int:pk>/deactivation/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivation/", people.reactivate, name="reactivate"),
    path("people/<int:pk>/address/", people.confirm_address, name="address_confirm"),
    path("people/alone/", solo.solo, name="solo"),
    path("people/alone/declaration/", solo.declare, name="solo_declare"),
    path("people/alone/end/", solo.end, name="solo_end"),
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.team_new, name="team_new"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/members/", teams.member_add, name="member_add"),
    path("teams/<int:pk>/members/<int:person>/removal/", teams.member_remove, name="member_remove"),
]
