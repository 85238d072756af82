"""Passwords: the rule for new ones, and their hashes (argon2id)."""

import asyncio
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor

import argon2

from sut.auth.settings import PasswordCost
from sut.common.errors import PlatformError

MIN_LENGTH = 8
MAX_LENGTH = 1024
# hashing is work for a processor and much memory: more at once would only slow each other down
HASHES_AT_ONCE = 2
# "default" is the second recommended choice of RFC 9106 (64 MiB); "small" is for throw-away databases on one machine,
# where a suite registers many users: 1 MiB, one pass
_COSTS: dict[PasswordCost, argon2.Parameters] = {
    "default": argon2.profiles.RFC_9106_LOW_MEMORY,
    "small": argon2.Parameters(
        type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=1024, parallelism=1
    ),
}


class PasswordHashes:
    """Makes and checks hashes beside the event loop, two at a time.

    Args:
        cost: How much work a hash is.
    """

    def __init__(self, cost: PasswordCost) -> None:
        parameters = _COSTS[cost]
        self._hasher = argon2.PasswordHasher.from_parameters(parameters)
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="password")
        self._nobody = _hash_of_nobody(parameters)

    async def make(self, password: str) -> str:
        """Hash a new password.

        Args:
            password: The password.

        Returns:
            The hash with its parameters and salt.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def fits(self, stored_hash: str | None, password: str) -> bool:
        """Check a password; without a hash the same work is done, so that time does not tell who exists.

        Args:
            stored_hash: The user's; ``None`` for an unknown user or one without a password.
            password: What was given.

        Returns:
            Whether it is the user's password.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._verify, stored_hash or self._nobody, password)

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored_hash, password)
        except argon2.exceptions.VerificationError:
            return False


def require_strong(password: str) -> None:
    """Refuse a weak password.

    Args:
        password: What a user wants.

    Raises:
        PlatformError: ``INVALID_INPUT``, with the rule.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or len(set(password)) == 1:
        raise PlatformError(
            "INVALID_INPUT",
            f"A password must have {MIN_LENGTH} to {MAX_LENGTH} characters, and not all of them the same.",
            details={"fields": ["password"]},
        )


def _hash_of_nobody(parameters: argon2.Parameters) -> str:
    """Write down a hash that no password has; checking against it is as much work as against a real one."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (parameters.salt_len, parameters.hash_len)
    )
    cost = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    return f"$argon2id$v={parameters.version}${cost}${salt}${digest}"
