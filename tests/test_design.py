"""The visual language, held by machine: colours, sizes, what templates may hold, and what the tags put out."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from math import dist
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from django.test import RequestFactory

from accounts.fields import MomentField
from accounts.models import User
from config.static import inlined
from config.templatetags import symbols
from incidents.models import Commitment, ContainmentAction, Fact, Urgency
from incidents.models.statement import ServiceState
from stakeholders.models import Outgoing
from tests.design import contrast, laboratory, seen_with

ROOT = Path(settings.BASE_DIR)
CSS = ROOT / "static" / "css"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
NOW = datetime(2026, 11, 19, 15, 16, tzinfo=UTC)

FILLS = ("working", "degraded", "down", "maintenance", "unknown")
INKS = ("ink", "ink-2", "ink-3", "link", "link-visited")
SHEETS = ("paper", "wash")


# Colours


def tokens(scheme: str) -> dict[str, str]:
    """The colours of `tokens.css` in daylight or in the dark, read from the file itself."""
    css = (CSS / "tokens.css").read_text()
    light, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    dark = rest.partition("@media")[0]
    read = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))
    assert set(FILLS) <= set(read)
    return read if scheme == "light" else read | dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))


@pytest.fixture(params=["light", "dark"])
def colours(request):
    return tokens(request.param)


@pytest.mark.check("U09")
def test_text_can_be_read_on_paper_and_on_a_tint(colours, figures):
    pairs = [*product(INKS, SHEETS), *product(("ink", "ink-2"), ("wash-2", "ins", "del")), ("ink", "mark")]
    pairs += [("button-ink", "button"), ("button-ink", "button-hover")]

    weak = {pair: contrast(*(colours[name] for name in pair)) for pair in pairs}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    figures("U09", weakest_text=round(min(weak.values()), 2))


@pytest.mark.check("U09")
def test_shapes_fields_and_focus_stand_out_from_the_page(colours, figures):
    pairs = product((*FILLS, "rule-strong", "focus", "mark-line", "ins-line", "del-line"), SHEETS)

    weak = {pair: contrast(*(colours[name] for name in pair)) for pair in pairs}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}
    figures("U09", weakest_shape=round(min(weak.values()), 2))


@pytest.mark.check("U09")
def test_states_differ_for_every_kind_of_eye(colours, figures):
    near = {}
    for sight, (one, other) in product(("normal", "protan", "deutan", "tritan"), combinations(FILLS, 2)):
        distance = dist(*(laboratory(seen_with(sight, colours[name])) for name in (one, other)))
        near[sight, one, other] = distance

    assert {pair: distance for pair, distance in near.items() if distance < 20} == {}
    figures("U09", smallest_distance=round(min(near.values()), 1))


def test_the_measures_of_colour_are_right():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert laboratory(seen_with("normal", "#ff0000")) == pytest.approx((53.24, 80.09, 67.20), abs=0.05)
    red, green = (laboratory(seen_with("deutan", name)) for name in ("#c62828", "#6b7a1f"))
    assert dist(red, green) < 20


# Sizes, in bytes after gzip


def joined(name: str) -> bytes:
    return inlined((CSS / name).read_text(), read=lambda path: (CSS / path).read_text(), name=name).encode()


@pytest.mark.check("U03")
@pytest.mark.parametrize(("name", "budget"), [("public.css", 8_000), ("desk.css", 14_000)])
def test_a_stylesheet_is_one_file_within_its_budget(name, budget):
    sheet = joined(name)

    assert b"@import" not in sheet
    assert b"--paper:" in sheet
    assert len(gzip.compress(sheet, 9)) <= budget


@pytest.mark.check("U03")
def test_scripts_are_within_their_budget():
    def size(path: Path) -> int:
        return len(gzip.compress(path.read_bytes(), 9))

    assert size(ROOT / "static/js/public.js") <= 3_000
    htmx = finders.find("django_htmx/htmx-2.min.js")
    assert htmx
    assert size(ROOT / "static/js/desk.js") + size(ROOT / "static/js/kept.js") + size(Path(htmx)) <= 30_000


def test_every_colour_used_is_a_token():
    defined = set(re.findall(r"--([\w-]+):", (CSS / "tokens.css").read_text()))
    for sheet in CSS.glob("*.css"):
        assert set(re.findall(r"var\(--([\w-]+)", sheet.read_text())) <= defined, sheet.name


# What a template may hold

FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "a handler": re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[\w:-]*)\s*=", re.IGNORECASE),
    "a script address": re.compile(r"(?:javascript|js):", re.IGNORECASE),
    "something from elsewhere": re.compile(
        r"""<(?:script|link|img|iframe)\b[^>]*(?:src|href)=["'](?:https?:)?//""", re.IGNORECASE
    ),
}
SAMPLES = {
    "an inline style": '<p style="color: red">',
    "a style element": "<style>p {}</style>",
    "an inline script": "<script>go()</script>",
    "a handler": '<button class="btn" onclick="go()">',
    "a script address": """<a hx-vals="js:{a: 1}">""",
    "something from elsewhere": '<script src="https://elsewhere.example/a.js"></script>',
}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_the_rule_against_it_finds_it(kind):
    assert FORBIDDEN[kind].search(SAMPLES[kind])


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_brings_no_style_script_or_handler_of_its_own(path):
    text = path.read_text()
    in_mail = "emails" in path.parts  # mail clients load no stylesheet
    found = {kind for kind, rule in FORBIDDEN.items() if rule.search(text)}

    assert found <= ({"an inline style", "a style element"} if in_mail else set())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_form_is_checked_by_the_desk_in_its_own_words_and_not_by_the_browser(path):
    forms_of_it = re.findall(r"<form\b(?:{%.*?%}|{{.*?}}|[^>{])*>", path.read_text())
    asking = [form for form in forms_of_it if 'method="dialog"' not in form]

    assert len(forms_of_it) == path.read_text().count("<form")
    assert [form for form in asking if " novalidate" not in form] == []


