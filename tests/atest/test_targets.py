"""The journey on each target, in a robot of its own: behind TLS, started by hand, in another dialect, in production."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from inner_run import InnerRun, run_inner
from robot.api import ExecutionResult

from goldenpath import oracle, runtime
from goldenpath.clients.auth import AuthClient
from goldenpath.clients.backend import BackendClient
from goldenpath.clients.postgres import PostgresClient
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions
from goldenpath.project import RESOURCES, ROOT
from goldenpath.targets.accounts import VARIABLE as ACCOUNTS
from goldenpath.targets.addresses import SERVICES, STORES
from goldenpath.usage_data import make_usage
from tests.support.tls_front import tls_front

JOURNEY = ROOT / "suites" / "journey" / "full_user_journey.robot"
J1 = ROOT / "suites" / "issue_1176" / "complete_user_journey.robot"
TAGS = Path(__file__).parent / "needs" / "tags.robot"
AUTH, BACKEND, SOCKET, CA_FILE = SERVICES
POSTGRES, REDIS = STORES
WIRE = "A New User Gets An Answer And Finds It Again"
TRUE = "The Answers Are True"
STORED = "What Was Told Is Stored"


@dataclass(frozen=True)
class Person:
    """An account that was there before the run, with usage data, a thread of its own and an open session."""

    email: str
    password: str
    token: str
    user_id: str
    thread_id: str


@pytest.fixture(scope="module")
def by_hand() -> Iterator[EmbeddedPlatform]:
    """A platform that the inner runs know nothing of but its addresses."""
    platform = EmbeddedPlatform.start(PlatformOptions())
    yield platform
    platform.stop()


@pytest.fixture(scope="module")
def person(by_hand: EmbeddedPlatform) -> Person:
    async def make() -> Person:
        auth, backend = AuthClient(by_hand.auth_url), BackendClient(by_hand.backend_urls[0])
        postgres = PostgresClient(by_hand.postgres_url)
        email, password = "somebody@golden-path.test", "a password that nobody may read"
        made = (await auth.register(email, password)).expect(201).body
        await oracle.add_usage(postgres, made["user"]["tenant_id"], make_usage(7))
        thread = (await backend.create_thread(made["access_token"], "There before the run")).expect(201).body
        for client in (auth, backend, postgres):
            await client.close()
        return Person(email, password, made["access_token"], made["user"]["id"], thread["id"])

    return runtime.run(make())


def robot(target: str, folder: Path, env: dict[str, str], *options: str, suite: Path = JOURNEY) -> InnerRun:
    return run_inner(suite, folder, "--variable", f"TARGET:{target}", *options, env=env)


def statuses(run: InnerRun) -> dict[str, str]:
    return {name: status for name, (status, _, _) in run.tests().items()}


def told(run: InnerRun) -> str:
    return (run.folder / "output.xml").read_text(encoding="utf-8")


def metadata(run: InnerRun) -> dict[str, str]:
    return dict(ExecutionResult(str(run.folder / "output.xml")).suite.metadata)


def sessions_left(platform: EmbeddedPlatform, user_id: str) -> int:
    async def count() -> int:
        postgres = PostgresClient(platform.postgres_url)
        sql = "SELECT count(*) FROM sessions WHERE user_id = $1::uuid AND revoked_at IS NULL"
        found = await postgres.fetch_value(sql, user_id)
        await postgres.close()
        return int(found)

    return runtime.run(count())


@pytest.mark.requirement("862-X1")
def test_the_journey_passes_through_staging_behind_tls(
    by_hand: EmbeddedPlatform, person: Person, tmp_path: Path
) -> None:
    with tls_front([by_hand.auth_url, *by_hand.backend_urls], tmp_path) as front:
        env = {
            AUTH: front.urls[0],
            BACKEND: front.urls[1],
            SOCKET: front.ws_urls[1],
            CA_FILE: str(front.ca_file),
            ACCOUNTS: json.dumps([{"email": person.email, "password": person.password}]),
        }
        run = robot("staging", tmp_path / "results", env)
        assert run.return_code == 0, run.console
        assert statuses(run)[WIRE] == "PASS", run.console
        assert statuses(run)[TRUE] == statuses(run)[STORED] == "SKIP", run.console
        assert "unproven: target staging does not offer usage_data" in run.console
        assert person.password not in told(run)
        # what is mocked and what is real stands in the report of each target (862-X3)
        assert metadata(run)["Mocked"] == "nothing by the run"
        assert "TLS" in metadata(run)["Real"]

        stranger = robot("staging", tmp_path / "refused", {**env, CA_FILE: str(front.other_ca_file)}, "--test", WIRE)
        assert stranger.return_code == 1
        assert f"Set {CA_FILE}." in stranger.console

    async def left() -> tuple[list[str], int]:
        backend, auth = BackendClient(by_hand.backend_urls[0]), AuthClient(by_hand.auth_url)
        threads = (await backend.threads(person.token)).expect(200).body["items"]
        status = (await auth.me(person.token)).status
        await backend.close()
        await auth.close()
        return [thread["id"] for thread in threads], status

    # what the run made is gone, what was there before is there still: the thread, and the session of somebody else
    assert runtime.run(left()) == ([person.thread_id], 200)
    assert sessions_left(by_hand, person.user_id) == 1


@pytest.mark.requirement("862-X2")
def test_the_journey_passes_through_local_with_what_somebody_started(by_hand: EmbeddedPlatform, tmp_path: Path) -> None:
    env = {
        AUTH: by_hand.auth_url,
        BACKEND: ",".join(by_hand.backend_urls),
        POSTGRES: by_hand.postgres_url,
        REDIS: by_hand.redis_url,
    }
    run = robot("local", tmp_path / "results", env)
    assert run.return_code == 0, run.console
    assert set(statuses(run).values()) == {"PASS"}, run.console
    assert by_hand.postgres_url not in told(run)
    assert by_hand.redis_url not in told(run)
    assert "What this test has made on local is removed. It leaves behind:" in told(run)
    assert "the account ada-" in told(run)
    assert "\n- thread " not in told(run)
    # nobody has stopped what somebody else has started
    assert all(process.running for process in by_hand.processes.values())


@pytest.mark.requirement("862-X2")
def test_local_without_a_platform_says_what_to_do(tmp_path: Path) -> None:
    target = tmp_path / "nobody.toml"
    target.write_text(
        'name = "nobody"\nkind = "reachable"\ndescription = "nobody is there"\nreadiness_s = 1\n'
        '[addresses]\nauth = "http://127.0.0.1:9"\nbackend = "http://127.0.0.1:9"\n'
    )
    run = robot(str(target), tmp_path / "results", {}, "--test", WIRE)
    assert run.return_code == 1
    assert "Target nobody: readiness of http://127.0.0.1:9 did not happen within 1 s" in run.console
    assert "Start the platform, or set its addresses (docs/targets.md)." in run.console


@pytest.mark.parametrize(("suite", "tag"), [(JOURNEY, "journey"), (J1, "1176-j1")], ids=["journey", "1176-j1"])
def test_another_dialect_passes_through_its_file_alone(suite: Path, tag: str, tmp_path: Path) -> None:
    run = robot("netra-apex", tmp_path / "results", {}, "--include", tag, suite=suite)
    assert run.return_code == 0, run.console
    found = statuses(run)
    assert "FAIL" not in found.values()
    passed = {WIRE, TRUE} if suite == JOURNEY else {"User Logs In And Gets An Answer From The Agents"}
    assert passed <= {name for name, status in found.items() if status == "PASS"}, run.console
    assert metadata(run)["Target"].startswith("netra-apex: platform that speaks the dialect")


def test_tags_skip_what_is_not_offered_and_refuse_what_nobody_knows(tmp_path: Path) -> None:
    run = run_inner(TAGS, tmp_path)
    assert run.differences() == []


def test_a_target_in_production_is_not_attacked(tmp_path: Path) -> None:
    embedded = (RESOURCES / "targets" / "embedded.toml").read_text(encoding="utf-8")
    target = tmp_path / "live.toml"
    target.write_text(embedded.replace('name = "embedded"', 'name = "live"\nproduction = true'))
    run = run_inner(TAGS, tmp_path / "results", "--variable", f"TARGET:{target}")
    status, message, _ = run.tests()["An Attack Hits What May Be Hit"]
    assert (status, message.split("\n")[0]) == (
        "SKIP", "refused: target live is in production, and this test is tagged attack",
    )  # fmt: skip
    assert run.tests()["What Is There Is Used"][0] == "PASS"


@pytest.mark.requirement("862-X3")
def test_the_report_says_what_is_real_and_the_embedded_model_stays_mocked(tmp_path: Path) -> None:
    run = robot("embedded", tmp_path / "results", {}, "--test", "A Stranger Is Told What Is Missing")
    assert run.return_code == 0, run.console
    assert metadata(run)["Mocked"] == "LLM, OpenID provider, notification receiver"
    assert metadata(run)["Real"].startswith("auth service, backend, agents")
    refused = robot("embedded", tmp_path / "refused", {"GOLDENPATH_LLM_URL": "https://api.example/v1"}, "--test", WIRE)
    assert refused.return_code == 1
    assert "GOLDENPATH_LLM_URL is set, and this target's language model is mocked" in refused.console
