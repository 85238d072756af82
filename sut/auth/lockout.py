"""Lockout: after some failed logins within a while, an address has to wait, whatever it tries next.

It counts by e-mail address, not by network address, and whether somebody has the e-mail address or not. A right
password under a lockout is told the same as a wrong one. A login that succeeds forgets the failures before it.
"""

from dataclasses import dataclass
from datetime import timedelta

from sut.common.errors import PlatformError
from sut.store import login_failures
from sut.store.postgres import Connection


@dataclass(frozen=True, slots=True)
class Lockout:
    """The rule.

    Args:
        failures: So many failures lock an address.
        window_s: They count for so long, in seconds.
    """

    failures: int
    window_s: float

    async def refusal(self, conn: Connection, email: str) -> PlatformError | None:
        """Judge whether an address may try.

        Args:
            conn: A transaction of the system.
            email: In lower case.

        Returns:
            ``None`` when it may, else ``RATE_LIMITED`` with the time to wait.
        """
        left_s = await login_failures.locked_for_s(conn, email, failures=self.failures, window=self._window)
        if left_s <= 0:
            return None
        return PlatformError(
            "RATE_LIMITED", "There were too many failed logins with this e-mail address; wait.", retry_after_s=left_s
        )

    async def count(self, conn: Connection, email: str) -> None:
        """Count a failed login.

        Args:
            conn: A transaction of the system.
            email: In lower case.
        """
        await login_failures.add(conn, email, window=self._window)

    @property
    def _window(self) -> timedelta:
        return timedelta(seconds=self.window_s)