def test_every_drawing_that_a_template_asks_for_exists():
    for path in TEMPLATES:
        text = path.read_text()
        assert set(re.findall(r"""{% icon ["']([\w-]+)["'] %}""", text)) <= set(symbols.ICONS), path.name
        assert set(re.findall(r"""{% shape ["']([\w-]+)["'] %}""", text)) <= set(symbols.SHAPES), path.name


def test_every_state_has_a_shape_a_word_and_the_code_that_the_models_use():
    assert set(symbols.SERVICE) == {*ServiceState.values, "unknown"}
    assert set(symbols.CONFIDENCE) == set(Fact.Confidence.values)
    assert set(symbols.URGENCY) == set(Urgency.values)
    assert set(symbols.COMMITMENT) == {*Commitment.State.values, "amended"}
    assert set(symbols.MESSAGE) == set(Outgoing.State.values)
    assert set(symbols.CONTAINMENT) == set(ContainmentAction.State.values)
    tables = (symbols.SERVICE, symbols.CONFIDENCE, symbols.URGENCY, symbols.COMMITMENT)
    for table in (*tables, symbols.MESSAGE, symbols.CONTAINMENT):
        assert all(shape in symbols.SHAPES and word for _, shape, word in table.values())
        assert len({symbols.SHAPES[shape] for _, shape, _ in table.values()}) == len(table)


# What the tags put out


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


@pytest.mark.check("U09")
def test_a_state_is_never_a_shape_alone():
    assert re.sub(r"<svg.*?</svg>", "SHAPE", rendered('{% status "partial_outage" %}')) == (
        '<span class="st partly">SHAPE Partly down</span>'
    )
    assert "Answers are slow</span>" in rendered('{% status "degraded" "Answers are slow" %}')


def test_an_unknown_state_is_a_mistake_and_not_a_blank():
    with pytest.raises(KeyError):
        rendered('{% status "fine" %}')


def test_a_moment_has_its_instant_and_its_zones():
    assert rendered("{% moment at %}", at=NOW, now=NOW, zone="Europe/Berlin") == (
        '<time datetime="2026-11-19T15:16:00Z" class="num">15:16 UTC</time> <span class="beside">(16:16 CET)</span>'
    )
    assert rendered("{% moment at %}", at=NOW, zone="UTC") == (
        '<time datetime="2026-11-19T15:16:00Z">19 November 2026, 15:16 UTC</time>'
    )
    assert rendered("{% moment at %}", at=None) == ""


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("full", '19 November 2026, 15:16 UTC</time> <span class="beside">(16:16 CET)</span>'),
        ("clock", '15:16 UTC</time> <span class="beside">(16:16 CET)</span>'),
        ("utc", "15:16 UTC</time>"),
    ],
)
def test_the_styles_of_a_moment(style, said):
    source = f'{{% moment at "{style}" %}}'

    assert rendered(source, at=NOW, now=NOW, zone="Europe/Berlin").partition(">")[2] == said


