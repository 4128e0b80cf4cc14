"""Addresses below /desk/ about people and teams, in the namespace `desk` of `incidents.urls`, which includes them."""

from django.urls import URLPattern, path

from accounts.views import account, confirm, people, solo, teams, two_step

urlpatterns: list[URLPattern] = [
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.sessions_end, name="sessions_end"),
    path("account/confirm/", confirm.confirm, name="confirm"),
    path("account/two-step/", two_step.two_step, name="two_step"),
    path("account/two-step/app/", two_step.app_add, name="app_add"),
    path("account/two-step/app/removal/", two_step.app_remove, name="app_remove"),
    path("account/two-step/keys/new/", two_step.key_add, name="key_add"),
    path("account/two-step/keys/<int:pk>/", two_step.key, name="key"),
    path("account/two-step/keys/<int:pk>/removal/", two_step.key_remove, name="key_remove"),
    path("account/two-step/codes/", two_step.codes, name="codes"),
    path("account/two-step/codes/recovery-codes.txt", two_step.codes_file, name="codes_file"),
    path("account/two-step/codes/kept/", two_step.codes_kept, name="codes_kept"),
    path("account/two-step/codes/renewal/", two_step.codes_renew, name="codes_renew"),
    path("people/", people.people, name="people"),
    path("people/invitations/new/", people.invite, name="invite"),
    path("people/invitations/<int:pk>/revocation/", people.revoke_invitation, name="invitation_revoke"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/roles/<str:role>/", people.grant_role, name="role_grant"),
    path("people/<int:pk>/roles/<str:role>/removal/", people.revoke_role, name="role_revoke"),
    path("people/<int:pk>/deactivation/", people.deactivate, name="deactivate"),
    path("people/<int:pk>/reactivation/", people.reactivate, name="reactivate"),
    path("people/<int:pk>/second-step/removal/", people.second_step_reset, name="second_step_reset"),
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
