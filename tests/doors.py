"""One table for all doors: every address, who is let in by which method, and with what answer.

The tests of access, of forged forms and of methods that must not change anything all read it. An address that the
resolver knows and this table does not fails.
"""

from tests.door import (
    INSIDE,
    PEOPLE,
    WORKERS,
    Door,
    anyone,
    browser_of,
    inside,
    only,
    page,
    pk,
    values,
    verb,
)  # fmt: skip
from tests.doors_of_clocks import CLOCKS
from tests.doors_of_groups import OUTSIDE
from tests.doors_of_incidents import PROMISES, ROOM
from tests.doors_of_legal_clocks import LEGAL_CLOCKS
from tests.doors_of_words import WORDS

__all__ = [
    "DOORS", "INSIDE", "PEOPLE", "THRESHOLD", "WORKERS", "Door", "browser_of", "values",
]  # fmt: skip

THRESHOLD = [
    Door("healthz", anyone(200), anyone(405)),
    Door("deep_health", anyone(404), anyone(405)),  # with a token, and no other way: tests/config/test_health.py
    Door("account_login", inside(302) | {"nobody": 200}, inside(302) | {"nobody": 200}),
    Door("mfa_authenticate", anyone(302), anyone(302)),
    Door("mfa_login_webauthn", anyone(302), anyone(302)),
    Door("account_logout", inside(200), inside(302)),
    Door("account_inactive", anyone(200), anyone(405)),
    Door("account_signup", inside(302) | {"nobody": 200}, inside(302) | {"nobody": 200}),
    Door("account_change_password", inside(200), inside(200)),
    Door("account_reset_password", anyone(200), anyone(200)),
    Door("account_reset_password_done", anyone(200), anyone(405)),
    Door("account_reset_password_from_key", anyone(200), anyone(200), values(uidb36="1", key="set-password")),
    Door("account_reset_password_from_key_done", anyone(200), anyone(405)),
    Door("account_invitation", anyone(200), anyone(422), values(token=lambda w: w.invitation_token)),
    Door("setup", anyone(404), anyone(405), values(token="made-up")),
    Door("setup_step", anyone(404), anyone(404), values(token="made-up", step="organisation")),
    Door("act", anyone(200), anyone(405), values(token=lambda w: w.token)),
    Door("act_done", anyone(200), anyone(422), values(token=lambda w: w.token)),
    Door("act_more_time", anyone(200), anyone(422), values(token=lambda w: w.token)),
    Door("act_not_mine", anyone(200), anyone(200), values(token=lambda w: w.token), values(reason="It is Rosa’s.")),
    Door("act", anyone(404), anyone(405), values(token="made-up"), case="with a token of nobody"),
]

HOUSE = [
    page("desk:organisation", inside(200)),
    Door(
        "desk:organisation_change",
        only("olga", 200),
        only("olga", 302),
        sends=values(name="Northwind", place="Berlin", time_zone="Europe/Berlin", contact="help@northwind.example"),
    ),
    Door("desk:component_new", only("olga", 200), only("olga", 302), sends=values(name="Letters", description="")),
    Door("desk:component", only("olga", 200), only("olga", 302), pk("component"), values(name="Replies")),
    verb("desk:component_audience", only("olga", 302), pk("component"), values(technical="on")),
    verb("desk:public_language", only("olga", 302), values(), values(language="de")),
    verb(
        "desk:address_clear",
        only("olga", 302),
        values(),
        values(address="jenkins.northwind.example", reason="Builds are public."),
    ),
    verb("desk:address_take_off", only("olga", 302), values(number=1)),
    page("desk:log", only("ben cleo olga", 200)),
    Door("desk:account", inside(200), inside(302), sends=values(name="Somebody", time_zone="UTC")),
    verb("desk:sessions_end", inside(302), values()),
    Door("desk:confirm", inside(200), inside(422)),
    page("desk:two_step", inside(200)),
    Door("desk:app_add", inside(200), inside(422)),
    verb("desk:app_remove", inside(404), values()),
    Door("desk:key_add", inside(200), inside(422)),
    Door("desk:key", only("rosa", 200, others=404), only("rosa", 302, others=404), pk("key"), values(name="Spare")),
    verb("desk:key_remove", only("rosa", 302, others=404), pk("key")),
    page("desk:codes", inside(302)),
    page("desk:codes_file", inside(404)),
    verb("desk:codes_kept", inside(302), values()),
    verb("desk:codes_renew", only("rosa", 302, others=409), values()),
    page("desk:people", inside(200)),
    Door(
        "desk:invite",
        only("olga", 200),
        only("olga", 200),
        sends=values(name="Noor", email="noor@northwind.example", roles=["observer"]),
    ),
    verb("desk:invitation_revoke", only("olga", 302), pk("invitation")),
    page("desk:person", inside(200), pk("rosa")),
    verb("desk:role_grant", only("olga", 302), values(pk=lambda w: w.rosa.pk, role="approver")),
    verb("desk:role_revoke", only("olga", 302), values(pk=lambda w: w.ben.pk, role="approver")),
    verb("desk:deactivate", only("olga", 302), pk("vic")),
    verb("desk:reactivate", only("olga", 302), pk("gone")),
    verb("desk:second_step_reset", only("olga", 302), pk("rosa")),
    verb("desk:address_confirm", only("olga rosa", 409), pk("rosa")),
    page("desk:solo", inside(200)),
    verb("desk:solo_declare", only("olga", 422), values(), values(reason="Nobody else works here.")),
    verb("desk:solo_end", only("olga", 409), values()),
    page("desk:teams", inside(200)),
    Door("desk:team_new", only("olga", 200), only("olga", 422)),
    Door(
        "desk:team",
        inside(200),
        only("olga", 302),
        pk("team"),
        values(name="Letters", alias="letters@northwind.example", lead=lambda w: w.tom.pk),
    ),
    verb("desk:member_add", only("olga", 302), pk("team"), values(person=lambda w: w.ada.pk)),
    verb("desk:member_remove", only("olga", 422), values(pk=lambda w: w.team.pk, person=lambda w: w.rosa.pk)),
    page("desk:agents", inside(200)),
    Door("desk:agent_new", only("olga", 200), only("olga", 422)),
    Door(
        "desk:agent",
        inside(200),
        only("olga", 302),
        pk("agent"),
        values(
            public_name="Letters agent",
            component=lambda w: w.component.pk,
            owner=lambda w: w.tom.pk,
        ),
    ),
]

DOORS = [*THRESHOLD, *ROOM, *WORDS, *PROMISES, *OUTSIDE, *CLOCKS, *LEGAL_CLOCKS, *HOUSE]
