"""Static files: names that carry a hash of the content, and each stylesheet as one file.

In the sources a stylesheet is split by subject and joined by relative imports, which a browser would fetch one after
the other. Here the imports are replaced by what they import, before the name is hashed.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = re.compile(r'^@import\s+"(?P<name>[\w.-]+\.css)";[ \t]*$', re.MULTILINE)
_ANY_IMPORT = re.compile(r"^\s*@import\b.*$", re.MULTILINE)


class UnknownImport(ValueError):
    """An `@import` that is not of a file in the same folder, written as `@import "name.css";` on a line of its own."""


def inlined(stylesheet: str, *, read: Any, name: str, seen: tuple[str, ...] = ()) -> str:
    """Replace each relative import by the file it names. `read` returns the text of a sheet by its path."""
    if name in seen:
        raise UnknownImport(f"{name} imports itself through {' and '.join(seen)}")

    def content(match: re.Match[str]) -> str:
        imported = posixpath.join(posixpath.dirname(name), match["name"])
        return inlined(read(imported), read=read, name=imported, seen=(*seen, name)).strip()

    joined = _IMPORT.sub(content, stylesheet)
    if left := _ANY_IMPORT.search(joined):
        raise UnknownImport(f"{name}: {left[0].strip()}")
    return joined


class OneFilePerStylesheet(CompressedManifestStaticFilesStorage):
    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if dry_run:
            return
        sources = dict(paths)

        def read(name: str) -> str:
            storage, path = sources[name]
            with storage.open(path) as file:
                return str(file.read().decode())

        for name in [path for path in paths if path.endswith(".css")]:
            text = read(name)
            if not _IMPORT.search(text):
                continue
            Path(self.path(name)).unlink(missing_ok=True)
            self._save(name, ContentFile(inlined(text, read=read, name=name).encode()))
            paths[name] = (self, name)  # hash and compress the joined sheet, not its source
        yield from super().post_process(paths, dry_run, **options)
