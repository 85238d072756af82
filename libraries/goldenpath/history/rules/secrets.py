"""Rules about tokens and passwords: they are told to their owner where they are made, and nowhere else."""

import re

from goldenpath.history.exchange import NOBODY, UPGRADE, Exchange
from goldenpath.history.recorder import Recorder
from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.views import ChannelView, HistoryView, Seen

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}")
_JWT_START = "eyJ"
# What a secret may look like; whether it is one, the history knows.
_WORD = re.compile(r"[A-Za-z0-9_.~+/=-]{20,}")
_TOKENS_ARE_MADE_AT = (
    "/auth/register",
    "/auth/login",
    "/auth/refresh",
    "/auth/service-token",
    "/auth/oauth/callback",
    "/auth/admin/users",
    "/auth/dev/login",
    "/auth/callback",
)


@rule("no-token-in-frames", "contract 3", "frame")
def no_token_in_frames(seen: Seen, channel: ChannelView) -> str | None:
    """No frame carries a token."""
    raw = seen.raw if isinstance(seen.raw, str) else seen.raw.decode("latin-1")
    return f"{seen.kind} carries a token" if _JWT_START in raw and _JWT.search(raw) else None


@rule("no-secret-in-bodies", "contract 2", "history")
def no_secret_in_bodies(history: HistoryView) -> Notes:
    """No answer over HTTP carries a token or a password, except where tokens are made."""
    for exchange in history.recorder.exchanges:
        if exchange.path not in _TOKENS_ARE_MADE_AT and (
            _JWT.search(exchange.answer) or _known_secret(exchange.answer, history.recorder)
        ):
            yield Broken("the answer carries a token or a password", exchange.ended_ns, place=f"answer to {exchange}")


@rule("no-token-in-addresses", "contract 2", "exchange")
def no_token_in_addresses(exchange: Exchange) -> Notes:
    """No redirect and no link in a header carries a token."""
    for name in ("location", "content-location", "link", "refresh"):
        value = exchange.headers.get(name, "")
        if _JWT.search(value) or "access_token=" in value or "refresh_token=" in value:
            yield Broken(f"the header {name} carries a token", exchange.ended_ns)


@rule("no-token-in-other-headers", "contract 3", "exchange")
def no_token_in_other_headers(exchange: Exchange) -> Notes:
    """No header of an answer carries a token, and a refused upgrade never echoes the one it was given."""
    for name, value in exchange.headers.items():
        if name not in ("location", "content-location", "link", "refresh") and _JWT.search(value):
            yield Broken(f"the header {name} carries a token", exchange.ended_ns)
    if exchange.method == UPGRADE and _JWT.search(exchange.answer):
        yield Broken("the refusal echoes a token", exchange.ended_ns)


@rule("no-secret-in-stores", "contract 6", "history")
def no_secret_in_stores(history: HistoryView) -> Notes:
    """No row and no key holds a token or a password in clear."""
    for look_up in history.recorder.look_ups:
        text = look_up.text()
        if _JWT.search(text) or _known_secret(text, history.recorder):
            yield Broken("a token or a password stands there in clear", look_up.at_ns, place=look_up.place)


def _known_secret(text: str, recorder: Recorder) -> bool:
    """Whether one of the words is a token or a password of somebody; e-mail addresses are signs, and no secrets."""
    return any(recorder.people.owner_of(word) != NOBODY for word in _WORD.findall(text) if "@" not in word)
