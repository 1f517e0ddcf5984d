"""The shop's messages: whom they reach, the visits that they lead to, and what was counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_clevertap.sandbox.account import reference_data

if TYPE_CHECKING:
    from random import Random

    from tap_clevertap.sandbox.account.models import JSON, World

DAY = 86400
MESSAGES = 40
NEWEST = 3
"""As many are still running."""
DAYS_OUT = {"One time": 2, "Recurring": 14, "Action": 14, "Inaction": 14}
"""Days on which a message brings people, by its delivery."""
VARIANTS = (("Android", None), ("iOS", None), ("Android", "A"), ("Android", "B"))

Line = tuple[str | None, str | None]
"""Device and variant: a message has a line of numbers for each."""


@dataclass(frozen=True, slots=True)
class Message:
    """A campaign's message; `start_at` in epoch seconds."""

    number: int
    channel: str
    start_at: int
    lines: tuple[Line, ...]

    @property
    def message_id(self) -> int:
        """CleverTap's id of it, an instant in epoch seconds."""
        return self.start_at - 7200

    @property
    def delivery(self) -> str:
        """How it goes out: once, on days, or to those who did something or nothing."""
        return reference_data.DELIVERIES[self.number % len(reference_data.DELIVERIES)]

    @property
    def theme(self) -> tuple[str, float]:
        """What it is about, and how much likelier its readers are to pay."""
        return reference_data.THEMES[self.number % len(reference_data.THEMES)]

    @property
    def name(self) -> str:
        """As in the dashboard."""
        return f"{self.theme[0]} #{self.number + 1}"

    def is_out(self, at: int) -> bool:
        """Tell whether it still brings people at an instant."""
        return self.start_at <= at < self.start_at + DAYS_OUT[self.delivery] * DAY

    def lines_for(self, platform: str) -> list[Line]:
        """Return the lines that count a device of this platform; none where it is not reached."""
        if platform not in reference_data.CHANNELS[self.channel].platforms:
            return []
        return [line for line in self.lines if line[0] in {None, platform}]


@dataclass(frozen=True, slots=True)
class Contact:
    """A message as one device gets it at an instant."""

    message: Message
    line: Line
    wzrk_id: str

    def props(self) -> JSON:
        """Return the properties of the events that come of it, spelt as CleverTap does."""
        device, variant = self.line
        kind = reference_data.CHANNELS[self.message.channel].kind
        props: JSON = {
            "Campaign id": str(self.message.message_id),
            "Campaign name": self.message.name,
            "Campaign type": f"{kind} - {device}" if device else kind,
            "wzrk_id": self.wzrk_id,
            "wzrk_pivot": f"Variant {variant}" if variant else "wzrk_default",
        }
        return props | ({"Variant": f"Variant {variant}"} if variant else {})

    def session(self) -> JSON:
        """Return the session properties of the visit that it leads to."""
        return {
            "utm_source": "clevertap",
            "utm_medium": self.message.channel.lower(),
            "utm_campaign": self.message.name,
            "session_source": "Others",
        }


@dataclass(slots=True)
class Outbox:
    """The messages of a world, and how often each was sent, viewed and clicked."""

    world: World
    messages: list[Message]
    numbers: Counter[tuple[int, Line, str]] = field(default_factory=Counter)

    def contact(self, rng: Random, platform: str, at: int, *, is_push: bool) -> Contact | None:
        """Return a message that is out and reaches a device, if there is one."""
        reaching = [
            (message, line)
            for message in self.messages
            if message.is_out(at) and (message.channel == "Push") == is_push
            for line in message.lines_for(platform)
        ]
        if not reaching:
            return None
        message, line = rng.choice(reaching)
        return Contact(message, line, self._wzrk_id(message, at))

    def count(self, contact: Contact, *metrics: str) -> None:
        """Count a contact as sent, viewed or clicked."""
        for metric in metrics:
            self.numbers[contact.message.number, contact.line, metric] += 1

    def report(self, rng: Random) -> list[JSON]:
        """Return the lines of all messages, as the world keeps them."""
        return [
            self._line(rng, message, line) for message in self.messages for line in message.lines
        ]

    def _wzrk_id(self, message: Message, at: int) -> str:
        if message.delivery == "One time":
            return str(message.message_id)
        if message.delivery == "Recurring":
            return f"{message.message_id}_{self.world.local_day(at):%Y%m%d}"
        return f"{message.message_id}_{at}"

    def _line(self, rng: Random, message: Message, line: Line) -> JSON:
        labels = reference_data.LABELS[message.number % len(reference_data.LABELS)]
        details = {"device": line[0], "variant": line[1]}
        return {
            "message id": message.message_id,
            "message_name": message.name,
            "channel": message.channel,
            "delivery": message.delivery,
            "start_at": message.start_at,
            "status": "running" if message.number < NEWEST else "completed",
            **self._metrics(rng, message, line),
            "conversion_event": reference_data.CHARGED,
            "labels": labels,
        } | {key: value for key, value in details.items() if value is not None}

    def _metrics(self, rng: Random, message: Message, line: Line) -> JSON:
        """Return what was counted; where only clicks are, as many more saw and got it as usual."""
        sent, viewed, clicked = (
            self.numbers[message.number, line, metric] for metric in ("sent", "viewed", "clicked")
        )
        if not sent:
            viewed = clicked * rng.randrange(3, 9) + rng.randrange(40)
            sent = viewed * rng.randrange(2, 5) + rng.randrange(100)
        return {"sent": sent, "viewed": viewed, "clicked": clicked}


def outbox(world: World, rng: Random, noon: int) -> Outbox:
    """Return an outbox with a message a day, back from the day whose noon is given."""
    return Outbox(world, [_message(rng, number, noon) for number in range(MESSAGES)])


def _message(rng: Random, number: int, noon: int) -> Message:
    channel = tuple(reference_data.CHANNELS)[number % len(reference_data.CHANNELS)]
    start = noon - number * DAY + rng.randrange(-4 * 3600, 9 * 3600)
    lines = VARIANTS[: rng.randrange(2, 5)] if channel == "Push" else ((None, None),)
    return Message(number, channel, start, lines)
