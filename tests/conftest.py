"""The same people, the same clock and the same agent in every test.

*Ada* leads communications and writes, *Ben* approves, *Cleo* commands, *Tom* is technical lead and owns the agent,
*Rosa* responds and is his deputy, *Vic* only reads, *Max* is the executive, *Olga* administers. They live in different
time zones on purpose. It is Thursday 19 November 2026, 15:16 UTC, until a test moves ``clock_at``.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.cache import cache as shared_cache
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models.signals import post_migrate
from django.test import Client
from hypothesis import settings as hypothesis_settings

import clock
from accounts import append_only
from accounts.models import Role, User
from incidents.operations import approval
from incidents.views import dashboard_rows
from refusals import Refused
from stakeholders.models import StakeholderGroup
from stakeholders.operations import contacts
from tests import beginnings, factories, states
from tests import world as worlds
from tests.browsers import browser
from tests.remembered import begin as begin_trail
from tests.remembered import remembered, step, strange

START = datetime(2026, 11, 19, 15, 16, tzinfo=UTC)
PASSWORD = factories.PASSWORD
hypothesis_settings.register_profile("answerable", deadline=None)  # a slow machine is no counterexample
hypothesis_settings.load_profile("answerable")

APPEND_ONLY = (
    "accounts_logentry",
    "accounts_solodeclaration",
    "incidents_approval",
    "incidents_clocknote",
    "incidents_clockstart",
    "incidents_erasure",
    "incidents_factchange",
    "incidents_override",
    "incidents_plannote",
    "incidents_recordentry",
    "incidents_returncomment",
    "incidents_statementversion",
    "incidents_telling",
    "incidents_timelineentry",
)

# By name: the address, the roles and the time zone.
CAST = {
    "Ada Brandt": ("ada@northwind.example", [Role.COMMUNICATIONS_LEAD], "Europe/Berlin"),
    "Ben Okafor": ("ben@northwind.example", [Role.APPROVER], "Europe/London"),
    "Cleo Marsh": ("cleo@northwind.example", [Role.COMMANDER], "America/New_York"),
    "Tom Lindqvist": ("tom@northwind.example", [Role.TECHNICAL_LEAD], "Europe/Stockholm"),
    "Vic Moreau": ("vic@northwind.example", [Role.OBSERVER], "Europe/Paris"),
    "Rosa Iyer": ("rosa@northwind.example", [Role.RESPONDER], "Asia/Kolkata"),
    "Max Feld": ("max@northwind.example", [Role.EXECUTIVE], "America/Los_Angeles"),
    "Olga Petrenko": ("olga@northwind.example", [Role.ADMINISTRATOR], "Europe/Kyiv"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    begin_trail()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every fixture is a step on the way to the state that a test begins with (`tests.remembered`)."""
    result = yield
    if fixturedef.scope == "function":
        step(fixturedef.argname, fixturedef.baseid, repr(getattr(request, "param", None)))
    elif connection.in_atomic_block:
        strange()  # what stays for a whole module is no state that other modules begin with
    return result


# --- The database ---------------------------------------------------------------------------------


ONE_OF_MANY = "READY_MADE" in os.environ  # a process of a whole run: `python -m tests` sets it


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A copy of the SQLite database stands there already, in the folder that goes when the process ends."""
    return ONE_OF_MANY and connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if ONE_OF_MANY and connection.vendor == "sqlite":
        beginnings.copy_sqlite(Path(connection.settings_dict["TEST"]["NAME"]))
    elif os.environ.get("POSTGRES_OF_THIS_RUN"):
        connection.settings_dict["TEST"]["TEMPLATE"] = beginnings.postgres_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Take the append-only triggers off (a flush between tests must empty those tables) and keep the seeds.

    What the migrations put in comes back after every flush, because the signal that follows a flush is the one that
    follows a migration.
    """
    with django_db_blocker.unblock():
        for table in APPEND_ONLY:
            append_only.remove(connection.schema_editor(), table)
        ours = [model for model in _tables() if model._meta.app_config.label in OUR_APPS]
        seeds = serializers.serialize("json", [row for model in ours for row in model._base_manager.order_by("pk")])

    def sow(sender: Any, **_rest: Any) -> None:
        with transaction.atomic():
            for seed in serializers.deserialize("json", seeds):
                seed.save()

    post_migrate.connect(sow, sender=apps.get_app_config("accounts"), weak=False, dispatch_uid="seeds of the tests")


OUR_APPS = {"accounts", "agents", "stakeholders", "incidents"}


