"""An invented organisation to look around in, made by calling the operations with a moving clock.

Nothing here writes a row by itself: what the demo shows is what the product does. The people, the agents and all
texts are invented. The story ends now, with one incident in its fortieth minute.
"""

from datetime import timedelta

import clock
from config.demo import duties, past, present
from config.demo.cast import Cast
from config.demo.stage import Stage

BEGAN = timedelta(days=49)


def tell(password: str) -> Cast:
    """Fill an empty, migrated database. Everybody signs in with ``password``."""
    now = clock.now()
    with clock.fixed_at(now - BEGAN) as move:
        stage = Stage(now=now, move=move)
        cast = Cast.assemble(password)
        duties.prepare(cast)
        past.repeated_answers(stage, cast)
        past.unconfirmed_dates(stage, cast)
        present.refunds_outside_the_policy(stage, cast)
        stage.wait_until(now)
    return cast
