"""Rules about the first frame of a connection, and the form of all of them."""

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.views import ChannelView, HistoryView, Seen
from goldenpath.schemas import frame_errors

LARGEST_FRAME = 1024 * 1024


@rule("greeting-first", "contract 3", "channel")
def greeting_first(channel: ChannelView) -> Notes:
    """The first frame of a connection is connection_established."""
    if channel.received and channel.first_kind != "connection_established":
        yield Broken(f"the first frame is {channel.first_kind or 'no JSON object'}", channel.first_ns or None)


@rule("greeting-once", "contract 3", "channel")
def greeting_once(channel: ChannelView) -> Notes:
    """A connection is greeted exactly once."""
    for again in channel.greetings[1:]:
        yield Broken(f"one of {len(channel.greetings)} greetings", again.at_ns, again.trace_id)


@rule("connection-id-new", "contract 3", "history")
def connection_id_new(history: HistoryView) -> Notes:
    """Every connection has a connection_id that no other one has."""
    known: dict[str, ChannelView] = {}
    for channel in history.channels:
        for connection_id in filter(None, channel.connection_ids[:1]):
            other = known.setdefault(connection_id, channel)
            if other is not channel:
                text = f"{channel.user}'s {channel} and {other.user}'s {other} are both connection {connection_id}"
                yield Broken(text, channel.first_ns)


@rule("frames-are-json", "contract 3", "channel")
def frames_are_json(channel: ChannelView) -> Notes:
    """Every frame from the platform is one JSON object."""
    for at_ns in channel.malformed:
        yield Broken("a frame is no JSON object", at_ns)


@rule("frames-are-text", "contract 3", "channel")
def frames_are_text(channel: ChannelView) -> Notes:
    """Every frame from the platform is a text frame."""
    for at_ns in channel.binary:
        yield Broken("a binary frame came", at_ns)


@rule("frame-size", "contract 3", "frame")
def frame_size(seen: Seen, channel: ChannelView) -> str | None:
    """No frame is bigger than 1 MiB."""
    size = len(seen.raw)
    if size * 4 <= LARGEST_FRAME or (size := len(as_bytes(seen.raw))) <= LARGEST_FRAME:
        return None
    return f"{seen.kind} has {size} bytes"


@rule("frame-schema", "contract 3", "frame", needs="schemas")
def frame_schema(seen: Seen, channel: ChannelView) -> str | None:
    """Every frame has the fields, and the values in them, that its description in resources/schemas names."""
    wrongs = frame_errors(seen.body)
    return f"{seen.kind or 'a frame'}: {'; '.join(wrongs[:3])}" if wrongs else None


def as_bytes(raw: str | bytes) -> bytes:
    """Give a frame as the bytes that passed the wire.

    Args:
        raw: As recorded.

    Returns:
        Its bytes.
    """
    return raw if isinstance(raw, bytes) else raw.encode("utf-8", errors="surrogatepass")
