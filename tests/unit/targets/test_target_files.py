"""A target file is checked when it is read; the error names file, key and remedy, and never a secret."""

import json
from pathlib import Path

import pytest

from goldenpath.errors import TargetError, UsageError
from goldenpath.targets.accounts import VARIABLE as ACCOUNTS
from goldenpath.targets.addresses import SERVICES, STORES
from goldenpath.targets.target import REAL_LLM, TARGETS, load_target

GOOD = 'name = "mine"\nkind = "embedded"\ndescription = "a platform"\n'
REACHABLE = GOOD.replace('"embedded"', '"reachable"') + (
    '[addresses]\nauth = "http://127.0.0.1:8081"\nbackend = "http://127.0.0.1:8000"\n'
)
AUTH, BACKEND, SOCKET, CA_FILE = SERVICES
POSTGRES, REDIS = STORES


@pytest.fixture(autouse=True)
def no_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SERVICES, *STORES, ACCOUNTS, REAL_LLM):
        monkeypatch.delenv(name, raising=False)


def refusal(folder: Path, text: str, ending: str = "toml") -> str:
    (folder / f"mine.{ending}").write_text(text)
    with pytest.raises(TargetError) as refused:
        load_target("mine", folder)
    return str(refused.value)


def test_the_default_target_is_embedded() -> None:
    target = load_target("embedded")
    assert (target.kind, target.addresses, target.dialect.reading) == ("embedded", None, None)
    assert target.offers("database")
    assert not target.offers("clickhouse")


def test_an_unknown_target_names_the_nearest_and_the_known_ones() -> None:
    known = r"no target 'embeded'\. Did you mean 'embedded'\? Known: embedded, local, netra-apex, staging\."
    with pytest.raises(TargetError, match=known):
        load_target("embeded")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace('kind = "embedded"\n', ""), "'kind' is missing. It is a text; add a line: kind = \"...\"."),
        (GOOD.replace('"a platform"', "7"), "'description' is a number (7) and has to be a text. For example: desc"),
        (GOOD + "production = 1\n", "'production' is a number (1) and has to be true or false. For example: prod"),
        (GOOD + 'readiness_s = "soon"\n', "'readiness_s' is a text and has to be a number."),
        (GOOD + "real = [1]\n", "'real' holds a number (1) and has to be a list of texts."),
        (GOOD.replace('"embedded"', '"cloud"'), "'kind' is \"cloud\". Use one of: embedded, reachable."),
        (GOOD.replace('"mine"', '"other"'), "'name' is \"other\"; the file says mine. Give both the same name."),
        (GOOD + "producton = true\n", "unknown key 'producton'. Did you mean 'production'? Known: "),
        (GOOD + 'not_offered = ["sec"]\n', "'not_offered' names 'sec', which is no capability. Did you mean 'seq'?"),
        (GOOD + 'dialect = "contrct"\n', "There is no dialect 'contrct'."),
        (REACHABLE + 'websocket = ""\n', "unknown key 'addresses.websocket'."),
        (REACHABLE.replace('auth = "http://127.0.0.1:8081"\n', ""), f"'addresses.auth' is missing, and {AUTH} is not"),
        (REACHABLE.replace("http://127.0.0.1:8081", "${MY_AUTH}"), "comes from the environment variable MY_AUTH, whi"),
        (REACHABLE.replace("http://127.0.0.1:8081", "ftp://x"), "is no http or https address. For example: https://"),
        (REACHABLE + "secure = true\n", "is no https address. For example: https://host:8000"),
        ("name = ", "not readable as TOML"),
    ],
)
def test_a_wrong_file_is_named_with_key_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    told = refusal(tmp_path, text)
    assert says in told
    if "no dialect" not in says:
        assert "mine.toml" in told or AUTH in told


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(json.dumps({"name": "mine", "kind": "embedded", "description": "a platform"}))
    assert load_target("mine", tmp_path).description == "a platform"
    assert "mine.json: unknown key 'knd'" in refusal(
        tmp_path, json.dumps({"name": "mine", "kind": "embedded", "description": "x", "knd": 1}), "json"
    )
    assert "not readable as JSON" in refusal(tmp_path, "{", "json")