def test_a_countdown_says_nothing_on_the_server_that_another_minute_would_make_untrue():
    one, other = (rendered("{% countdown at %}", at=NOW, now=NOW + timedelta(minutes=late)) for late in (0, 9))

    assert one == other
    assert one == '<span class="num" role="timer" aria-live="off" data-until="2026-11-19T15:16:00Z"></span>'


class Draft(forms.Form):
    headline = forms.CharField(help_text="What people saw.")
    harm = forms.ChoiceField(choices=[("a", "Money"), ("b", "Time")], widget=forms.RadioSelect)
    seen = forms.BooleanField(label="I have read it", error_messages={"required": "Read it first"})


def test_a_field_ties_its_label_hint_and_error_to_the_control():
    html = rendered("{% field form.headline %}", form=Draft({}))

    assert '<label for="id_headline">Headline</label>' in html
    assert '<p class="hint" id="id_headline-hint">What people saw.</p>' in html
    assert '<span class="vh">Error: </span>Fill in “Headline”.' in html
    assert 'aria-describedby="id_headline-hint id_headline-error"' in html
    assert 'aria-invalid="true"' in html


def test_a_field_without_trouble_shows_none():
    html = rendered("{% field form.headline %}", form=Draft())

    assert "Error" not in html
    assert 'aria-describedby="id_headline-hint"' in html


def test_choices_are_a_group_with_a_legend():
    html = rendered("{% field form.harm %}", form=Draft({}))

    assert html.count("<fieldset") == 1
    assert "<legend>Harm</legend>" in html
    assert html.count('<label class="choice"><input type="radio"') == 2


def test_the_summary_lists_every_problem_with_a_link_to_its_control():
    html = rendered("{% problems form %}", form=Draft({}))

    assert re.findall(r'<a href="(#\w+)">([^<]+)</a>', html) == [
        ("#id_headline", "Fill in “Headline”."),
        ("#id_harm_0", "Choose “Harm”."),
        ("#id_seen", "Read it first"),
    ]
    assert 'role="alert" tabindex="-1"' in html
    assert rendered("{% problems form %}", form=Draft()).strip() == ""


class Timed(forms.Form):
    at = MomentField(label="When")
    until = MomentField(label="Until", required=False)
    text = forms.CharField(required=False, max_length=3)


@pytest.mark.parametrize(
    ("typed", "title", "heading"),
    [
        ({"at": "15:30"}, "Check: ", "Check the time we understood"),
        ({"at": "15:30", "until": "16:30"}, "Check: ", "Check the times we understood"),
        ({"at": "15:30", "until": "soonish"}, "Error: ", "There is a problem"),
        ({"at": "15:30", "text": "long"}, "Error: ", "There is a problem"),
        ({"at": ""}, "Error: ", "There is a problem"),
    ],
)
@pytest.mark.django_db
def test_a_time_to_look_at_is_no_error(typed, title, heading):
    form = Timed(typed)
    html = rendered("{% problems form %}", form=form)

    assert f'<h2 id="problem">{heading}</h2>' in html
    assert ('class="problem check"' in html) == (title == "Check: ")
    assert '<a href="#id_at">' in html
    assert rendered("{% error_prefix %}", form=form) == title


@pytest.mark.django_db
def test_the_field_of_a_time_to_look_at_is_not_marked_as_wrong():
    html = rendered("{% field form.at %}{% field form.until %}", form=Timed({"at": "15:30", "until": "soonish"}))

    assert 'class="field to-check"' in html
    assert '<span class="vh">Check: </span>We read this as' in html
    assert html.count('class="field has-error"') == 1
    assert html.count('<span class="vh">Error: </span>') == 1


