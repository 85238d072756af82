"""Keywords refuse what is wrong, with the message that the author of a test needs."""

from pathlib import Path

import pytest
from inner_run import DATA, run_inner

SUITES = sorted(DATA.glob("*.robot"))


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_every_test_ends_as_announced(suite: Path, tmp_path: Path) -> None:
    run = run_inner(suite, tmp_path)
    assert run.tests(), run.console
    assert not run.differences(), "\n".join(run.differences())


def test_an_unknown_target_is_named_with_the_known_ones(tmp_path: Path) -> None:
    run = run_inner(DATA / "refusals_of_keywords.robot", tmp_path, "--variable", "TARGET:embeded")
    status, message, _ = run.tests()["A Question Needs A Connection"]
    assert status == "FAIL"
    refused = "There is no target 'embeded'. Did you mean 'embedded'? Known: embedded, local, netra-apex, staging."
    assert message == f"{refused}\n\nnot judged: TargetError: {refused}"
