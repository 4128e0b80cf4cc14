"""The map of addresses. Three zones: public (from the edition), threshold, inside (everything under /desk/)."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.views import sign_in as own
from config import errors, preview, views

# Out of allauth's pages only what signing in needs. Sign-up is closed by the adapter. The names are allauth's.
sign_in: list[URLPattern | URLResolver] = [
    path("account/login/", own.sign_in, name="account_login"),
    path("account/second-step/", own.second_step, name="mfa_authenticate"),
    path("account/passkey/", own.passkey_sign_in, name="mfa_login_webauthn"),
    path("account/logout/", account.logout, name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/signup/", account.signup, name="account_signup"),
    path("account/password/change/", account.password_change, name="account_change_password"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path("account/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("healthz/deep", views.deep_health, name="deep_health"),
    *sign_in,
    path("account/", include("accounts.threshold")),
    path("setup/", include("incidents.setup_urls")),
    path("act/", include("incidents.act_urls")),
    path("desk/alarms/", views.alarms, name="alarms"),
    path("desk/approvals/<int:pk>/preview/", preview.page, name="preview"),
    path("desk/approvals/<int:pk>/preview/feed/", preview.in_the_feed, name="preview_feed"),
    path("desk/", include("incidents.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many  # allauth asks for it
handler500 = errors.failed
