"""Comments that switch lint off in suites and keywords."""

import pytest

from lint import silenced


@pytest.mark.parametrize(
    "comment",
    [
        "# robocop: off",
        "#robocop:off",
        "# robocop: off=no-sleep",
        "# robocop: off=GP01",
        "# robocop: off = LEN08, GP08",
        "# fmt: off",
        "# robocop: fmt: off",
        "# see issue 4  robocop: off",
    ],
)
def test_a_comment_that_switches_own_rules_off_is_told(tmp_path, comment):
    suite = tmp_path / "suite.robot"
    suite.write_text(f"*** Test Cases ***\nTest\n    Sleep    1s    {comment}\n", encoding="utf-8")
    assert [(finding.line, finding.rule) for finding in silenced.check_file(suite)] == [(3, "silenced-lint")]


@pytest.mark.parametrize(
    "comment", ["# robocop: off=LEN08", "# robocop: off=LEN08, SPC08", "# robocop: on", "# day off"]
)
def test_one_general_rule_may_be_switched_off(tmp_path, comment):
    suite = tmp_path / "suite.robot"
    suite.write_text(f"*** Test Cases ***\nTest\n    Log In    {comment}\n", encoding="utf-8")
    assert silenced.main([str(tmp_path)]) == 0
