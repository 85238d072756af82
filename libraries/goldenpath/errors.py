"""What can go wrong, as the reader of a failed test should see it: a sentence, without a class name before it."""


class GoldenPathError(Exception):
    """The root of everything that this package raises on purpose; its text is a sentence for the log."""

    ROBOT_SUPPRESS_NAME = True


class PromiseBroken(GoldenPathError, AssertionError):  # noqa: N818 - it is what it says
    """The platform did not do what it promises; the text holds what was promised and what was seen."""


class PlatformStartError(GoldenPathError):
    """A platform that belongs to this run could not be started; the text says what to do about it."""


class TargetError(GoldenPathError):
    """A target's description is wrong, or its platform cannot be reached as described."""


class UsageError(GoldenPathError):
    """The author of a test has to change something; the text says what."""
