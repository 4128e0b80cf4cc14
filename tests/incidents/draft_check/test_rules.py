"""The rule file: read once, only when asked, and refused by name when something in it is wrong."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from incidents.draft_check import Context, Stage, check
from incidents.draft_check.findings import Override, Severity
from incidents.draft_check.patterns import bounded, compiled
from incidents.draft_check.rules import FILE, BadRules, load, shipped
from tests.config.conftest import ROOT

RULE = {
    "id": "ONE", "name": "One", "scope": "sentence", "stages": {"update": "warning"}, "override": "author",
    "detects": "the word", "message": "'{match}'.", "better": "another", "patterns": "\\bword\\b",
}  # fmt: skip


def toml(value: Any) -> str:
    """A value on one line, as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else json.dumps(value)


def file(macros: str = "", **changes: Any) -> str:
    rule = {key: value for key, value in {**RULE, **changes}.items() if value is not None}
    return f"macros = {toml(macros)}\nrules = {toml([rule])}"


def test_our_own_rules_are_all_there() -> None:
    rules = list(shipped())

    assert len(rules) == 24
    assert {rule.override for rule in rules} == set(Override)
    assert {severity for rule in rules for block in rule.blocks for severity in block.stages.values()} == set(Severity)
    assert {stage for rule in rules for block in rule.blocks for stage in block.stages} == set(Stage)
    assert shipped() is shipped()
    assert shipped()["PII"].any_language


def test_nothing_is_read_before_the_first_draft() -> None:
    program = "import incidents.draft_check; from incidents.draft_check.rules import shipped; print(shipped.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["0"]


def test_a_file_of_ones_own_is_used() -> None:
    rules = load(file("WORD = (?:word|term)", patterns="# what it looks for\n\\b{WORD}s?\\b"))

    assert [one.text for one in check("Terms.", "update", whole=False, rules=rules).findings] == ["Terms"]
    assert check("A phrase.", "update", whole=False, rules=rules).is_clean


def test_a_further_block_has_its_own_conditions_and_adds_to_what_is_excused() -> None:
    also = [{"stages": {"holding": "blocking"}, "patterns": "\\bterm\\b", "unless": "\\bthe term"}]
    rules = load(file(unless="\\bno (?:word|term)\\b", also=also))

    def found(text: str, stage: str) -> list[Severity]:
        return [one.severity for one in check(text, stage, whole=False, rules=rules).findings]

    assert found("A word and a term.", "update") == ["warning"]
    assert found("A word and a term.", "holding") == ["blocking"]
    assert found("No term, and the term.", "holding") == found("A word.", "holding") == []


def test_what_a_text_says_anywhere_can_excuse_all_of_it_for_one_block() -> None:
    also = [{"patterns": "\\bterm\\b", "unless_text": "\\bexplained\\b"}]
    rules = load(file(also=also))

    def found(text: str) -> list[str]:
        return [one.text for one in check(text, "update", whole=False, rules=rules).findings]

    assert found("A term. A word.") == ["term", "word"]
    assert found("A term. A word. Both are explained.") == ["word"]


def test_what_is_said_of_a_whole_message_counts_where_every_sentence_matches() -> None:
    rules = load(file(patterns="\\bwords?\\b", every_sentence=True))

    def found(text: str, *, whole: bool = True) -> list[tuple[int, str]]:
        return [(one.sentence, one.text) for one in check(text, "update", whole=whole, rules=rules).findings]

    assert found("A word. Two words.\n\n- Words\n") == [(0, "word")]
    assert found("A word. Two terms.") == []
    assert found("...") == found("") == []
    assert found("A word.", whole=False) == []


