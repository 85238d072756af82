"""From a test's handles to the pictures in its log."""

from collections.abc import Sequence

from goldenpath.handles import Run, User
from goldenpath.limits import limit
from goldenpath.platform.llm_server.control import LlmControl
from goldenpath.reporting.barrier_picture import UserRun, several_timelines_svg
from goldenpath.reporting.timeline import Moment, moments_from_frames, timeline_svg
from goldenpath.reporting.transcript import lines_from_frames, transcript_html


def _moments(run: Run) -> list[Moment]:
    return moments_from_frames([(frame.at_ns, frame.body) for frame in run.frames().frames], run.sent_ns)


def _run_limit_s() -> float:
    return limit("agent_run_standard").max_s


def picture_of(run: Run) -> str:
    """Draw the events of a run on a time axis.

    Args:
        run: A question that was sent.

    Returns:
        Inline SVG.
    """
    return timeline_svg(_moments(run), title=str(run), limit_s=_run_limit_s())


def picture_of_all(runs: Sequence[Run]) -> str:
    """Draw the runs of several users side by side on one time axis.

    Args:
        runs: Questions that were sent, of any users.

    Returns:
        Inline SVG.
    """
    rows = [UserRun(run.user.name, run.sent_ns / 1e9, _moments(run)) for run in runs]
    return several_timelines_svg(rows, title="The questions of this test, side by side", limit_s=_run_limit_s())


def conversation_of(user: User) -> str:
    """Write down what a user and the platform said to each other, as a conversation.

    Args:
        user: Somebody who has asked something.

    Returns:
        HTML, complete in itself; the user's canary is left out, it is not for readers.
    """
    frames = [(frame.at_ns, frame.body) for channel in user.channels for frame in channel.frames]
    lines = lines_from_frames(frames, user=user.name)
    return transcript_html(lines, title=f"{user.name}'s conversation").replace(
        f" {LlmControl.marker_text(user.canary)}", ""
    )
