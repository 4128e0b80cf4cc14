"""The Celery application. Celery is the clock and the doorbell; the rows are the queue."""

from celery import Celery

app = Celery("answerable")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
