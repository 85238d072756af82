"""A target file is checked when it is read; the error names file, key and remedy."""

from pathlib import Path

import pytest

from goldenpath.errors import TargetError
from goldenpath.targets.target import load_target

GOOD = 'name = "mine"\nkind = "embedded"\ndescription = "a platform"\n'


def test_the_default_target_is_embedded() -> None:
    assert load_target("embedded").kind == "embedded"


def test_an_unknown_target_lists_the_known_ones() -> None:
    with pytest.raises(TargetError, match=r"no target 'embeded'\. Known targets: embedded"):
        load_target("embeded")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace('kind = "embedded"\n', ""), "'kind' is missing"),
        (GOOD.replace('"a platform"', "7"), "'description' is missing or not a text"),
        (GOOD.replace('"embedded"', '"cloud"'), 'kind = "cloud" is unknown. Use one of: embedded'),
        (GOOD + "color = 1\n", "unknown key 'color'. Known keys: name, kind, description"),
        ("name = ", "not readable as TOML"),
    ],
)
def test_a_wrong_file_is_named_with_key_and_remedy(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(TargetError) as refused:
        load_target("mine", tmp_path)
    assert says in str(refused.value)
    assert "mine.toml" in str(refused.value)
