import re

import argon2
import pytest

from sut.auth.passwords import PasswordHashes, require_strong
from sut.common.errors import PlatformError


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "x" * 7, "ab" * 600])
def test_a_weak_password_is_refused_with_the_rule(password: str) -> None:
    with pytest.raises(PlatformError, match="8 to 1024 characters") as refused:
        require_strong(password)
    assert refused.value.code == "INVALID_INPUT"


@pytest.mark.parametrize("password", ["aaaaaaab", "correct horse", "пароль-12"])
def test_a_usable_password_is_taken(password: str) -> None:
    require_strong(password)


async def test_a_password_fits_its_own_hash_only() -> None:
    hashes = PasswordHashes("small")
    stored = await hashes.make("correct horse")
    assert stored.startswith("$argon2id$")
    assert await hashes.fits(stored, "correct horse")
    assert not await hashes.fits(stored, "correct horsf")
    assert not await hashes.fits(None, "correct horse")
    hashes.close()


async def test_the_default_cost_is_the_one_of_rfc_9106() -> None:
    hashes = PasswordHashes("default")
    parameters = argon2.extract_parameters(await hashes.make("correct horse"))
    hashes.close()
    assert parameters == argon2.profiles.RFC_9106_LOW_MEMORY


@pytest.mark.parametrize("cost", ["default", "small"])
async def test_checking_nobody_is_the_same_work_as_checking_somebody(
    cost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def note(_hasher: argon2.PasswordHasher, stored: str, _password: str) -> bool:
        checked.append(stored)
        return True

    hashes = PasswordHashes(cost)  # type: ignore[arg-type]
    somebody = await hashes.make("correct horse")
    monkeypatch.setattr(argon2.PasswordHasher, "verify", note)
    await hashes.fits(somebody, "x")
    await hashes.fits(None, "x")
    hashes.close()
    real, nobody = checked
    assert argon2.extract_parameters(real) == argon2.extract_parameters(nobody)
    assert [len(part) for part in re.split(r"[$=,]", real)] == [len(part) for part in re.split(r"[$=,]", nobody)]
