"""The draft check from the terminal, which says what the program says."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from incidents.draft_check import Context, check

Manage = Callable[..., subprocess.CompletedProcess[str]]
TEXT = "Our agent sent wrong prices. It was a minor glitch."


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.process
def test_it_answers_as_the_program_does_and_ends_with_1_when_something_blocks(manage: Manage, draft: Path) -> None:
    done = manage("check_draft", str(draft), "--stage", "holding", "--context", '{"fields": ["next_update_at"]}')

    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout) == check(TEXT, "holding", Context(fields=frozenset({"next_update_at"}))).as_json()


def test_a_part_that_has_nothing_ends_well(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft.write_text("Our agent sent wrong prices.", encoding="utf-8")

    call_command("check_draft", str(draft), "--part")

    assert json.loads(capsys.readouterr().out)["verdict"] == "No stock phrase found."


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        (b"a", ["--context", "{"], "The context is no JSON"),
        (b"a", ["--context", '{"cause": true}'], "The context has no cause. It has cause_established"),
        (b"a" * 20_001, [], "The draft has 20,001 characters"),
        (b"\xff\xfe", [], "The draft is no text in UTF-8."),
        (None, [], "The draft cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_checked_is_said_in_a_sentence(
    tmp_path: Path, content: bytes | None, words: list[str], said: str
) -> None:
    path = tmp_path / "draft.txt"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        call_command("check_draft", str(path), *words)

    assert str(refused.value).startswith(said)
    assert refused.value.returncode == 2
