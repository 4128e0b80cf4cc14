"""The draft check from the terminal, which says what the program says."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from incidents.draft_check import Context, check
from incidents.models import Statement

Manage = Callable[..., subprocess.CompletedProcess[str]]
TEXT = "Our agent sent wrong prices. It was a minor glitch."


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "draft.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.process
def test_it_answers_as_the_program_does_and_ends_with_1_when_something_blocks(manage: Manage, draft: Path) -> None:
    done = manage("check_draft", str(draft), "--alone", "--stage", "holding", "--field", "next_update_at")

    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout) == check(TEXT, "holding", Context(fields=frozenset({"next_update_at"}))).as_json()


def test_a_part_that_has_nothing_ends_well(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft.write_text("Our agent sent wrong prices.", encoding="utf-8")

    call_command("check_draft", str(draft), "--part", "--alone")

    assert json.loads(capsys.readouterr().out)["verdict"] == "No stock phrase found."


@pytest.mark.process
def test_without_a_database_it_says_how_to_do_without(manage: Manage, draft: Path) -> None:
    done = manage("check_draft", str(draft))

    assert done.returncode == 2
    assert "With --alone the words are read without it." in done.stderr


@pytest.mark.django_db
def test_terminal_and_desk_give_the_same_answer_as_the_editor(
    holding: Statement, rosa: User, draft: Path, client_of: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, numbers of facts, the promise in its field: what is found in the saved words is found in the same text."""
    incident = holding.incident
    words = f"{holding.words()}\n\nThe assistant sent 212 letters, and 5 emails. {rosa.name} wrote it."
    draft.write_text(words, encoding="utf-8")
    number = str(incident.pk)
    asked = {"text": words, "kind": "holding", "incident": number, "field": ["next_update_at"]}

    with pytest.raises(SystemExit):
        call_command("check_draft", str(draft), "--stage=holding", "--incident", number, "--field=next_update_at")
    told = json.loads(capsys.readouterr().out)
    answer = client_of(rosa).post("/desk/draft-check/", asked).json()

    assert told == answer
    found = [(one["rule"], one["text"]) for one in told["findings"] if one["severity"] == "blocking"]
    assert ("PII", rosa.name) in found
    assert not [rule for rule, _ in found if rule.endswith("MISSING")]
    numbers = [one["text"] for one in told["findings"] if one["rule"] == "NUMBER-UNSOURCED"]
    assert [text for text in numbers if "5 emails" in text]
    assert not [text for text in numbers if "212" in text]


@pytest.mark.django_db
def test_without_an_incident_the_organisation_is_known_and_nothing_of_incidents(
    holding: Statement, rosa: User, draft: Path, client_of: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    draft.write_text(f"{rosa.name} sent 212 emails.", encoding="utf-8")

    with pytest.raises(SystemExit):
        call_command("check_draft", str(draft), "--part")
    told = json.loads(capsys.readouterr().out)
    answer = client_of(rosa).post(
        "/desk/draft-check/", {"text": f"{rosa.name} sent 212 emails.", "kind": "update", "part": "1"}
    )

    assert told == answer.json()
    assert {"PII", "NUMBER-UNSOURCED"} <= {one["rule"] for one in told["findings"]}


@pytest.mark.django_db
def test_what_is_given_takes_the_place_of_what_is_known(
    holding: Statement, rosa: User, draft: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft.write_text(f"{rosa.name} sent 212 emails.", encoding="utf-8")

    call_command("check_draft", str(draft), "--part", "--context", '{"known_names": [], "number_cited": true}')

    assert json.loads(capsys.readouterr().out)["findings"] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"incident": "x"}, 422),
        ({"incident": "4711"}, 404),
        ({"incident": "0"}, 404),
        ({"field": "date"}, 422),
        ({"incident": "1" * 30}, 422),
    ],
)
def test_what_the_desk_cannot_read_it_says(
    rosa: User, client_of: Callable[..., Any], asked: dict[str, str], status: int
) -> None:
    answer = client_of(rosa).post("/desk/draft-check/", {"text": "a", "kind": "update"} | asked)

    assert answer.status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        (b"a", ["--context", "{"], "The context is no JSON"),
        (b"a", ["--context", '{"cause": true}'], "The context has no cause. It has cause_established"),
        (b"a", ["--incident", "4711"], "There is no incident 4711."),
        (b"a", ["--incident", "0"], "There is no incident 0."),
        (b"a", ["--incident", "1" + "0" * 30], "There is no incident 1000"),
        (b"a", ["--incident", "7", "--alone"], "With --alone nothing is known of an incident."),
        (b"a", ["--incident", "0", "--alone"], "With --alone nothing is known of an incident."),
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
