"""The map of addresses. Three zones: public (from the edition), threshold, inside (everything under /desk/)."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
