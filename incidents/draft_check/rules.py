"""The rule file, read and validated once in a process and only when the first draft is checked."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from incidents.draft_check.context import CONDITIONS, Context, Stage
from incidents.draft_check.findings import Override, Severity
from incidents.draft_check.patterns import BadPattern, Chain, compiled, expand, expression

FILE = Path(__file__).with_name("rules.toml")
SCOPES = ("sentence", "text", "document")
DYNAMIC = ("known_names", "internal_names")  # which names of the context are looked for beside the patterns
OF_A_NAME = ("name", "message", "better")  # what can be said otherwise of an internal name than of a pattern
EXCUSES = ("unless", "unless_sentence", "unless_text")
PATTERNS = ("patterns", *EXCUSES, "require_any", "require_same_sentence", "luhn_patterns")

# An `also` block says these anew and takes the rest from its rule.
OF_A_BLOCK = {"stages", "when", "when_stage", "message", "better", "every_sentence", *PATTERNS}
NEEDED = {"id", "name", "scope", "stages", "override", "detects", "message", "better"}
KNOWN = NEEDED | OF_A_BLOCK | {"requires_field", "missing", "dynamic", "of_a_name", "any_language", "fixes", "also"}


class BadRules(ValueError):
    """The rule file cannot be used. The sentence names the rule, the key and what is wrong there."""


@dataclass(frozen=True)
class Replacement:
    """``find`` within the sentence, around the finding, may become ``put`` (which may name a group) by one click."""

    find: re.Pattern[str]
    put: str


@dataclass(frozen=True)
class Said:
    """What a finding is called, and what is said of it."""

    name: str
    message: str
    better: str


@dataclass(frozen=True)
class Block:
    """Patterns that count under the same conditions."""

    stages: Mapping[Stage, Severity]
    when: Mapping[str, bool]
    when_stage: Mapping[Stage, Mapping[str, bool]]
    message: str
    better: str
    patterns: tuple[Chain, ...] = ()
    unless: tuple[Chain, ...] = ()
    unless_sentence: tuple[Chain, ...] = ()
    unless_text: tuple[Chain, ...] = ()
    require_any: tuple[Chain, ...] = ()
    require_same_sentence: tuple[Chain, ...] = ()
    luhn_patterns: tuple[Chain, ...] = ()
    every_sentence: bool = False

    def severity(self, stage: Stage, context: Context) -> Severity | None:
        """How grave it is here, or nothing where these patterns are not asked."""
        wanted = {**self.when, **self.when_stage.get(stage, {})}
        met = all(getattr(context, name) == value for name, value in wanted.items())
        return self.stages.get(stage) if met else None


@dataclass(frozen=True)
class Rule:
    id: str
    name: str
    scope: str
    override: Override
    detects: str
    blocks: tuple[Block, ...]
    of_a_name: Said
    requires_field: tuple[str, ...] = ()
    missing: str = ""
    dynamic: str = ""
    any_language: bool = False
    fixes: tuple[Replacement, ...] = ()


@dataclass(frozen=True)
class RuleSet:
    rules: tuple[Rule, ...]
    digest: str

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __getitem__(self, name: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == name)


@cache
def shipped() -> RuleSet:
    """Our own rules."""
    return load(FILE.read_text(encoding="utf-8"))


def load(source: str) -> RuleSet:
    """Read a rule file. Whatever is wrong with it is said by name, and then none of it is used."""
    try:
        given = tomllib.loads(source)
    except tomllib.TOMLDecodeError as trouble:
        raise BadRules(f"The rule file is no TOML: {trouble}")
    if set(given) != {"macros", "rules"}:
        raise BadRules('A rule file has two keys, "macros" and "rules".')
    macros = _macros(given["macros"])
    rules = tuple(_rule(one, macros) for one in given["rules"])
    if doubled := {rule.id for rule in rules if [other.id for other in rules].count(rule.id) > 1}:
        raise BadRules(f"There is more than one rule {', '.join(sorted(doubled))}.")
    return RuleSet(rules, hashlib.sha256(source.encode()).hexdigest())


def _macros(source: str) -> dict[str, str]:
    """Each on a line, `NAME = expression`, which may use those above it."""
    found: dict[str, str] = {}
    for line in _lines(source):
        name, equals, text = (part.strip() for part in line.partition("="))
        if not equals or not re.fullmatch("[A-Z_]{2,40}", name):
            raise BadRules(f'A macro reads "NAME = expression", not "{line[:60]}".')
        try:
            found[name] = expand(text, found)
            expression(found[name], {})
        except BadPattern as trouble:
            raise BadRules(f"Macro {name}: {trouble}.")
    return found


def _rule(given: Any, macros: Mapping[str, str]) -> Rule:
    name = given.get("id", "without an id") if isinstance(given, dict) else "that is no table"
    try:
        _check_keys(given)
        blocks = (given, *(_further(given, block) for block in given.get("also", ())))
        return Rule(
            id=given["id"],
            name=given["name"],
            scope=_one_of(given["scope"], SCOPES),
            override=Override(given["override"]),
            detects=given["detects"],
            blocks=tuple(_block(block, macros) for block in blocks),
            requires_field=_words(given.get("requires_field", ())),
            missing=given.get("missing", given["message"]),
            dynamic=_one_of(given["dynamic"], DYNAMIC) if "dynamic" in given else "",
            of_a_name=Said(**{key: given[key] for key in OF_A_NAME} | given.get("of_a_name", {})),
            any_language=bool(given.get("any_language", False)),
            fixes=tuple(Replacement(expression(one["find"], macros), one["put"]) for one in given.get("fixes", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise BadRules(f"Rule {name}: {trouble}.")


def _check_keys(given: Mapping[str, Any]) -> None:
    if missing := sorted(NEEDED - set(given)):
        raise BadRules(f"{', '.join(missing)} is not given")
    if strange := sorted(set(given) - KNOWN):
        raise BadRules(f"{', '.join(strange)} is no key of a rule")
    if "of_a_name" in given and given.get("dynamic") != "internal_names":
        raise BadRules("of_a_name is said of what dynamic = internal_names finds")
    for block in given.get("also", ()):
        if strange := sorted(set(block) - OF_A_BLOCK):
            raise BadRules(f"{', '.join(strange)} is no key of a block under also")
    if not any(given.get(key) for key in ("patterns", "require_any", "require_same_sentence", "requires_field")):
        raise BadRules("it looks for nothing")


def _further(given: Mapping[str, Any], block: Mapping[str, Any]) -> dict[str, Any]:
    """A block under `also`: its own conditions, the rest from the rule, and what either of them excuses."""
    taken = {key: given[key] for key in OF_A_BLOCK - {"when", "when_stage", "every_sentence"} if key in given}
    excused = {key: f"{given.get(key, '')}\n{block.get(key, '')}" for key in EXCUSES}
    return {**taken, **block, **excused}


def _block(given: Mapping[str, Any], macros: Mapping[str, str]) -> Block:
    return Block(
        stages={Stage(stage): Severity(severity) for stage, severity in given["stages"].items()},
        when=_conditions(given.get("when", {})),
        when_stage={Stage(stage): _conditions(when) for stage, when in given.get("when_stage", {}).items()},
        message=given["message"],
        better=given["better"],
        every_sentence=bool(given.get("every_sentence", False)),
        **{key: _compiled(given.get(key, ""), macros) for key in PATTERNS},
    )


def _conditions(given: Mapping[str, bool]) -> Mapping[str, bool]:
    return {_one_of(name, CONDITIONS): bool(value) for name, value in given.items()}


def _compiled(source: str, macros: Mapping[str, str]) -> tuple[Chain, ...]:
    found = []
    for line in _lines(source):
        try:
            found.append(compiled(line, macros))
        except BadPattern as trouble:
            raise BadRules(f'in "{line[:80]}": {trouble}')
    return tuple(found)


def _lines(source: str) -> list[str]:
    """One expression on each line; a line that begins with "# " explains those below it."""
    lines = [line.strip() for line in source.splitlines()]
    return [line for line in lines if line and not line.startswith("# ")]


def _words(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _one_of(value: str, values: tuple[str, ...]) -> str:
    if value not in values:
        raise BadRules(f"{value} is none of {', '.join(values)}")
    return value
