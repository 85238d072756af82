"""The platform of the run never talks to a language model that costs money."""

import pytest

from goldenpath.errors import UsageError
from goldenpath.platform.embedded import EmbeddedPlatform, PlatformOptions, refuse_a_real_llm


@pytest.mark.requirement("862-X3")
@pytest.mark.parametrize("options", [("--llm-url", "https://api.example/v1"), ("--llm-url=https://api.example/v1",)])
def test_a_real_language_model_is_refused_before_anything_starts(options: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--llm-url names another one"):
        EmbeddedPlatform.start(PlatformOptions(backend_options=options))


def test_another_mock_on_this_machine_is_allowed() -> None:
    refuse_a_real_llm(PlatformOptions(backend_options=("--heartbeat", "1", "--llm-url", "http://127.0.0.1:1/v1")))