def test_any_rule_can_look_for_the_names_of_agents_in_words_of_its_own() -> None:
    known = Context(internal_names=frozenset({"pilot-7"}))

    def found(**changes: Any) -> list[tuple[str, str, str, str]]:
        rules = load(file(scope="text", **changes))
        findings = check("A word of pilot-7.", "update", known, whole=False, rules=rules).findings
        return [(one.rule, one.name, one.message, one.better) for one in findings]

    word, told = (
        ("ONE", "One", "'word'.", "another"),
        {"name": "Inside", "message": "Not {match}.", "better": "the pilot"},
    )
    assert found() == [word]
    assert found(dynamic="internal_names") == [word, ("ONE", "One", "'pilot-7'.", "another")]
    assert found(dynamic="internal_names", of_a_name=told) == [word, ("ONE", "Inside", "Not pilot-7.", "the pilot")]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("[", "no TOML"),
        ("rules = []", "two keys"),
        (file(patern="x"), "Rule ONE: patern is no key of a rule"),
        (file(message=None), "Rule ONE: message is not given"),
        (file(patterns="(word"), 'Rule ONE: in "(word"'),
        (file(patterns="{WORD}"), "there is no macro {WORD}"),
        (file(patterns="x?"), "it matches where nothing stands"),
        (file(patterns=None), "it looks for nothing"),
        (file(stages={"first": "warning"}), "Rule ONE: 'first' is not a valid Stage"),
        (file(stages={"update": "grave"}), "'grave' is not a valid Severity"),
        (file(override="nobody"), "'nobody' is not a valid Override"),
        (file(scope="word"), "word is none of sentence, text, document"),
        (file(dynamic="names"), "names is none of known_names, internal_names"),
        (file(of_a_name={"name": "x"}), "of_a_name is said of what dynamic = internal_names finds"),
        (file(dynamic="internal_names", of_a_name={"title": "x"}), "unexpected keyword argument 'title'"),
        (file(when={"caused": True}), "caused is none of cause_established"),
        (file(also=[{"name": "x"}]), "name is no key of a block under also"),
        (file("WORD word"), 'A macro reads "NAME = expression", not "WORD word"'),
        (file("WORD = (?:word )*"), "Macro WORD: )* has no end"),
        (file("WORD = a{2,}"), "Macro WORD: {2,} has no end"),
        (file("WORD = (?:a ){2,90}"), "repeats a group more than 64 times"),
        (file(patterns="word\\s+here"), "would match a line break"),
        (file(patterns="word[\\W]here"), "would match a line break"),
        (f"macros = ''\nrules = {toml([RULE, RULE])}", "more than one rule ONE"),
        ("macros = ''\nrules = ['ONE']", "Rule that is no table"),
    ],
)
def test_what_is_wrong_is_said_by_name(source: str, said: str) -> None:
    with pytest.raises(BadRules, match=re.escape(said)):
        load(source)


def test_one_line_that_runs_on_spoils_our_own_rules() -> None:
    source = FILE.read_text(encoding="utf-8")
    spoiled = source.replace("require_any = '''\n", "require_any = '''\n(?:a )+\n", 1)

    assert spoiled != source
    with pytest.raises(BadRules, match="Rule ACK-MISSING"):
        load(spoiled)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("A+b*", "a{1,40}b{0,40}"),
        (r"\d[^X]+?", r"\d[^\nx]{1,40}?"),
        (r"[A-Z\]]{2,9}", r"[a-z\]]{2,9}"),
        (r"\B\+", r"\B\+"),
    ],
)
def test_an_expression_is_bounded_and_in_lower_case(written: str, meant: str) -> None:
    assert bounded(written) == meant


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we hope to be back by noon", ["hope to be back by noon"]),
        ("back we hope, by noon", []),
        ("we hope; all is back by noon", []),
        ("we hope\nit is back by noon", []),
        ("hope " + "x" * 30 + " back by noon", []),
        ("hope hope back by noon", ["hope back by noon"]),
        ("hope is back by noon, by noon", ["hope is back by noon", "hope is back by noon, by noon"]),
    ],
)
def test_steps_follow_one_another_within_a_clause(text: str, found: list[str]) -> None:
    chain = compiled(r"\bhope\b ~20~ \bback\b ~20~ \bby noon\b", {})

    assert [text[one.start : one.end] for one in chain.spans(text)] == found
