"""S01: whatever is typed into whatever field stays words, in every page, file and mail that shows it (A01, A02, A03)."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils.html import escape

import clock
from incidents import markdown
from incidents.letters import Letter
from statuspage import pages
from tests import world as worlds
from tests.doors import DOORS, browser_of
from tests.security import hostile
from tests.security.active import INERT, Shape, findings, words
from tests.security.corpus import GIVEN_AWAY, PAYLOADS
from tests.security.hostile import (
    ADDRESSES,
    CORPUS,
    desk_pages,
    everything,
    fill,
    harmless,
    public_pages,
    shown_html,
    token,
)
from tests.statuspage.chronicle import Chronicle
from tests.statuspage.feeds import parsed
from tests.test_public_surface import INTERNAL, PUBLIC, pairs

pytestmark = [pytest.mark.check("S01"), pytest.mark.django_db]

OWN = "http://127.0.0.1:8000"
EMPTY_LETTER = Letter(subject="", opening="", because="").message()["html"]
STYLE_OF_MAILS = re.findall("<style>(.*?)</style>", EMPTY_LETTER, re.DOTALL)[
    0
]  # the pages that show a mail have it too


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    clock_at(world.now)


@pytest.fixture(scope="module")
def known(world: SimpleNamespace, django_db_blocker: Any) -> Shape:
    """What the templates make of harmless words."""
    shape = Shape()
    with django_db_blocker.unblock(), worlds.undone():
        fill(harmless)
        for headers, text in public_pages().values():
            for html in [text] if "atom" not in headers["Content-Type"] else shown_html(headers, text):
                shape.learn(html)
        for _, answer in desk_pages(world):
            shape.learn(answer.content.decode())
    return shape


@pytest.fixture(scope="module")
def poisoned(world: SimpleNamespace, django_db_blocker: Any) -> SimpleNamespace:
    """Every page as it is with every payload in every text column at once: `inside` and `public`, text by name.

    Without the files that a browser puts aside instead of showing them.
    """
    with django_db_blocker.unblock(), clock.fixed_at(world.now), worlds.undone():
        fill(everything)
        inside = {
            name: answer.content.decode()
            for name, answer in desk_pages(world)
            if answer.status_code < 500 and "attachment" not in answer.get("Content-Disposition", "")
        }
        assert len(inside) > 60
        return SimpleNamespace(inside=inside, public=public_pages())


def test_the_corpus_is_large() -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 60


@pytest.mark.check("S19")
def test_no_cell_of_a_file_is_a_formula(world: SimpleNamespace) -> None:
    door = next(door for door in DOORS if door.name == "desk:proof_table")
    with worlds.undone():
        fill(lambda label, field: f"=HYPERLINK({token(label, field)})")
        text = browser_of(world, "ada").get(door.address(world)).content.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    assert sum(cell.startswith("'=HYPERLINK(«") for cell in cells) > 5
    assert [cell for cell in cells if re.match(r"\s*[=+\-@]", cell)] == []


def test_no_page_inside_has_an_active_node(
    poisoned: SimpleNamespace, known: Shape, figures: Callable[..., None]
) -> None:
    found = []
    for name, text in poisoned.inside.items():
        style = STYLE_OF_MAILS if "_email" in name else ""
        found += [f"{name}: {one}" for one in findings(text, corpus=CORPUS, known=known, own=OWN, style=style)]
        found += [f"{name}: {said}" for said in GIVEN_AWAY if said in text]

    assert found == []
    figures("S01", payloads=len(PAYLOADS), pages_inside=len(poisoned.inside), active_nodes=len(found))


def test_no_public_page_has_an_active_node(
    poisoned: SimpleNamespace, known: Shape, figures: Callable[..., None]
) -> None:
    found = []
    for path, (headers, text) in poisoned.public.items():
        for html in shown_html(headers, text):
            found += [f"{path}: {one}" for one in findings(html, corpus=CORPUS, known=known, own=OWN)]
            assert not re.search("<script[^>]*htmx", html), "nothing on a public page acts on attributes"
        found += [f"{path}: {said}" for said in GIVEN_AWAY if said in text]

    assert found == []
    figures("S01", public_pages=len(poisoned.public))


def test_the_feed_is_well_formed_and_gives_back_what_was_written(poisoned: SimpleNamespace, known: Shape) -> None:
    headers, text = poisoned.public["/history.atom"]
    found = parsed(text.encode())

    assert headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert in_xml(CORPUS) in found.author
    assert any(in_xml(CORPUS) in item.title for item in found.items)
    assert all(re.fullmatch(rf"{OWN}/incidents/[\w-]+/", item.link) for item in found.items)


def in_xml(text: str) -> str:
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)


# On no page: one of our own words for a browser, which each request writes again; safe HTML beside its own text, digests,
# what was let stand in other words than these (test_checking.py shows it), why a schedule was cancelled while the next one waits
# (test_schedule_pages.py shows why one came back), what the timeline has said already, versions, and
# groups of stakeholders, which have no page yet.
NOT_SHOWN = {
    ("accounts.Session", "browser"),
    ("incidents.Approval", "body_html"),
    ("incidents.Citation", "sentences"),
    ("incidents.Incident", "restart_point"),
    ("incidents.RecordEntry", "body"),
    ("incidents.RoleHeld", "take_over_reason"),
    ("incidents.ScheduledPublication", "reason"),
    ("incidents.StatementVersion", "content"),
    ("stakeholders.Outgoing", "html"),
}


def test_every_text_is_shown_as_it_was_written(poisoned: SimpleNamespace, figures: Callable[..., None]) -> None:
    """Nothing is lost in silence: the signs that would have acted stand in the page as signs."""
    texts = (pairs(PUBLIC) | pairs(INTERNAL)) - ADDRESSES
    held = [text for _, text in poisoned.public.values()] + [*poisoned.inside.values()]
    shown = "\n".join(words(page, CORPUS) for page in held)

    cut = texts if connection.vendor != "sqlite" else hostile.FITTED  # PostgreSQL cuts a short column to what fits
    marks = {pair: token(*pair) + ("" if pair in cut else INERT) for pair in texts}
    assert {pair for pair in texts if marks[pair] not in shown} == NOT_SHOWN
    figures("S01", texts_shown_as_written=len(texts - NOT_SHOWN))


def test_json_gives_back_what_was_written_and_is_nothing_else(poisoned: SimpleNamespace) -> None:
    """No page holds JSON (a script with words in it is a finding above), so it only has to be JSON, and be called that."""
    kept = {path: page for path, page in poisoned.public.items() if path.endswith(".json")}

    assert {"/record.json", "/commitments.json"} <= kept.keys()
    for headers, text in kept.values():
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert CORPUS in strings(json.loads(text))


def strings(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(strings(one) for one in [*value, *value.values()])
    return "\n".join(map(strings, value)) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("part", range(4))
def test_each_payload_alone_in_every_public_text(part: int) -> None:
    """Alone, so that none hides behind another, and first in its text, where an address would begin."""
    found = []
    for payload in PAYLOADS[part::4]:
        shown = told(payload)
        found += [f"{path}: {one}" for path, page in shown.items() for one in findings(page, own=OWN)]
        found += [
            f"{path} does not show {payload}" for path in shown if folded(payload) not in folded(words(shown[path]))
        ]
        everywhere = folded(" ".join(words(page) for page in shown.values()))
        found += [f"{mark} is not shown after {payload}" for mark in MARKS if mark not in everywhere]

    assert found == []


def told(payload: str) -> dict[str, str]:
    """The home page, the incident, the ledger and the feed of a record in which this is every text: of every kind of statement,
    of commitments and whatever becomes of them, of corrected words and of a notice in the place of words."""
    story = Chronicle()
    named = {f"masthead.organisation.{name}": payload for name in ("name", "place", "contact")}
    named |= {f"masthead.component.one.{name}": payload for name in ("name", "description")}
    story.enter("masthead", 0, {"organisation": {"zone": "UTC"}, "components": [{"id": "one", "position": 0}]}, named)
    made, kept, gone = (
        story.promised(60, payload) | {"public_owner": payload, "verification": payload} for _ in range(3)
    )
    fields: dict[str, Any] = {"headline": payload, "affected": payload, "what_to_do": payload}

    def publish(when: int, kind: str, **more: Any) -> int:
        number = story.publish(when, kind=kind, components={"one": "degraded"}, **{**fields, **more})
        story.entries[-1] = replace(story.entries[-1], html=markdown.render(payload))
        return number

    publish(1, "warning")
    first = publish(1, "holding", next_update=30, commitments=[made, kept, gone])
    second = publish(2, "update", affected=f"{payload} {MARKS[2]}", what_to_do=f"{payload} {MARKS[3]}")
    publish(3, "correction", corrects=[first, second])
    reasons = {"new_text": payload, "public_reason": payload}
    story.about("amendment", 2, made, new_due_at=story.at(90).isoformat(), words=reasons)
    story.about("withdrawal", 2, gone, words={"public_reason": f"{payload} {MARKS[0]}"})
    story.about("reported_done", 3, kept)
    story.about("kept", 3, kept, done_at=story.at(3).isoformat(), basis="second_person")
    taken = {"entries": [{"entry": second, "fields": ["headline"]}], "reason": payload, "basis": "second_person"}
    story.enter("redaction", 4, {"incident": "incident-one", **taken})
    over = story.promised(4, payload)
    publish(4, "update", commitments=[over])
    story.about("missed", 5, over)
    story.about("explanation", 5, over, words={"public_reason": f"{payload} {MARKS[1]}"})
    open_still = looked_at(story, 6)
    publish(6, "resolution", status="resolved")
    publish(7, "post_mortem", status="resolved")
    return open_still | {f"{path} when it is over": page for path, page in looked_at(story, 8).items()}


def looked_at(story: Chronicle, minute: int) -> dict[str, str]:
    specs = pages.hot(story.record, None, story.at(minute), None)
    shown = {spec.path: spec.render().body.decode() for spec in specs if spec.path in LOOKED_AT}
    (item,) = parsed(shown["/history.atom"].encode()).items
    return shown | {"/history.atom": f"<title>{escape(item.title)}</title>{item.html}"}


MARKS = ("why withdrawn", "why missed", "said to be affected first", "what to do first")  # where a text is looked for
LOOKED_AT = {"/", "/incidents/incident-one/", "/commitments/", "/history.atom"}


def folded(text: str) -> str:
    """White space is one space to a reader; of control characters an HTML parser keeps some and replaces others."""
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f\ufffd]", " ", text).split())


PLANTED = [
    ("<p>x<script>1</script></p>", "<script"),
    ("<script src=//evil.example/x.js></script>", "<script"),
    ("<p onclick=1>x</p>", "onclick"),
    ("<p style='top:0'>x</p>", "style"),
    ("<style>p{}</style>", "<style>"),
    ("<a href='java\tscript:alert(1)'>x</a>", "leads elsewhere"),
    ("<a href='data:text/html,x'>x</a>", "leads elsewhere"),
    ("<a href='//evil.example'>x</a>", "leads elsewhere"),
    ("<a href='https://good.example' rel='nofollow'>x</a>", "whole rel"),
    ("<form action='https://evil.example'></form>", "leads elsewhere"),
    ("<button formaction='javascript:alert(1)'>x</button>", "leads elsewhere"),
    ("<img src='https://evil.example/p.gif'>", "<img src"),
    ("<iframe srcdoc='x'></iframe>", "<iframe>"),
    ("<iframe src='https://evil.example/' sandbox class=x title=x loading=lazy></iframe>", "<iframe>"),
    ("<iframe src='/desk/approvals/1/email/' class=x title=x loading=lazy></iframe>", "<iframe>"),
    ("<iframe src='/desk/approvals/1/email/' sandbox=allow-scripts class=x title=x loading=lazy></iframe>", "<iframe>"),
    ("<object data=x></object>", "<object>"),
    ("<base href=/x>", "<base>"),
    ("<meta http-equiv=refresh content=0>", "http-equiv"),
    ("<link rel=stylesheet href=https://evil.example/x.css>", "<link"),
    ("<link rel=alternate href=https://evil.example/x.atom>", "<link"),
    ("<svg><use href='#x'/></svg>", "<use>"),
    ("<svg><foreignObject></foreignObject></svg>", "<foreignobject>"),
    ("<math><mtext>x</mtext></math>", "<math>"),
    ("<p hx-get='/desk/?alert(1)'>x</p>", "hx-get"),
    ("<p data-hx-get='/desk/'>x</p>", "not ours"),
    ("<p hx-get='/desk/'>x</p>", "not ours"),
]


@pytest.mark.parametrize(("html", "says"), PLANTED)
def test_the_detector_sees(html: str, says: str) -> None:
    """Each planted node is seen, also beside words that are fully escaped; without it nothing is."""
    page = f"<!doctype html><html><head><title>x</title></head><body><p>{escape(CORPUS)}</p>{html}</body></html>"
    known = Shape()
    known.learn("<!doctype html><html><head><title>x</title></head><body><p>x</p></body></html>")

    assert any(says in one for one in findings(page, corpus=CORPUS, known=known))
    assert findings(page.replace(html, ""), corpus=CORPUS, known=known) == []


def test_the_crawl_sees_a_rendering_that_forgot_to_escape(
    world: SimpleNamespace, known: Shape, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted where it would hurt most: the words of approvals go out as they were typed."""
    monkeypatch.setattr(markdown, "render", lambda text: f"<p>{text}</p>")
    with worlds.undone():
        fill(everything)
        found = [
            one for _, text in public_pages().values() for one in findings(text, corpus=CORPUS, known=known, own=OWN)
        ]

    assert len(found) > 100


def test_htmx_takes_nothing_from_a_page_but_its_own_attributes(poisoned: SimpleNamespace) -> None:
    """A02: on every page that loads htmx, it evaluates nothing, runs no script of an answer and asks nobody else."""
    pages_with = [text for text in poisoned.inside.values() if re.search("<script[^>]*htmx", text)]
    assert len(pages_with) > 30
    for text in pages_with:
        (config,) = re.findall("<meta name=\"htmx-config\" content='([^']*)'", text)
        said = json.loads(config)
        assert {name: said[name] for name in HTMX} == HTMX


HTMX = {
    "allowEval": False,
    "allowScriptTags": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
}
