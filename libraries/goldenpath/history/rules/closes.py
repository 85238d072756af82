"""Rules about the end of a connection."""

from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.history.rules.views import ChannelView

# 1006 is no code that anybody sends: the connection broke, which a rule cannot hold against the platform.
_DOCUMENTED = frozenset((1000, 1003, 1006, 1007, 1008, 1009, 1012, 1013))
_DEFECT = 1011
_MOST_BYTES_IN = 64 * 1024


@rule("close-codes-documented", "contract 3", "channel")
def close_codes_documented(channel: ChannelView) -> Notes:
    """The platform closes connections with documented codes only."""
    close = channel.closed
    if close is not None and close.by == "server" and close.code not in _DOCUMENTED and close.code != _DEFECT:
        yield Broken(f"it was {close}", close.at_ns)


@rule("never-1011", "contract 3", "channel")
def never_1011(channel: ChannelView) -> Notes:
    """The platform never closes a connection with 1011."""
    close = channel.closed
    if close is not None and close.code == _DEFECT and close.by == "server":
        yield Broken(f"it was {close}", close.at_ns)


@rule("close-has-its-cause", "contract 3", "channel")
def close_has_its_cause(channel: ChannelView) -> Notes:
    """1003 answers a binary frame, and 1009 one that is bigger than 64 KiB."""
    close = channel.closed
    if close is None or close.by != "server":
        return
    if close.code == 1003 and not any(sent.binary for sent in channel.sent):
        yield Broken(f"it was {close}, and no binary frame was sent", close.at_ns)
    if close.code == 1009 and not any(sent.size > _MOST_BYTES_IN for sent in channel.sent):
        yield Broken(f"it was {close}, and no frame of more than 64 KiB was sent", close.at_ns)


@rule("nothing-after-close", "contract 3", "channel")
def nothing_after_close(channel: ChannelView) -> Notes:
    """Nothing comes on a connection after its close."""
    for at_ns in channel.after_close:
        yield Broken("a frame came more than a second after the close", at_ns)


@rule("no-refusal-after-upgrade", "contract 3", "channel")
def no_refusal_after_upgrade(channel: ChannelView) -> Notes:
    """Who is closed out because of lost authorisation is greeted first: refusals come before the upgrade."""
    close = channel.closed
    if close is not None and close.by == "server" and close.code == 1008 and not channel.greetings:
        yield Broken(f"it was {close} without ever being greeted", close.at_ns)
