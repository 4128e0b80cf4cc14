"""The answer: what is found, where it stands, who may let it stand, and what is never said."""

import json

import pytest

from incidents.draft_check import (
    CLEAN,
    FIVE_QUESTIONS,
    LIMIT,
    Context,
    Override,
    Result,
    Severity,
    Stage,
    TooLong,
    all_counts,
    check,
    counts_in,
    digest_of,
)

PROMISED = Context(fields=frozenset({"next_update_at"}))
FIRST = "Our agent sent wrong prices. We are investigating. We will post the next update here by 16:30 UTC."


def found(text: str, stage: str = "update", context: Context | None = None) -> set[str]:
    return {finding.rule for finding in check(text, stage, context, whole=False).findings}


def test_a_finding_underlines_what_was_typed() -> None:
    text = "We know more. It was a **mi\u200bnor** problem — we are sorry."

    (finding,) = check(text, "update", whole=False).findings

    assert (finding.rule, finding.severity, finding.override) == ("MINIMISE", Severity.BLOCKING, Override.COMMANDER)
    assert text[finding.start : finding.end] == finding.text == "mi\u200bnor** problem"
    assert finding.text in finding.message
    assert finding.sentence == 1
    assert finding.better


def test_the_limit_is_said_and_kept() -> None:
    assert check("a" * LIMIT, "update", PROMISED).is_clean is False  # no time is promised in it
    with pytest.raises(TooLong, match=r"20,001 characters\. At most 20,000"):
        check("a" * (LIMIT + 1), "update")


def test_a_clean_answer_never_says_that_it_is_safe() -> None:
    result = check(FIRST, "holding", PROMISED)

    assert result.is_clean
    assert result.verdict == CLEAN == "No stock phrase found."
    assert len(FIVE_QUESTIONS) == 5
    assert "safe" not in json.dumps(result.as_json()).lower()


def test_of_what_stacks_up_in_a_sentence_the_three_gravest_are_shown() -> None:
    text = "We are sorry for any minor glitch, which a user tricked our LLM into, and soon it will be fully resolved."

    result = check(text, "update", whole=False)

    assert len(result.findings) > 4
    assert len(result.shown) == 3
    assert all(finding.is_blocking for finding in result.shown)
    assert [finding["shown"] for finding in result.as_json()["findings"]].count(True) == 3


def test_each_sentence_is_told_apart() -> None:
    result = check("It was a glitch. It was a glitch.\nIt was a glitch.", "update", whole=False)

    assert [finding.sentence for finding in result.findings] == [0, 1, 2]
    assert len(result.shown) == 3


def test_a_phrase_does_not_run_across_the_end_of_a_sentence() -> None:
    assert found("It reached a few. Customers wrote to us.") == set()
    assert found("It reached a few customers.") == {"MINIMISE"}


def test_a_missing_field_can_never_be_overridden() -> None:
    result = check("More robust checks of the replies.", "commitment")
    by_words, by_field = (
        next(finding for finding in result.findings if bool(finding.missing) is missing) for missing in (False, True)
    )

    assert by_field.missing == ("owner", "due_at", "verification")
    assert by_field.message.endswith("Owner, Date and How an outsider can check.")
    assert (by_field.override, by_field.can_be_overridden) == (Override.NEVER, False)
    assert (by_words.override, by_words.can_be_overridden) == (Override.COMMANDER, True)


def test_with_the_fields_filled_only_the_words_are_found() -> None:
    context = Context(fields=frozenset({"owner", "due_at", "verification"}))

    assert [finding.missing for finding in check("More robust checks.", "commitment", context).findings] == [()]


def test_a_part_of_a_message_lacks_nothing() -> None:
    assert check("Our agent sent wrong prices.", "holding", whole=False).is_clean
    assert {one.rule for one in check("Our agent sent wrong prices.", "holding").findings} == {
        "INVEST-MISSING",
        "TIMEFRAME-MISSING",
    }


# --- R119: a safety warning -----------------------------------------------------------------------


