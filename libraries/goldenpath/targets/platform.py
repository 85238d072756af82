"""What the suite asks of a platform, whoever has started it."""

from typing import Protocol


class Platform(Protocol):
    """A running platform."""

    @property
    def startup_s(self) -> float:
        """Seconds until it was ready."""

    @property
    def auth_url(self) -> str:
        """The auth service's base URL, without a slash at the end."""

    @property
    def backend_urls(self) -> list[str]:
        """The backends' base URLs, without a slash at the end."""

    @property
    def ws_urls(self) -> list[str]:
        """The backends' socket addresses."""

    @property
    def postgres_url(self) -> str:
        """The database, with the password."""

    @property
    def redis_url(self) -> str:
        """The Redis, with the password."""

    @property
    def redis_prefix(self) -> str:
        """What each of the platform's keys begins with."""

    @property
    def llm_url(self) -> str:
        """The mocked LLM's base URL."""

    @property
    def llm_token(self) -> str:
        """What opens the control interface of the mocked LLM."""

    def error_lines(self) -> list[str]:
        """Read what the platform has logged as errors, as far as its log can be read."""

    def versions(self) -> dict[str, str]:
        """Tell what runs, as far as that is known: version by name."""
