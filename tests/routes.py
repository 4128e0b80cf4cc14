"""Every address that the installation knows, read from the resolver, so that no list can forget one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

# What stands for each argument of an address: by the name of the route and argument, else by the argument alone.
ARGUMENTS: dict[str, Any] = {}


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    arguments: tuple[str, ...]

    def address(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={argument: values[argument] for argument in self.arguments})


def routes() -> list[Route]:
    """All named routes. An address without a name fails, because no table could speak of it."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, namespace: str, before: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner, pattern)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{pattern} has no name"
            arguments = tuple(entry.pattern.regex.groupindex) or tuple(entry.pattern.converters)
            yield Route(f"{namespace}{entry.name}", pattern, arguments)