@pytest.fixture(autouse=True)
def _no_letter_outlives_its_test() -> Iterator[None]:
    """What is written after the answer would be written in the next test, and to a database that is gone."""
    yield
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer) and thread.name.startswith("mail "):
            thread.cancel()
            thread.join(timeout=10)


@pytest.fixture
def append_only_triggers(db: None) -> Iterator[None]:
    """The triggers as they are in use, for the tests that prove them."""
    connection.check_constraints()
    for table in APPEND_ONLY:
        append_only.install(connection.schema_editor(), table)
    yield
    if not connection.in_atomic_block:  # otherwise the roll-back takes them off
        for table in APPEND_ONLY:
            append_only.remove(connection.schema_editor(), table)


def _tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


# Kept without being told of: sessions, and when somebody was seen.
UNTOLD_TABLES = ("django_session", "accounts_session")
UNTOLD_COLUMNS = {"accounts_user": {"last_seen_at", "last_login"}}


def dump(*, without: dict[str, set[str]] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table by table name, without sessions and signs of life."""
    left_out = UNTOLD_COLUMNS | (without or {})
    found = {}
    for model in _tables():
        table = model._meta.db_table
        if table in UNTOLD_TABLES:
            continue
        values = model._base_manager.order_by("pk").values()
        found[table] = [{k: v for k, v in row.items() if k not in left_out.get(table, ())} for row in values]
    return found


def rows() -> dict[str, list[Any]]:
    """What `dump` tells, as the database has it: for comparing, in a fifth of the time, because no model is asked."""
    found = {}
    with connection.cursor() as cursor:
        for table, read in _readings().items():
            cursor.execute(read)
            found[table] = cursor.fetchall()
    return found


@cache
def _readings() -> dict[str, str]:
    quoted = connection.ops.quote_name
    found = {}
    for model in _tables():
        meta = model._meta
        if meta.db_table not in UNTOLD_TABLES:
            columns = [
                one.column for one in meta.concrete_fields if one.attname not in UNTOLD_COLUMNS.get(meta.db_table, ())
            ]
            names = ", ".join(map(quoted, columns))
            found[meta.db_table] = f"SELECT {names} FROM {quoted(meta.db_table)} ORDER BY {quoted(meta.pk.column)}"
    return found


@pytest.fixture
def snapshot(db: None) -> Callable[[], dict[str, list[Any]]]:
    """``before = snapshot(); ...; assert snapshot() == before`` proves that nothing was changed or logged."""
    return rows


@pytest.fixture
def refused(db: None) -> Callable[..., Any]:
    """``with refused(NotAllowed, "part of the sentence") as refusal: operation(...)``.

    Asserts the class itself, not a base of it, that the sentence contains the part, and that nothing was changed or
    logged. Afterwards ``refusal.value`` is the exception and ``refusal.missing`` the sentences of its list.
    """

    @contextmanager
    def check(kind: type[Refused], says: str = "") -> Iterator[SimpleNamespace]:
        before, caught = rows(), SimpleNamespace(value=None, missing=[])
        with pytest.raises(kind) as raised:
            yield caught
        caught.value = raised.value
        caught.missing = [item.sentence for item in raised.value.missing]
        assert type(raised.value) is kind
        assert says in raised.value.sentence
        assert rows() == before, "the refusal left something behind"

    return check


@pytest.fixture(scope="session", autouse=True)
def _collected_static_files() -> None:
    """Pages name their stylesheets by the hash of what is in them, as in service."""
    if ONE_OF_MANY:
        beginnings.copy_static(Path(settings.STATIC_ROOT))
    else:
        call_command("collectstatic", "--noinput", verbosity=0)


# --- The clock ------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def clock_at() -> Iterator[Callable[[datetime], None]]:
    """The clock stands at ``START``. ``clock_at(moment)`` moves it."""
    with clock.fixed_at(START) as move:
        yield move


@pytest.fixture(autouse=True)
def _nothing_kept_in_the_process() -> None:
    """Rate limits count in the cache, and desks share what they showed last: no roll-back empties either."""
    dashboard_rows.shared.forget()
    if "locmem" in settings.CACHES["default"]["BACKEND"]:
        shared_cache.clear()


# --- The people -----------------------------------------------------------------------------------


def _person(name: str) -> Any:
    def person(db: None) -> User:
        email, roles, zone = CAST[name]
        return factories.UserFactory.create(email=email, name=name, roles=roles, time_zone=zone)

    person.__qualname__ = name  # each is remembered by it
    return pytest.fixture(name=name.split()[0].lower())(remembered(person))


ada, ben, cleo, tom = _person("Ada Brandt"), _person("Ben Okafor"), _person("Cleo Marsh"), _person("Tom Lindqvist")
vic, rosa, max_, olga = _person("Vic Moreau"), _person("Rosa Iyer"), _person("Max Feld"), _person("Olga Petrenko")


@pytest.fixture
def cast(request: pytest.FixtureRequest) -> SimpleNamespace:
    """All eight at once: ``cast.ada`` and so on."""
    names = [name.split()[0].lower() for name in CAST]
    return SimpleNamespace(**{name: request.getfixturevalue(name) for name in names})


@pytest.fixture
def client_of(db: None) -> Callable[..., Client]:
    """A browser in which this person has signed in; ``client_of(None)`` is nobody's."""

    def open_browser(person: User | None = None, **options: Any) -> Client:
        opened = browser(**options)
        if person is not None:
            opened.force_login(person)
        return opened

    return open_browser


@pytest.fixture
@remembered
def organisation(db: None) -> Any:
    return factories.OrganisationFactory.create()


@pytest.fixture
@remembered
def team(tom: User, rosa: User) -> Any:
    """The team of the agent: Tom leads, Rosa is in it."""
    return factories.TeamFactory.create(
        name="Support agents", alias="support-agents@northwind.example", lead=tom, people=[rosa]
    )


@pytest.fixture
@remembered
def component(db: None) -> Any:
    return factories.ComponentFactory.create(public_name="Support replies", description="Answers to questions by email")


@pytest.fixture
@remembered
def group(ada: User) -> Any:
    """The directly affected users, of whom two have an address: Nell and Omar."""
    found = StakeholderGroup.objects.get(slug="affected-users")
    contacts.add(found, "Nell Hart <nell@example.org>\nomar@example.org\n", by=ada)
    return found


@pytest.fixture
@remembered
def agent(team: Any, component: Any, tom: User, rosa: User) -> Any:
    """Owned by Tom, Rosa is his deputy, in their team, behind the component."""
    return factories.AgentFactory.create(
        public_name="Support assistant",
        internal_name="support-agent-7",
        owner=tom,
        deputy=rosa,
        team=team,
        component=component,
    )


# --- A whole organisation, for the tables of access and of what the public may see -----------------


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """`tests.world`, built once for a module and rolled back after it. Undo what a test does with `world.undone()`."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.fixed_at(START) as move:
            built = _built_world(move)
            move(built.now)
            yield built
        transaction.set_rollback(True)


@remembered
def _built_world(move: Callable[[datetime], None]) -> SimpleNamespace:
    built = worlds.build(move)
    built.now = clock.now()
    return built


# --- The states an incident goes through, reached by calling operations ---------------------------


@pytest.fixture
@remembered
def declared(agent: Any, organisation: Any, cleo: User) -> Any:
    """A draft: Cleo declared it and commands it."""
    return states.declare(agent, by=cleo)


@pytest.fixture
@remembered
def opened(declared: Any, cleo: User, ada: User, tom: User) -> Any:
    """Triaged as public and opened; Ada and Tom have taken their seats."""
    return states.open_up(declared, by=cleo, communications=ada, technical=tom)


@pytest.fixture
@remembered
def ready_to_speak(opened: Any, rosa: User, tom: User) -> Any:
    """The four questions have entries (Rosa reported, Tom confirmed two), and Tom's containment is in force."""
    states.establish_facts(opened, reporter=rosa, confirmer=tom)
    states.contain(opened, by=tom)
    return states.fresh(opened)


@pytest.fixture
@remembered
def holding(ready_to_speak: Any, ada: User) -> Any:
    """Ada's complete draft of the holding statement."""
    return states.write(ready_to_speak, "holding", by=ada)


@pytest.fixture
@remembered
def submitted(holding: Any, ada: User) -> Any:
    """The submission of the holding statement. Ben may approve it."""
    return states.submit(holding, by=ada)


@pytest.fixture
@remembered
def published(submitted: Any, ben: User) -> Any:
    """The approval of the holding statement: its words are public, the next update is promised for 16:01 UTC."""
    return approval.approve(submitted, by=ben, seen_digest=submitted.digest)


@pytest.fixture
@remembered
def commitment(published: Any, ada: User, ben: User, tom: User) -> Any:
    """A public commitment that Tom owns, due in ten days, made by an update."""
    due = START + timedelta(days=10)
    return states.promise(published.incident, writer=ada, approver=ben, owner=tom, due_at=due)
