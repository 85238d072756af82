"""From a test's handles to the pictures in its log."""

from goldenpath.handles import Run, User
from goldenpath.limits import limit
from goldenpath.reporting.timeline import moments_from_frames, timeline_svg
from goldenpath.reporting.transcript import lines_from_frames, transcript_html


def picture_of(run: Run) -> str:
    """Draw the events of a run on a time axis.

    Args:
        run: A question that was sent.

    Returns:
        Inline SVG.
    """
    frames = [(frame.at_ns, frame.body) for frame in run.frames().frames]
    moments = moments_from_frames(frames, run.sent_ns)
    return timeline_svg(moments, title=str(run), limit_s=limit("agent_run_standard").max_s)


def conversation_of(user: User) -> str:
    """Write down what a user and the platform said to each other, as a conversation.

    Args:
        user: Somebody who has asked something.

    Returns:
        HTML, complete in itself.
    """
    frames = [(frame.at_ns, frame.body) for channel in user.channels for frame in channel.frames]
    return transcript_html(lines_from_frames(frames), title=f"{user.name}'s conversation")