def test_a_warning_must_acknowledge_investigate_promise_and_leak_nothing() -> None:
    result = check("Do not use the app. Write to dana@example.org, key sk-EXAMPLE-EXAMPLE-EXAMPLE.", "warning")

    assert {finding.rule for finding in result.blocking} == {
        "ACK-MISSING", "INVEST-MISSING", "TIMEFRAME-MISSING", "PII", "INTERNAL-LEAK",
    }  # fmt: skip


def test_the_wording_of_a_warning_holds_nothing_up() -> None:
    result = check("There is nothing to worry about, we believe a user tricked it.", "warning", whole=False)

    assert {finding.rule for finding in result.warnings} == {"MINIMISE", "SPECULATE", "BLAME-SHIFT"}
    assert result.blocking == ()


# --- What the incident knows ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule", "without", "given"),
    [
        ("It was caused by an old list.", "SPECULATE", Context(), Context(cause_established=True)),
        ("It is now resolved.", "PREMATURE-RESOLVED", Context(), Context(recovered=True)),
        ("No data was exposed.", "ABSOLUTE", Context(), Context(claim_verified=True)),
        ("The pods are slow.", "JARGON", Context(), Context(audience_technical=True)),
        ("It sent 858 emails.", "NUMBER-UNSOURCED", Context(number_cited=False), Context()),
        ("We will refund you.", "PREMATURE-FIX", Context(), Context(cause_established=True)),
    ],
)
def test_a_rule_is_silent_once_its_fact_is_there(text: str, rule: str, without: Context, given: Context) -> None:
    assert rule in found(text, "update", without)
    assert rule not in found(text, "update", given)


def test_a_number_is_cited_only_for_what_it_counts() -> None:
    context = Context(
        number_cited=False, counts=all_counts(["The log shows 858 emails.", "1,200 users had one; $30 each"])
    )

    assert found("It sent 858 emails.", "update", context) == set()
    assert found("It wrote to 1200 customers.", "update", context) == set()
    assert found("We paid $30 back.", "update", context) == set()
    assert found("It wrote to 858 customers.", "update", context) == {"NUMBER-UNSOURCED"}
    assert found("It sent 859 emails.", "update", context) == {"NUMBER-UNSOURCED"}
    assert counts_in("858 executions, 847 people") == {("858", "execution"), ("847", "people")}


def test_a_number_that_is_not_cited_is_found_behind_one_that_is() -> None:
    context = Context(number_cited=False, counts=counts_in("858 emails"))

    assert found("It sent 858 emails and then 31 emails.", "update", context) == {"NUMBER-UNSOURCED"}


# --- Leaks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Card 4111\n1111 1111 1111 was charged.", "PII"),
        ("See <dana@example.org>.", "PII"),
        ("Write to `ops@example.org` now.", "PII"),
        ('<a href="https://x.atlassian.net/1">notes</a>', "INTERNAL-LEAK"),
        ("The key sk-EXAMPLE\u200b-EXAMPLE-EXAMPLE leaked.", "INTERNAL-LEAK"),
    ],
)
def test_a_leak_does_not_hide(text: str, rule: str) -> None:
    assert rule in found(text)


def test_every_leak_is_found_and_not_only_the_first_in_a_sentence() -> None:
    findings = check("It wrote to a@example.org and b@example.org.", "update", whole=False).findings

    assert [finding.text for finding in findings] == ["a@example.org", "b@example.org"]


def test_digits_that_are_no_card_are_none() -> None:
    assert found("Run 4111 1111 1111 1112 was stopped.") == set()


def test_what_is_published_is_no_leak_and_what_only_contains_it_is() -> None:
    context = Context(allow=frozenset({"help@ourcompany.example"}))

    assert found("Write to help@ourcompany.example.", "update", context) == set()
    assert found("Write to dana.help@ourcompany.example.", "update", context) == {"PII"}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Dana River wrote to us.", True),
        ("We called dana\nriver.", True),
        ("Dana Riverside wrote.", False),
        ("Will called us.", True),
        ("We will call.", False),
        ("Jose\u0301 Li called.", True),
        ("We heard from O\u2019Neil.", True),
    ],
)
def test_known_names_are_whole_words(text: str, known: bool) -> None:
    context = Context(known_names=frozenset({"Dana River", "Will", "José Li", "O'Neil", " "}))

    assert ("PII" in found(text, "post_mortem", context)) is known