@pytest.mark.parametrize("typed", ["now", " Now "])
@pytest.mark.django_db
def test_now_needs_no_second_look(typed):
    form = Timed({"at": typed})

    assert form.is_valid(), form.errors
    assert rendered("{% problems form %}", form=form).strip() == ""


def test_what_was_typed_cannot_become_markup():
    form = Draft({"headline": "", "harm": "<b>"})

    assert "<b>" not in rendered("{% problems form %}{% field form.harm %}", form=form)


def test_the_title_of_a_page_with_a_problem_says_so_first():
    assert rendered("{% error_prefix %}", form=Draft({})) == "Error: "
    assert rendered("{% error_prefix %}", form=Draft()) == ""


# The skeletons


def desk(path: str, **context: object) -> str:
    request = RequestFactory().get(path)
    request.user = User(name="Ada Brandt")
    given = {
        "organisation": SimpleNamespace(name="Northwind"), "zone": "Europe/Berlin", "now": NOW, "request": request,
        "rail": {"waiting_approvals": 2, "missed_commitments": 1, "open_incidents": 0},
        "guarded_rooms": {"approvals", "outbox", "log"},
    }  # fmt: skip
    page = '{% extends "base.html" %}{% block title %}Now{% endblock %}{% block main %}Work{% endblock %}'
    return rendered(page, **given | context)


def current_room(html: str) -> list[tuple[str, str]]:
    """The rooms that the rail marks, on the wide screen; the phone's menu repeats some of them."""
    marked = re.findall(r'<a href="([^"]+)" aria-current="(\w+)"', html)
    return list(dict.fromkeys(marked))


def test_the_rail_marks_the_room_one_is_in():
    assert current_room(desk("/desk/")) == [("/desk/", "page")]
    assert current_room(desk("/desk/approvals/")) == [("/desk/approvals/", "page")]
    assert current_room(desk("/desk/incidents/31/facts/")) == [("/desk/incidents/", "true")]


def test_a_page_may_name_its_room_itself():
    html = rendered(
        '{% extends "base.html" %}{% block nav_current %}approvals{% endblock %}',
        request=SimpleNamespace(path="/desk/statements/4/", user=SimpleNamespace(name="Ada")),
        guarded_rooms={"approvals"},
        now=NOW,
    )

    assert current_room(html) == [("/desk/approvals/", "true")]


def test_the_rail_counts_what_waits_and_is_silent_about_nothing():
    html = desk("/desk/")

    assert '2<span class="vh"> waiting</span>' in html
    assert '1<span class="vh"> missed</span>' in html
    assert '<span class="vh"> open</span>' not in html


def test_the_rail_and_the_list_of_shortcuts_lead_nobody_to_a_refusal():
    everything, nothing = desk("/desk/"), desk("/desk/", guarded_rooms=frozenset())

    for name, path in (("Approvals", "/desk/approvals/"), ("Outbox", "/desk/outbox/")):
        assert f'href="{path}"' in everything
        assert f"<dt>{name}</dt>" in everything
        assert path not in nothing
        assert f"<dt>{name}</dt>" not in nothing
    assert "/desk/log/" in everything
    assert "/desk/log/" not in nothing


def test_the_desk_has_one_polite_region_and_tells_htmx_what_stack_needs():
    html = desk("/desk/")

    assert html.count('aria-live="polite"') == 1
    assert '"allowEval":false' in html
    assert {"403", "409", "422"} <= set(re.findall(r'{"code":"(\d+)","swap":true}', html))
    assert "X-CSRFToken" in html


@pytest.mark.check("U21")
def test_invented_data_is_watermarked_in_every_skeleton():
    for skeleton in ("base.html", "public_base.html", "threshold_base.html"):
        source = f'{{% extends "{skeleton}" %}}'
        request = SimpleNamespace(path="/desk/", user=SimpleNamespace(name="Ada"))
        assert "Everything here is invented" in rendered(source, demo=True, now=NOW, request=request)
        assert "invented" not in rendered(source, demo=False, now=NOW, request=request)


def test_the_public_skeleton_marks_what_the_page_names_and_needs_no_request():
    html = rendered(
        '{% extends "public_base.html" %}{% block nav_current %}commitments{% endblock %}',
        organisation={"name": "Northwind"},
    )

    assert current_room(html) == [("/commitments/", "page")]
    assert "csrf" not in html.lower()
