"""EMAIL_URL leads to a mail server or is refused at the start, never half-way through the first reminder."""

import subprocess
from collections.abc import Callable

import pytest

Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("url", ["ftp://mail.example.org", "mail.example.org:25", "console://", "smtp://", "sendmail"])
def test_what_names_no_mail_server_is_refused_with_a_hint(manage: Manage, url: str) -> None:
    done = manage("check", EMAIL_URL=url)

    assert done.returncode == 1
    assert "answerable.E012" in done.stderr
    assert "HINT: Set EMAIL_URL to your mail server" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("scheme", ["submission", "smtps", "smtp"])
def test_what_the_documentation_offers_is_accepted(manage: Manage, scheme: str) -> None:
    done = manage("check", EMAIL_URL=f"{scheme}://user:pass%40word@mail.example.org:587")

    assert done.returncode == 0, done.stderr
    assert "answerable.E012" not in done.stderr


def test_the_refusal_does_not_repeat_the_password(manage: Manage) -> None:
    assert "hunter2" not in manage("check", EMAIL_URL="imap://user:hunter2@mail.example.org").stderr
