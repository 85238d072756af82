import pytest

from sut.backend.settings import read_settings
from sut.common.settings import SettingsError

ENV = {
    "GP_POSTGRES_URL": "postgresql://u:secret-pw@127.0.0.1/db",
    "GP_REDIS_URL": "redis://:secret-pw@127.0.0.1:6379/0",
    "GP_JWT_SECRET": "secret-jwt-" + "x" * 32,
    "GP_SERVICE_SECRET": "secret-service-" + "x" * 32,
    "GP_LLM_API_KEY": "secret-key",
}


def test_defaults() -> None:
    settings = read_settings([], ENV)
    assert (settings.service.port, settings.instance) == (8000, "backend-8000")
    assert (settings.heartbeat_s, settings.run_timeout_s, settings.run_lease_s) == (15, 60, 60)
    assert settings.llm_api_key == "secret-key"


def test_options() -> None:
    arguments = [
        "--port",
        "9",
        "--instance",
        "b",
        "--heartbeat",
        "0.5",
        "--run-lease",
        "5",
        "--llm-url",
        "http://x:1/v1",
        "--auth-url",
        "http://y:2",
    ]
    settings = read_settings(arguments, ENV)
    assert (settings.service.port, settings.instance, settings.llm_url) == (9, "b", "http://x:1/v1")
    assert (settings.heartbeat_s, settings.run_lease_s) == (0.5, 5)
    assert settings.auth_url == "http://y:2"


def test_no_secret_is_shown() -> None:
    assert "secret-" not in repr(read_settings([], ENV))


@pytest.mark.parametrize(
    "arguments",
    [["--heartbeat", "-1"], ["--llm-url", "nowhere"], ["--auth-url", "y:2"], ["--prices-url", "ftp://x"], ["--x"]],
)
def test_bad_option_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SettingsError):
        read_settings(arguments, ENV)
