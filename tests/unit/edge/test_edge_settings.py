import pytest

from sut.common.settings import SettingsError
from sut.edge.netra_apex.settings import DEV_PASSWORD, EdgeSettings, read_settings

GOOD = ["--auth-port", "8081", "--auth-url", "http://a:1/", "--backend-port", "8000", "--backend-url", "http://b:2"]
ENV = {DEV_PASSWORD: "hidden-password-of-the-fixed-user-0123456789", "GP_INSTANCE_TOKEN": "hidden-token"}


def read(*more: str, env: dict[str, str] | None = None) -> EdgeSettings:
    return read_settings([*GOOD, *more], ENV if env is None else env)


def test_good_settings():
    settings = read("--backend-port", "8001", "--backend-url", "http://c:3/")
    assert (settings.auth_port, settings.auth_url) == (8081, "http://a:1")
    assert settings.backends == {8000: "http://b:2", 8001: "http://c:3"}
    assert (settings.environment, settings.query_token, settings.host) == ("development", False, "127.0.0.1")
    assert "hidden" not in repr(settings)


def test_only_development_has_a_fixed_user():
    settings = read("--environment", "staging")
    assert (settings.environment, settings.dev_password) == ("staging", None)
    assert read("--environment", "staging", env={}).dev_password is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--backend-port", "8001"], "Each --backend-port needs one --backend-url."),
        (["--backend-port", "8081", "--backend-url", "http://c:3"], "Each port can be given once only."),
        (["--auth-url", "ftp://x"], "http://host:port"),
        (["--frontend-url", "x"], "http://host:port"),
        (["--fault", "1"], "--fault"),
        (["--auth-port", "0"], "not a port"),
    ],
)
def test_bad_options_are_refused_with_one_sentence(arguments, words):
    with pytest.raises(SettingsError, match=words) as refused:
        read(*arguments)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", ["--auth-port", "--auth-url", "--backend-port", "--backend-url"])
def test_what_is_in_front_of_what_must_be_said(missing):
    arguments = list(GOOD)
    at = arguments.index(missing)
    del arguments[at : at + 2]
    with pytest.raises(SettingsError, match=missing):
        read_settings(arguments, ENV)


@pytest.mark.parametrize("password", [None, "hidden-short"])
def test_a_fixed_user_needs_a_real_password(password):
    with pytest.raises(SettingsError, match=DEV_PASSWORD) as refused:
        read(env={} if password is None else {DEV_PASSWORD: password})
    assert "hidden" not in str(refused.value)
