"""What a POST asks of the form that was sent, and rows of the database compared before and after.

Recorded where the program reads, not where a form is declared: a view that takes a name directly, a form that takes every
column, a loop over everything that came, each shows.
"""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.http import QueryDict

from tests.conftest import OUR_APPS

EVERYTHING = "*"
SENT = "sent"  # the field by which `tests.doors` marks what it sends
OF_DJANGO = {"csrfmiddlewaretoken", SENT}

# What a person with bad intent would try first, whatever our own columns are called.
TRIED_FIRST = {
    "status": "published",
    "state": "published",
    "published": "1",
    "approved": "true",
    "approved_by": "1",
    "by": "1",
    "actor": "1",
    "author": "1",
    "user": "1",
    "role": "administrator",
    "roles": "administrator",
    "is_active": "on",
    "is_staff": "on",
    "is_superuser": "on",
    "is_admin": "on",
    "groups": "1",
    "user_permissions": "1",
    "id": "1",
    "pk": "1",
    "version": "999",
    "basis": "solo",
    "kind": "resolution",
    "number": "1",
    "hash": "0" * 64,
    "digest": "0" * 64,
    "demo": "1",
    "force": "1",
    "skip_checks": "1",
    "_method": "PUT",
    "next": "https://elsewhere.example/",
}


@contextmanager
def recorded() -> Iterator[set[str]]:
    """The names that are read from the form while this is open; ``*`` for whoever takes all of it."""
    read: set[str] = set()

    def noting(name: str, original: Any) -> Any:
        def reading(form: QueryDict, *words: Any, **more: Any) -> Any:
            if dict.__contains__(form, SENT):
                read.add(str(words[0]) if words else EVERYTHING)
            return original(form, *words, **more)

        return reading

    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "__getitem__",
            "get",
            "getlist",
            "__contains__",
            "__iter__",
            "keys",
            "items",
            "lists",
            "values",
            "dict",
        ):
            patch.setattr(QueryDict, name, noting(name, getattr(QueryDict, name)))
        yield read


@contextmanager
def same_chance(seed: int = 7) -> Iterator[None]:
    """Tokens, salts and keys come out alike, so that two runs can be compared row by row."""
    chance = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_bytes", lambda count=None: chance.randbytes(count or 32))
        patch.setattr(secrets, "choice", chance.choice)
        _same_keys()
        yield


def _same_keys() -> None:
    """PostgreSQL does not take back the numbers that a rolled back transaction has drawn."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if isinstance(model._meta.pk, models.AutoField):
                table, key = model._meta.db_table, model._meta.pk.column
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), 1000000)", [table, key])


def planted() -> dict[str, str]:
    """A value for every column of every table of ours, by the names a form would have for it."""
    found: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_config.label in OUR_APPS:
            for field in model._meta.concrete_fields:
                for name in {field.name, field.attname}:
                    found.setdefault(name, _value(field))
    return found | TRIED_FIRST


def _value(field: Any) -> str:
    """Something that the column would take and that would be seen if it did."""
    if field.choices:
        return str(field.flatchoices[-1][0])
    if isinstance(field, models.ForeignKey):
        last = field.related_model._base_manager.order_by("pk").last()
        return str(last.pk) if last else "1"
    kinds = {
        models.BooleanField: "on",
        models.DateTimeField: "2020-01-01T00:00:00Z",
        models.JSONField: '{"planted": 1}',
        models.EmailField: "planted@elsewhere.example",
    }
    found = next((value for kind, value in kinds.items() if isinstance(field, kind)), None)
    return found or ("999" if isinstance(field, models.IntegerField) else "planted")
