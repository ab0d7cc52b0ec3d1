"""Messages to the webhook of `[messages]`: off without one, each thing told once, never a flood."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from ingest import http_webhook as webhook
from orchestration.days import today_in
from orchestration.lake import Lake
from orchestration.settings import Settings

MOST = 10
"""Messages of one publication; what is beyond is one more that counts it."""
_NAME = "messages"
_REMEMBERED_DAYS = 60


class Message(NamedTuple):
    """Something to tell: the same key is told once."""

    key: str
    text: str


def tell(settings: Settings, messages: Iterable[Message]) -> str:
    """Send what was not told yet; empty if all went well, else why it stopped. The rest is told next time."""
    variable = settings.messages_env
    if variable is None:
        return ""
    address = settings.credentials.get(variable, "")
    if not address:
        return f"no message was sent: {variable}, which [messages] names, is not set"
    lake, today = Lake(settings.paths.lake), today_in(settings.reporting_zone)
    kept = str(today - timedelta(days=_REMEMBERED_DAYS))
    told = {key: day for key, day in lake.remembered(_NAME).items() if day[0] >= kept}
    new = [message for message in messages if message.key not in told]
    reason = ""
    for number, message in enumerate(new):
        if number < MOST:
            reason = webhook.post(address, message.text)
        elif number == MOST:
            reason = webhook.post(address, f"... and {len(new) - MOST:,} more")
        if reason:
            break
        told[message.key] = [str(today)]
    lake.remember(_NAME, told)
    return f"the webhook of {variable} took no message: {reason}" if reason else ""
