"""A list of contacts: read whatever a spreadsheet makes of it, shown row by row, imported as shown or not at all."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import LogEntry, User
from refusals import Incomplete, NotAllowed, Refused, Stale, WrongState
from stakeholders import lists
from stakeholders.models import Contact, StakeholderGroup
from stakeholders.operations import contacts, groups, imports

pytestmark = pytest.mark.django_db

HEADER = "name,organisation,address,channel,reach,language,zone,notice_hours\n"
WHOLE = HEADER + "Nell Hart,Harbour,nell@example.org,email,,de,Europe/Berlin,24\nEve,,,Phone,+49 30 1,,,\n"


@pytest.fixture
def group(db: None) -> StakeholderGroup:
    return StakeholderGroup.objects.get(slug="partners")


@pytest.fixture
def carry_out(group: StakeholderGroup, ada: User) -> Callable[..., int]:
    """Both steps, one after the other."""

    def both(text: str, **options: Any) -> int:
        shown = imports.look_through(group, text)
        return imports.carry_out(
            group, text, **{"by": ada, "seen_digest": shown.digest, "seen_verdicts": shown.verdicts, **options}
        )

    return both


def verdicts(group: StakeholderGroup, text: str) -> list[str]:
    return [row.verdict.name.lower() for row in imports.look_through(group, text).rows]


def why(group: StakeholderGroup, text: str) -> list[str]:
    return [sentence for row in imports.look_through(group, text).rows for sentence in row.why]


def test_looking_through_changes_nothing(group: StakeholderGroup, snapshot: Any) -> None:
    before = snapshot()

    assert verdicts(group, WHOLE) == ["new", "new"]
    assert snapshot() == before


def test_all_that_is_noted_is_imported_with_one_entry_of_the_log(
    group: StakeholderGroup, ada: User, carry_out: Callable[..., int]
) -> None:
    assert carry_out(WHOLE) == 2

    nell, eve = group.contacts.get(name="Nell Hart"), group.contacts.get(name="Eve")
    assert (nell.organisation, nell.address, nell.language, nell.zone, nell.notice_hours) == (
        "Harbour", "nell@example.org", "de", "Europe/Berlin", 24,
    )  # fmt: skip
    assert (eve.channel, eve.reach, eve.address, eve.notice_hours, eve.added_by) == ("phone", "+49 30 1", "", None, ada)
    entry = LogEntry.objects.latest("number")
    assert (entry.action, entry.object_id, entry.details) == (
        "contacts.imported", str(group.pk), {"number": 2, "left_out": 0},
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "address;name\nnell@example.org;Nell Hart\n",
        "E-Mail\tFull name\r\nnell@example.org\tNell Hart\r\n",
        "\ufeffName,E-mail address\rNell Hart,nell@example.org\r",
        "\n\nNotes;NAME;  Email \n\nx;Nell Hart;nell@example.org;;\n;;\n",
        'name,address\n"Nell\n Hart", "nell@example.org"\n',
        "Nell Hart;nell@example.org",
        "nell@example.org\tNell Hart",
        "Nell Hart,,nell@example.org,email,,,,",
    ],
)
def test_columns_separators_and_line_ends_are_recognised(
    group: StakeholderGroup, carry_out: Callable[..., int], text: str
) -> None:
    assert carry_out(text) == 1
    assert [(one.name, one.address) for one in group.contacts.all()] == [("Nell Hart", "nell@example.org")]


def test_a_list_of_addresses_alone_needs_no_header(group: StakeholderGroup, carry_out: Callable[..., int]) -> None:
    assert carry_out("nell@example.org\neve@example.org") == 2


def test_a_header_is_named_and_never_imported(group: StakeholderGroup) -> None:
    shown = imports.look_through(group, "Address;Name;Remarks\nnell@example.org;Nell;late\n")

    assert shown.table.header == ("Address", "Name", "Remarks")
    assert (shown.table.unread, shown.separated_by) == (["Remarks"], "semicolons")
    assert [(row.line, row.who) for row in shown.rows] == [(2, "Nell <nell@example.org>")]


def test_the_sample_is_such_a_list(carry_out: Callable[..., int]) -> None:
    assert carry_out(lists.SAMPLE) == 2


def test_what_is_there_already_or_twice_is_added_once(
    group: StakeholderGroup, ada: User, carry_out: Callable[..., int]
) -> None:
    contacts.add(group, "nell@example.org", by=ada)
    contacts.add_one(group, by=ada, channel="phone", reach="+49 30 1", name="Duty")
    text = "name;address;channel;reach\n" + "".join(
        f"{line}\n"
        for line in (
            "Nell;NELL@example.org;;", "Eve;eve@example.org;;", "Eve H.;Eve@Example.org;;",
            "duty;;phone;+49 30 1", "Porter;;phone;+49 30 1",
        )
    )  # fmt: skip

    assert verdicts(group, text) == ["there", "new", "repeated", "there", "new"]
    assert why(group, text) == ["Stands on line 3 already"]
    assert carry_out(text) == 2
    assert group.contacts.current().count() == 4


def test_who_was_removed_may_come_back(group: StakeholderGroup, ada: User, carry_out: Callable[..., int]) -> None:
    contacts.add(group, "nell@example.org", by=ada)
    contacts.remove(group.contacts.get(), by=ada)

    assert carry_out("nell@example.org") == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Nell;;;;;;;", "Line 2, column address: Write an email address, or choose another way to reach them"),
        ("Nell;;nell;;;;;", "Line 2, column address: “nell” cannot be used as an email address"),
        ("Nell;;n@example.org;pigeon;;;;", ("Line 2, column channel: Say how they are reached: email, phone, portal, "
         "post or in person")),
        ("Nell;;;;+49 30 1;;;", "Line 2, column channel: Say how they are reached: email, phone, portal, post or in person"),
        ("Nell;;n@example.org;post;;;;", "Line 2, column reach: Write what reaches them by this way: post"),
        ("Nell;;n@example.org;;;de_DE;;", "Line 2, column language: Write the language as a code such as de or pt-BR"),
        ("Nell;;n@example.org;;;;Mars/Base;", ("Line 2, column zone: Write the time zone by its name, such as "
         "Europe/Berlin")),
        ("Nell;;n@example.org;;;;;1 day", ("Line 2, column notice_hours: Write the notice term as a number of hours, 1 to "
         "8,760")),
        ("Nell;;n@example.org;;;;;²", "Line 2, column notice_hours: Write the notice term as a number of hours, 1 to 8,760"),
        ("Nell;;n@example.org;;;;;;more", "Line 2: there are more cells than columns; a separator stands inside a cell"),
        ("x" * 20_000 + ";;n@example.org;;;;;", "Line 2, column name: Shorten this to 120 characters, it has 20,000: name"),
    ],
)  # fmt: skip
def test_a_broken_row_names_its_line_and_column(group: StakeholderGroup, row: str, said: str) -> None:
    text = f"{HEADER.replace(',', ';')}{row}\nEve;;eve@example.org;;;;;\n"

    assert verdicts(group, text) == ["broken", "new"]
    assert why(group, text) == [said]


def test_broken_rows_hold_up_all_others_until_somebody_leaves_them_out(
    group: StakeholderGroup, refused: Any, carry_out: Callable[..., int]
) -> None:
    text = "name;address\nNell;nell@example.org\nEve;nobody\nOmar;\n"

    with refused(Incomplete, "Nobody was added.") as refusal:
        carry_out(text)
    assert refusal.missing == ["Correct 2 rows that cannot be added, or choose to leave them out"]

    assert carry_out(text, leave_out=True) == 1
    assert [one.name for one in group.contacts.all()] == ["Nell"]
    assert LogEntry.objects.latest("number").details == {"number": 1, "left_out": 2}


def test_a_list_without_anybody_new_adds_nobody(refused: Any, carry_out: Callable[..., int]) -> None:
    carry_out("nell@example.org")

    with refused(Incomplete) as refusal:
        carry_out("nell@example.org")
    assert refusal.missing == ["There is nobody new in this list"]


def test_cells_that_look_like_formulas_stay_text(group: StakeholderGroup, carry_out: Callable[..., int]) -> None:
    carry_out('name,address\n"=HYPERLINK(""http://x"")",nell@example.org\n+1,eve@example.org\n')

    assert {one.name for one in group.contacts.all()} == {'=HYPERLINK("http://x")', "+1"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The list is empty: choose a file, or paste at least one row"),
        (" \n;;\n", "The list is empty: choose a file, or paste at least one row"),
        (HEADER, "There is a header and no row below it: add at least one row"),
        ("name,organisation\nNell,Harbour\n", ("The header names neither an address nor what else reaches them: name a "
         "column address or reach")),
        ("name,email,address\nNell,a@example.org,b@example.org\n", "The header names a column twice: address"),
        ("address\n" + "a@example.org\n" * 5_001, "At most 5,000 rows are read at once, and these are 5,001: split the list"),
        ('address,name\na@example.org,Ada\nb@example.org,"Ben\nc@example.org,Cleo\n', ("Line 3 cannot be read: a quotation "
         "mark is opened and not closed, or stands inside a cell")),
        ('address,name\na@example.org,"Ada" B\n', ("Line 2 cannot be read: a quotation mark is opened and not closed, or "
         "stands inside a cell")),
        ("a" * 200_000, "Line 1 cannot be read: a cell is longer than a page, perhaps because a quotation mark is missing"),
        ("a@example.org\0", "This is no text: save the list as CSV, in UTF-8"),
        ("é" * 500_001, "The list is larger than 1 MB: split it, or take out columns that are not needed"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_in_a_sentence(group: StakeholderGroup, refused: Any, text: str, said: str) -> None:
    with refused(Incomplete, "Nobody was added.") as refusal:
        imports.look_through(group, text)
    assert refusal.missing == [said]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04rest", "This is a spreadsheet and not a list: save it as CSV, in UTF-8, and choose that file"),
        ("address\n".encode("utf-16"), "The file is in UTF-16: save it as CSV in UTF-8, and choose it again"),
        (b"address\n\0\0", "This file is no text: save the list as CSV, in UTF-8, and choose that file"),
        (
            "name\n\nJürgen".encode("latin-1"),
            "Line 3 is not in UTF-8: save the list as CSV in UTF-8, and choose it again",
        ),
        (b"x" * 1_000_001, "The file is larger than 1 MB: split it, or take out columns that are not needed"),
    ],
)
def test_what_is_no_text_is_refused_in_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(Incomplete) as raised:
        lists.decoded(data)
    assert [one.sentence for one in raised.value.missing] == [said]


def test_utf_8_is_read_with_its_mark_and_without() -> None:
    assert lists.decoded("Jürgen".encode("utf-8-sig")) == lists.decoded("Jürgen".encode()) == "Jürgen"


def test_five_thousand_rows_are_read(group: StakeholderGroup, carry_out: Callable[..., int]) -> None:
    assert carry_out("address\n" + "".join(f"reader{number}@example.org\n" for number in range(5_000))) == 5_000
    assert group.contacts.count() == 5_000


def test_another_list_than_the_one_that_was_shown_is_refused(
    group: StakeholderGroup, refused: Any, carry_out: Callable[..., int]
) -> None:
    shown = imports.look_through(group, "nell@example.org")
    other = StakeholderGroup.objects.exclude(pk=group.pk)[0]
    elsewhere = imports.look_through(other, "nell@example.org")

    for given in (
        {"seen_digest": imports.look_through(group, "eve@example.org").digest},
        {"seen_digest": elsewhere.digest},
        {"seen_verdicts": "nn"},
        {"seen_verdicts": "x"},
    ):
        with refused(Stale, "This is another list"):
            carry_out("nell@example.org", **given)
    assert carry_out("nell@example.org", seen_digest=shown.digest) == 1


def test_line_ends_of_a_browser_make_no_other_list(group: StakeholderGroup, carry_out: Callable[..., int]) -> None:
    shown = imports.look_through(group, "nell@example.org\neve@example.org\n")

    assert carry_out("nell@example.org\r\neve@example.org\r\n", seen_digest=shown.digest) == 2


def test_a_group_that_changed_meanwhile_is_shown_row_by_row(
    group: StakeholderGroup, cleo: User, refused: Any, carry_out: Callable[..., int]
) -> None:
    text = "nell@example.org\neve@example.org\n"
    shown = imports.look_through(group, text)
    contacts.add(group, "eve@example.org", by=cleo)

    with refused(Stale, "The group changed since the list was looked through") as refusal:
        carry_out(text, seen_digest=shown.digest, seen_verdicts=shown.verdicts)

    assert [(one.label, one.seen, one.now) for one in refusal.value.difference] == [
        ("Line 2: eve@example.org", "will be added", "in the group already")
    ]


def test_many_rows_that_changed_are_counted(
    group: StakeholderGroup, cleo: User, refused: Any, carry_out: Callable[..., int]
) -> None:
    text = "".join(f"reader{number}@example.org\n" for number in range(30))
    shown = imports.look_through(group, text)
    contacts.add(group, text, by=cleo)

    with refused(Stale) as refusal:
        carry_out(text, seen_digest=shown.digest, seen_verdicts=shown.verdicts)

    assert len(refusal.value.difference) == 21
    assert refusal.value.difference[-1].label == "10 further lines"


def test_nothing_is_half_imported(
    group: StakeholderGroup, monkeypatch: pytest.MonkeyPatch, carry_out: Callable[..., int], snapshot: Any
) -> None:
    def fails(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("the disk is full")

    before = snapshot()
    monkeypatch.setattr("accounts.log.write", fails)
    with pytest.raises(RuntimeError):
        carry_out(WHOLE)

    assert snapshot() == before


def test_nobody_is_imported_into_a_retired_group(
    group: StakeholderGroup, ada: User, refused: Any, carry_out: Callable[..., int]
) -> None:
    groups.retire(group, by=ada)

    with refused(WrongState, "nobody is added to it"):
        carry_out(WHOLE)


@pytest.mark.parametrize("name", ["ben", "tom", "vic", "max", "rosa"])
def test_others_import_nobody(carry_out: Callable[..., int], cast: Any, refused: Any, name: str) -> None:
    with refused(NotAllowed, "are kept by communications leads"):
        carry_out(WHOLE, by=getattr(cast, name))


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_pasted_is_judged_or_refused(group: StakeholderGroup, ada: User, seed: int) -> None:
    """Pieces of lists in any order: nothing but a refusal stops it, and each row is named by a line that is there."""
    pieces = [
        '"',
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        "\0",
        "address",
        "name",
        "nell@example.org",
        "=1+1",
        "\u202e",
        "\ufeff",
        "é",
        "x" * 300,
    ]
    draw = random.Random(seed)
    text = "".join(draw.choice(pieces) for _ in range(draw.randint(1, 60)))

    try:
        shown = imports.look_through(group, text)
    except Refused:
        return
    lines = lists.plain(text).count("\n") + 1
    assert [row.line for row in shown.rows] == sorted({row.line for row in shown.rows} & set(range(1, lines + 1)))
    new = [row for row in shown.rows if row.verdict == imports.Verdict.NEW]
    Contact.objects.bulk_create(Contact(group=group, added_by=ada, **row.values) for row in new)
