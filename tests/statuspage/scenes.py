"""The public site in the states that are looked at: each a record, the time of the last confirmation, and a moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.edition import Edition, build
from statuspage.record import PublicRecord
from tests.statuspage.chronicle import REFUNDS, TRIAGE, Chronicle

DAY, HOUR = 24 * 60, 60
LONG = (
    "The Refund agent told customers who had asked about refunds for orders placed during the spring sale that their "
    "warranty claims had been decided, although nobody had looked at any of those claims"
).ljust(200, ".")[:200]


@dataclass(frozen=True)
class Scene:
    record: PublicRecord
    confirmed_at: datetime | None
    now: datetime

    def edition(self, **options: object) -> Edition:
        return build(self.record, self.confirmed_at, self.now, **options)  # type: ignore[arg-type]


def _past(story: Chronicle) -> None:
    """Forty days with two incidents and what was promised in them."""
    story.masthead(-100 * DAY)
    kept, late = (
        story.promised(-30 * DAY),
        story.promised(-28 * DAY, "Each of the 412 people has an answer from a person."),
    )
    moved = story.promised(3 * DAY, "A person reads the first five messages before every bulk send.")
    dropped = story.promised(-20 * DAY, "We ask the forum to add a note to the shared screenshot.")
    missed = story.promised(-10 * DAY, "We publish the run log of the week to 13 November.")
    story.publish(
        -40 * DAY, "mail", next_update=-40 * DAY + 30, components={TRIAGE: "partial_outage"},
        headline="Triage agent sent customers the same email several times", affected="412 people with a booking.",
        what_to_do="Keep one of the emails. They are all the same.", text="Our Triage agent has sent the same email.",
    )  # fmt: skip
    story.publish(
        -40 * DAY + 25, "mail", status="identified", next_update=-40 * DAY + 60, components={TRIAGE: "major_outage"},
        headline="Triage agent sent customers the same email several times", commitments=[kept, late],
    )  # fmt: skip
    story.resolve(
        -40 * DAY + 66, "mail", components={TRIAGE: "operational"}, commitments=[moved, dropped, missed],
        headline="Triage agent sent customers the same email several times",
    )  # fmt: skip
    story.about("reported_done", -31 * DAY, kept, incident="mail")
    story.about("kept", -30 * DAY - 60, kept, incident="mail", done_at=story.at(-31 * DAY).isoformat())
    story.about("missed", -28 * DAY + 1, late, incident="mail")
    story.about("kept_late", -26 * DAY, late, incident="mail", done_at=story.at(-26 * DAY - 30).isoformat())
    story.about(
        "withdrawal", -25 * DAY, dropped, incident="mail", words={"public_reason": "The customer asked us not to."}
    )
    story.about(
        "amendment", -12 * DAY, moved, incident="mail", new_due_at=story.at(5 * DAY).isoformat(),
        words={
            "new_text": "A person reads the first five messages before any send to more than ten people.",
            "public_reason": "The check could be bypassed. “Every bulk send” is now a number that can be counted.",
        },
    )  # fmt: skip
    story.about("missed", -10 * DAY + 1, missed, incident="mail")
    story.about(
        "explanation", -9 * DAY, missed, incident="mail", words={"public_reason": "The log held names of customers."}
    )


def clear() -> Scene:
    story = Chronicle()
    _past(story)
    return Scene(story.record, story.at(12), story.at(20))


def stale() -> Scene:
    story = Chronicle()
    _past(story)
    return Scene(story.record, story.at(-40), story.at(20))


def first_day() -> Scene:
    story = Chronicle()
    story.masthead(0)
    return Scene(story.record, story.at(18), story.at(20))


def before_set_up() -> Scene:
    story = Chronicle()
    return Scene(story.record, None, story.at(20))


def _running(story: Chronicle) -> None:
    _past(story)
    story.publish(262, kind="holding", next_update=300, began=20, text=(
        "Since about 09:20 UTC today our Refund agent has approved refunds that our policy does not allow, and has told "
        "customers that the decision was final. We stopped it at 13:04 UTC: a person now decides every refund."))  # fmt: skip
    write, look = story.promised(2 * DAY), story.promised(
        8 * DAY, "We look back over 30 days of refund decisions for the same fault and publish the count.")  # fmt: skip
    story.publish(298, next_update=360, commitments=[write], affected="187 customers whose refund the agent approved "
        "between 09:20 and 13:11 UTC today, as of 14:50 UTC.", what_to_do="Nothing, and do not send money back. If "
        "someone asks you to repay, it is not us.")  # fmt: skip
    story.publish(358, status="identified", next_update=390, commitments=[look], text="We have found why. From 09:20 UTC "
        "the agent was reading a draft of next year’s refund policy.", affected="", what_to_do="")  # fmt: skip


def one() -> Scene:
    story = Chronicle()
    _running(story)
    return Scene(story.record, story.at(250), story.at(368))


def late() -> Scene:
    story = Chronicle()
    _running(story)
    return Scene(story.record, story.at(250), story.at(396))


def four() -> Scene:
    story = Chronicle()
    _running(story)
    story.publish(
        370, "two", components={TRIAGE: "major_outage"}, headline="Triage agent does not answer", next_update=380
    )
    story.publish(
        371, "three", components={REFUNDS: "maintenance"}, headline="Refund agent is being replaced", next_update=420
    )
    story.publish(
        372, "four", components={TRIAGE: "operational"}, headline="A wrong answer of the Triage agent is being shared"
    )
    return Scene(story.record, story.at(250), story.at(385))


def emergency() -> Scene:
    story = Chronicle()
    story.masthead(-10 * DAY)
    story.publish(10, kind="holding", basis="emergency", next_update=40)
    return Scene(story.record, story.at(5), story.at(20))


def reviewed() -> Scene:
    story = Chronicle()
    story.masthead(-10 * DAY)
    number = story.publish(10, kind="holding", basis="emergency", next_update=40)
    story.enter("reviewed", 18, {"incident": "incident-one", "entry": number})
    return Scene(story.record, story.at(5), story.at(20))


def solo() -> Scene:
    story = Chronicle()
    story.masthead(-10 * DAY)
    story.publish(10, kind="holding", basis="solo", next_update=40, commitments=[story.promised(DAY)])
    return Scene(story.record, story.at(5), story.at(20))


def resolved() -> Scene:
    story = Chronicle()
    _running(story)
    story.resolve(386, text="It is over. Every refund of today has been looked at by a person.")
    return Scene(story.record, story.at(395), story.at(400))


def corrected() -> Scene:
    """The second update counted attempts for people; the correction came twelve minutes later."""
    story = Chronicle()
    _running(story)
    wrong = story.publish(362, next_update=400, text="As of 15:00 UTC 212 customers are affected.")
    story.publish(
        374, kind="correction", next_update=410, corrects=[wrong],
        text="We wrote that 212 customers are affected. That number counted attempts. As of 15:10 UTC it is 187 customers.",
    )  # fmt: skip
    return Scene(story.record, story.at(250), story.at(380))


def long_titles() -> Scene:
    story = Chronicle()
    story.masthead(
        -10 * DAY, components={REFUNDS: "R" + "efund" * 15, TRIAGE: "Answers about warranty claims by telephone"}
    )
    made = [story.promised(DAY, LONG)]
    for name in ("one", "two"):
        story.publish(10, name, headline=LONG, affected=LONG, what_to_do=LONG, next_update=40, commitments=made)
        made = []
    return Scene(story.record, story.at(5), story.at(20))


def sixty_components() -> Scene:
    story = Chronicle()
    story.masthead(-100 * DAY, components={f"c{number}": f"Agent number {number}" for number in range(60)})
    for number in range(8):
        story.publish(number, f"i{number}", components={f"c{number}": "degraded"}, next_update=100 + number)
    return Scene(story.record, story.at(5), story.at(20))


SCENES: dict[str, Callable[[], Scene]] = {
    scene.__name__: scene
    for scene in (
        clear, stale, first_day, before_set_up, one, late, four, emergency, reviewed, solo, resolved, corrected,
        long_titles, sixty_components,
    )
}  # fmt: skip


def later(scene: Scene, **delta: float) -> Scene:
    return Scene(scene.record, scene.confirmed_at, scene.now + timedelta(**delta))
