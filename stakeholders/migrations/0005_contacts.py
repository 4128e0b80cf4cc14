"""Addresses outside that belong to a group."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower

import clock

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("stakeholders", "0004_abandoned"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            "Contact",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=120)),
                ("address", models.EmailField(max_length=254)),
                ("added_at", models.DateTimeField(default=clock.now)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("added_by", models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=PROTECT, related_name="+")),
                (
                    "group",
                    models.ForeignKey("stakeholders.stakeholdergroup", on_delete=PROTECT, related_name="contacts"),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, blank=True, null=True, on_delete=PROTECT, related_name="+"
                    ),
                ),
            ],
            options={"ordering": ["address", "pk"]},
        ),
        migrations.AddConstraint(
            "Contact",
            models.UniqueConstraint(
                F("group"), Lower("address"), condition=Q(removed_at=None), name="contact_once_in_a_group"
            ),
        ),
        migrations.AddConstraint(
            "Contact",
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None) | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="contact_removed_by_somebody",
            ),
        ),
    ]