def test_the_environment_replaces_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(REACHABLE.replace("http://127.0.0.1:8081", "${MY_AUTH}"))
    monkeypatch.setenv(AUTH, "https://auth.example/")
    monkeypatch.setenv(BACKEND, "https://a.example, https://b.example")
    monkeypatch.setenv(POSTGRES, "postgresql://user:s3cret@db/x")
    target = load_target("mine", tmp_path)
    assert target.addresses is not None
    assert target.addresses.auth == "https://auth.example"
    assert target.addresses.sockets_at("/ws") == ["wss://a.example/ws", "wss://b.example/ws"]
    assert target.offers("database")
    assert target.offers("instances")
    assert not target.offers("redis")
    assert "s3cret" not in repr(target)


def test_one_instance_and_no_store_are_not_offered_what_needs_more(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(REACHABLE)
    target = load_target("mine", tmp_path)
    missing = {name for name in ("instances", "database", "redis", "usage_data", "llm_script") if target.offers(name)}
    assert missing == set()
    assert target.offers("seq")
    assert target.offers("registration")


@pytest.mark.parametrize("name", [AUTH, BACKEND, SOCKET, CA_FILE, ACCOUNTS])
def test_a_platform_of_the_runs_own_has_no_other_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://s3cret.example")
    with pytest.raises(TargetError, match=f"{name} cannot be used with this target") as refused:
        load_target("embedded")
    assert "s3cret" not in str(refused.value)


def test_the_embedded_target_refuses_a_real_language_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REAL_LLM, "https://api.example/v1")
    with pytest.raises(TargetError, match=f"{REAL_LLM} is set, and this target's language model is mocked"):
        load_target("embedded")


def test_staging_takes_everything_from_the_environment_and_only_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TargetError, match=f"environment variable {AUTH}, which is not set"):
        load_target("staging")
    monkeypatch.setenv(AUTH, "https://auth.example")
    monkeypatch.setenv(BACKEND, "https://api.example")
    monkeypatch.setenv(SOCKET, "ws://api.example/ws")
    with pytest.raises(TargetError, match="is no wss address"):
        load_target("staging")
    monkeypatch.setenv(SOCKET, "wss://api.example/ws")
    assert not load_target("staging").offers("database")
    monkeypatch.setenv(POSTGRES, "postgresql://s3cret@db/x")
    with pytest.raises(TargetError, match=f"stores are not read. Unset {POSTGRES}"):
        load_target("staging")


@pytest.mark.parametrize("url", ["http://user:s3cret@h", "http://s3cret@h", "http://[s3cret"])
def test_an_address_with_a_password_is_refused_and_not_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(AUTH, url)
    with pytest.raises(TargetError) as refused:
        load_target("local")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("text", ["s3cret", '{"email": "s3cret"}', '[{"email": "a", "password": ""}]', '["s3cret"]'])
def test_wrong_accounts_are_not_told(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACCOUNTS, text)
    with pytest.raises(TargetError, match="is not a JSON list of accounts") as refused:
        load_target("local")
    assert "s3cret" not in str(refused.value)


def test_accounts_come_with_data_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ACCOUNTS, '[{"email": "a@b.test", "password": "s3cret"}]')
    monkeypatch.setenv(POSTGRES, "postgresql://u@db/x")
    target = load_target("local")
    assert [account.email for account in target.accounts] == ["a@b.test"]
    assert not target.offers("usage_data")
    assert not target.offers("registration")
    assert target.offers("database")
    assert "s3cret" not in repr(target) + repr(target.accounts)


def test_a_target_with_addresses_is_the_runs_own_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    own = load_target("netra-apex")
    assert (own.kind, own.edge) == ("embedded", "netra-apex")
    assert own.offers("usage_data")
    assert not own.offers("rows")
    monkeypatch.setenv(AUTH, "http://h:8081")
    with pytest.raises(TargetError, match=BACKEND):
        load_target("netra-apex")
    monkeypatch.setenv(BACKEND, "http://h:8000")
    monkeypatch.setenv(POSTGRES, "postgresql://u@db/x")
    there = load_target("netra-apex")
    assert there.kind == "reachable"
    assert not there.offers("usage_data")
    assert not there.offers("llm_script")
    assert there.offers("rows")
    assert not there.offers("database")


def test_asking_for_an_unknown_capability_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"no capability 'sec'\. Did you mean 'seq'\?"):
        load_target("embedded").offers("sec")


def test_every_target_says_what_is_real_and_what_is_mocked(monkeypatch: pytest.MonkeyPatch) -> None:
    for file in TARGETS.glob("*.toml"):
        with monkeypatch.context() as here:
            for name, url in ((AUTH, "https://h"), (BACKEND, "https://h"), (SOCKET, "wss://h/ws")):
                if file.stem == "staging":
                    here.setenv(name, url)
            target = load_target(file.stem)
        assert all((target.real, target.mocked)), file.name
