from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import override_settings

from config.static import UnknownImport, inlined

SHEETS = {
    "css/page.css": '@import "tokens.css";\n@import "base.css";\n\np { color: red }\n',
    "css/tokens.css": ":root { --ink: black }\n",
    "css/base.css": '@import "tokens.css";\nbody { margin: 0 }\n',
    "css/far.css": '@import url("https://elsewhere.example/x.css");\n',
    "css/loop.css": '@import "loop.css";\n',
}


def joined(name: str) -> str:
    return inlined(SHEETS[name], read=SHEETS.__getitem__, name=name)


def test_a_stylesheet_takes_in_what_it_imports_in_order() -> None:
    assert joined("css/page.css") == (
        ":root { --ink: black }\n:root { --ink: black }\nbody { margin: 0 }\n\np { color: red }\n"
    )


@pytest.mark.parametrize("name", ["css/far.css", "css/loop.css"])
def test_an_import_that_cannot_be_taken_in_is_an_error(name: str) -> None:
    with pytest.raises(UnknownImport):
        joined(name)


def test_each_stylesheet_ships_as_one_hashed_and_compressed_file(tmp_path: Path) -> None:
    storages = {"staticfiles": {"BACKEND": "config.static.OneFilePerStylesheet"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)

    for name in ("desk", "public"):
        (sheet,) = (tmp_path / "css").glob(f"{name}.*.css")
        assert "@import" not in sheet.read_text()
        assert "--ink" in sheet.read_text()
        assert sheet.with_name(f"{sheet.name}.gz").exists()
        assert sheet.with_name(f"{sheet.name}.br").exists()
    assert not (tmp_path / "css/desk.css").exists()
