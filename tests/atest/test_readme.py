"""What the README shows works as it is shown."""

import re
from pathlib import Path

from inner_run import run_inner
from robot.libdocpkg import LibraryDocumentation

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def known_sentences() -> set[str]:
    libraries = [f"goldenpath.{path.stem}" for path in (ROOT / "libraries" / "goldenpath").glob("*Library.py")]
    resources = [str(path) for path in (ROOT / "keywords").glob("*.resource")]
    return {kw.name for source in libraries + resources for kw in LibraryDocumentation(source).keywords}


def test_the_first_own_test_passes(tmp_path: Path) -> None:
    example = re.search(r"```robotframework\n(.*?)```", README, re.DOTALL)
    assert example, "the README shows no test"
    suite = tmp_path / "suites" / "journey" / "my_first.robot"
    suite.parent.mkdir(parents=True)
    suite.write_text(example.group(1), encoding="utf-8")
    (tmp_path / "keywords").symlink_to(ROOT / "keywords")
    run = run_inner(suite, tmp_path / "results")
    assert [status for status, _, _ in run.tests().values()] == ["PASS"], run.console


def test_the_vocabulary_names_sentences_that_exist() -> None:
    table = re.search(r"\| I want to check that.*?\n\n", README, re.DOTALL)
    assert table, "the README has no vocabulary"
    named = set(re.findall(r"`([A-Z][^`…]+)`", table.group()))
    assert len(named) > 10
    assert named <= known_sentences()


def test_every_folder_of_the_map_exists() -> None:
    table = re.search(r"## Where things are\n.*?\n\n##", README, re.DOTALL)
    assert table, "the README has no map"
    missing = [name for name in re.findall(r"\| `([a-z]+/)` \|", table.group()) if not (ROOT / name).is_dir()]
    assert missing == []
