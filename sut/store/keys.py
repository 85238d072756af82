"""Names of everything the platform keeps in Redis: one function a key, each behind the platform's prefix.

Each key names one owner and has a TTL; PostgreSQL holds the truth, Redis only makes it faster.
"""

from dataclasses import dataclass
from uuid import UUID

# a session is taken for good this long without asking PostgreSQL; so a removed user is refused after it at the latest
SESSION_TTL_S = 30


@dataclass(frozen=True, slots=True)
class Keys:
    """Makes key names.

    Args:
        prefix: What every key begins with; platforms that share a Redis have different ones.
    """

    prefix: str

    def session(self, session_id: UUID) -> str:
        """Name the mark that a session stands.

        Args:
            session_id: The session.

        Returns:
            A key whose value is JSON: ``{user_id, access_expires_at}``.
        """
        return f"{self.prefix}session:{session_id}"

    def revoked(self, session_id: UUID) -> str:
        """Name the mark that a session was ended.

        Args:
            session_id: The session.

        Returns:
            A key whose value is the reason; it outlives the session's last access token.
        """
        return f"{self.prefix}revoked:{session_id}"

    def thread_context(self, thread_id: UUID) -> str:
        """Name the cached context of a thread.

        Args:
            thread_id: The thread.

        Returns:
            The key.
        """
        return f"{self.prefix}thread:{thread_id}:context"

    def run_state(self, run_id: UUID) -> str:
        """Name the cached state of a run.

        Args:
            run_id: The run.

        Returns:
            The key.
        """
        return f"{self.prefix}run:{run_id}:state"

    def presence(self, user_id: UUID) -> str:
        """Name the hash of a user's open sockets.

        Args:
            user_id: The user.

        Returns:
            A key of a hash: connection id → instance and session.
        """
        return f"{self.prefix}presence:{user_id}"

    def rate(self, user_id: UUID) -> str:
        """Name a user's rate bucket.

        Args:
            user_id: The user.

        Returns:
            The key.
        """
        return f"{self.prefix}rate:{user_id}"

    def upgrades(self, user_id: UUID) -> str:
        """Name the times at which a user has connected of late.

        Args:
            user_id: The user.

        Returns:
            A key of a list.
        """
        return f"{self.prefix}rate:{user_id}:upgrades"

    def events(self, user_id: UUID) -> str:
        """Name the stream by which instances tell each other a user's events.

        Args:
            user_id: The user.

        Returns:
            A key of a capped stream.
        """
        return f"{self.prefix}events:{user_id}"

    def thread_lock(self, thread_id: UUID) -> str:
        """Name the lock under which one instance works on a thread.

        Args:
            thread_id: The thread.

        Returns:
            The key.
        """
        return f"{self.prefix}lock:thread:{thread_id}"

    def auth_registry(self) -> str:
        """Name the place where the auth service tells its address.

        Returns:
            A key whose value is the service's base URL.
        """
        return f"{self.prefix}registry:auth"

    def revocations_channel(self) -> str:
        """Name the channel on which ended sessions are told.

        Returns:
            A pub/sub channel; its messages are JSON: ``{session_id, reason}``.
        """
        return f"{self.prefix}revocations"

    def events_channel(self) -> str:
        """Name the channel on which instances tell each other what they have stored.

        Returns:
            A pub/sub channel; its messages are ``<instance> <user id> <frame as JSON>``.
        """
        return f"{self.prefix}events"

    def stops_channel(self) -> str:
        """Name the channel on which it is told that runs were taken from whoever works on them.

        Returns:
            A pub/sub channel; its messages are run ids.
        """
        return f"{self.prefix}stops"
