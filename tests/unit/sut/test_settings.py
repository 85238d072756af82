import pytest

from sut.auth.settings import AuthSettings, read_settings
from sut.common.settings import SettingsError

GOOD = {
    "GP_POSTGRES_URL": "postgresql://gp:hidden-password@127.0.0.1:5432/gp",
    "GP_REDIS_URL": "redis://:hidden-password@127.0.0.1:6379/0",
    "GP_JWT_SECRET": "hidden-" + "j" * 25,
    "GP_SERVICE_SECRET": "hidden-" + "s" * 25,
    "GP_INSTANCE_TOKEN": "hidden-token",
}


def read(*arguments: str, **env: str) -> AuthSettings:
    return read_settings(list(arguments), GOOD | env)


def refusal(*arguments: str, **env: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(*arguments, **env)
    return str(refused.value)


def test_defaults_are_those_of_the_contract() -> None:
    settings = read()
    assert (settings.service.host, settings.service.port) == ("127.0.0.1", 8081)
    assert settings.service.redis_prefix == "gp:"
    assert settings.service.startup_timeout_s == 60
    assert (settings.access_ttl_s, settings.refresh_ttl_s) == (900, 14 * 24 * 3600)
    assert settings.password_cost == "default"
    assert settings.advertised_url == "http://127.0.0.1:8081"


def test_a_proxy_in_front_can_be_advertised() -> None:
    assert read("--advertise-url", "http://127.0.0.1:9000").advertised_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize("name", ["GP_JWT_SECRET", "GP_SERVICE_SECRET"])
def test_a_missing_or_short_secret_is_refused_without_showing_it(name: str) -> None:
    assert refusal(**{name: ""}).startswith(f"{name} is not set")
    short = refusal(**{name: "hidden-short-secret"})
    assert short == f"{name} has 19 bytes; it must have at least 32."


def test_a_secret_is_measured_in_bytes() -> None:
    secret = "äöüéèêàñ" * 2
    assert read(GP_JWT_SECRET=secret).service.jwt_secret == secret


@pytest.mark.parametrize(
    "secret", ["x" * 40, "abcab" * 8, "please-ChangeMe-" * 3, "your-secret-key-goes-here-0123456789"]
)
@pytest.mark.parametrize("name", ["GP_JWT_SECRET", "GP_SERVICE_SECRET"])
def test_a_default_looking_secret_is_refused_without_showing_it(name: str, secret: str) -> None:
    sentence = refusal(**{name: secret})
    assert sentence.startswith(f"{name} looks like a default")
    assert secret not in sentence


@pytest.mark.parametrize("name", ["GP_POSTGRES_URL", "GP_REDIS_URL"])
@pytest.mark.parametrize("url", ["", "hidden", "http://hidden:1/x", "postgresql://", "redis://:hidden@host:no/0"])
def test_a_bad_address_is_refused_without_showing_it(name: str, url: str) -> None:
    sentence = refusal(**{name: url})
    assert sentence.startswith(name)
    assert "hidden" not in sentence


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_the_small_password_cost_is_for_embedded_only(environment: str) -> None:
    assert "embedded" in refusal("--environment", environment, "--password-cost", "small")
    assert read("--environment", "embedded", "--password-cost", "small").password_cost == "small"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-such-option",),
        ("--acc", "60"),
        ("surplus",),
        ("--port", "0"),
        ("--port", "65536"),
        ("--port", "http"),
        ("--environment", "test"),
        ("--access-ttl", "0"),
        ("--access-ttl", "1.5"),
        ("--startup-timeout", "-1"),
        ("--startup-timeout", "inf"),
        ("--startup-delay", "-1"),
        ("--advertise-url", "nowhere"),
    ],
)
def test_an_unusable_option_is_refused_in_one_sentence(arguments: tuple[str, ...]) -> None:
    sentence = refusal(*arguments)
    assert "\n" not in sentence
    assert "--help" in sentence


def test_secrets_do_not_show_in_a_text_about_the_settings() -> None:
    assert "hidden" not in repr(read())
