"""What a worker takes from the queue: messages of the shape that we send. Every other one is refused, and said in the log.

Celery lets bytes of the type `application/data` through whatever is to be accepted, and then ends at them, as it does at
a body that is a number or a task without an id. It has to be seen beforehand: a request that fails after it was given a
place in the pool keeps that place for ever.
"""

from collections.abc import Callable
from typing import Any

from celery.exceptions import InvalidTaskError
from celery.worker import consumer

BODY = [list, dict, dict]  # positional arguments, named arguments, what else belongs to the task
NO_LIMITS = (None, None)
LIMIT = int | float | None


class Consumer(consumer.Consumer):
    """Celery's own, with a look at each message before it."""

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        take = super().create_task_handler(*args, **options)

        def look_and_take(message: Any) -> None:
            if fault := fault_of(message):
                self.on_invalid_task(None, message, InvalidTaskError(f"Refused a message that {fault}."))
            else:
                take(message)

        return look_and_take


def fault_of(message: Any) -> str:
    """What is wrong with a message, in words that follow "a message that". Empty when it has the shape of one of ours."""
    headers = message.headers
    if not isinstance(headers, dict) or not all(isinstance(headers.get(name), str) for name in ("task", "id")):
        return "names no task, or has no id"
    limits = headers.get("timelimit") or NO_LIMITS
    if not isinstance(limits, list | tuple) or [isinstance(limit, LIMIT) for limit in limits] != [True, True]:
        return "has other time limits than two numbers"
    try:
        body = message.payload
    except Exception as error:  # noqa: BLE001 - of a type that is not accepted, or not what its type says
        return f"cannot be read: {error}"
    if not isinstance(body, list) or [type(part) for part in body] != BODY:
        return f"has not the body of a task, as {message.content_type}"
    return ""