# --- Other languages ------------------------------------------------------------------------------


def test_another_language_gets_fields_and_leaks_and_the_answer_says_so() -> None:
    context = Context(language="de-AT")
    text = "Nur ein minor glitch, soon fixed. Schreiben Sie an dana@example.org."

    result = check(text, "holding", context)

    assert [(finding.rule, finding.missing) for finding in result.findings] == [
        ("TIMEFRAME-MISSING", ("next_update_at",)),
        ("PII", ()),
    ]
    assert result.phrases_checked is False
    assert "did not run" in result.verdict
    assert check("Alles ist gut.", "update", Context(language="de", fields=PROMISED.fields)).verdict != CLEAN
    assert check(text, "holding", Context(language="en-GB")).phrases_checked is True


# --- Replacements ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("Fortunately, the letters were stopped.", "The letters were stopped.", "MINIMISE"),
        ("We stopped it; thankfully, the list was short.", "We stopped it; the list was short.", "MINIMISE"),
        ("Please rest assured that your booking stands.", "Your booking stands.", "MINIMISE"),
        ("It reached only 12 people.", "It reached 12 people.", "MINIMISE"),
        ("Just 12 members got it.", "12 members got it.", "MINIMISE"),
        ("It is fully restored.", "It is restored.", "ABSOLUTE"),
        ("Going forward, we count them.", "We count them.", "VAGUE-COMMIT"),
        ("It has come to our attention that one was wrong.", "One was wrong.", "PASSIVE-EVASION"),
        ("PII was in it.", "Personal data was in it.", "JARGON"),
        ("It is an LLM.", "It is a language model.", "JARGON"),
        ("We use LLMs.", "We use language models.", "JARGON"),
    ],
)
def test_a_replacement_leaves_a_right_sentence_without_the_finding(before: str, after: str, rule: str) -> None:
    (finding,) = [one for one in check(before, "update", whole=False).findings if one.rule == rule]

    assert finding.fix
    assert before[: finding.fix.start] + finding.fix.put + before[finding.fix.end :] == after
    assert rule not in found(after)


@pytest.mark.parametrize("text", ["It reached **only** 12 people.", "It was a minor glitch.", "An LLM-based tool."])
def test_no_replacement_is_offered_where_it_might_be_wrong(text: str) -> None:
    findings = check(text, "update", whole=False).findings

    assert findings
    assert all(finding.fix is None for finding in findings)


# --- The answer in JSON ---------------------------------------------------------------------------


def test_the_answer_in_json_is_whole_and_plain() -> None:
    result = check("It was a minor glitch.", Stage.UPDATE, PROMISED)

    told = json.loads(json.dumps(result.as_json()))

    assert told == result.as_json()
    assert (told["stage"], told["phrases_checked"], len(told["text_digest"])) == ("update", True, 64)
    assert [one["rule"] for one in told["findings"]] == ["TIMEFRAME-MISSING", "MINIMISE"]
    assert told["findings"][1]["severity"] == "blocking"
    assert told["findings"][1]["can_be_overridden"] is True
    assert told["questions"] == list(FIVE_QUESTIONS)
    assert told["verdict"] == result.verdict == "1 must be dealt with, 1 to look at."


def test_the_same_draft_gets_the_same_answer() -> None:
    first, second = (check(FIRST, "holding", PROMISED) for _ in range(2))

    assert isinstance(first, Result)
    assert first == second
    assert first.text_digest == digest_of(FIRST) != check(FIRST + " ", "holding", PROMISED).text_digest
    assert len(digest_of("\ud800")) == 64


@pytest.mark.parametrize("stage", Stage)
def test_every_kind_of_statement_is_known_and_knows_leaks(stage: Stage) -> None:
    assert "PII" in found("Write to dana@example.org.", stage)


def test_a_context_from_plain_values_refuses_what_it_does_not_know() -> None:
    assert Context.of({"allow": ["a@b.example"], "fields": {"owner": 1}}).fields == {"owner"}
    with pytest.raises(ValueError, match=r"no causes\. It has cause_established"):
        Context.of({"causes": True})
