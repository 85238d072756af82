"""A planted leak is found in every encoding, with its owner, at a cost that does not grow with the number of users."""

import base64
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from bad_histories import again, second
from good_histories import MARKERS, good, uid

from goldenpath.history.isolation import PREFIX, Scanner, Sight, leaks_between, new_marker, sights_with_own_mark
from goldenpath.history.isolation import markers as markers_module
from goldenpath.history.isolation.markers import find_markers
from goldenpath.history.isolation.proof import encodings, prove_detector
from goldenpath.history.judge import judge

ADA, BOB = MARKERS["Ada"], MARKERS["Bob"]


def test_the_detector_finds_everything_that_is_planted() -> None:
    assert prove_detector() == []


def test_a_detector_that_is_blind_in_one_encoding_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = markers_module._PATTERN
    blind = whole.pattern.replace("Z3BjYW5hcn", "never")
    monkeypatch.setattr(markers_module, "_PATTERN", markers_module.re.compile(blind))
    assert prove_detector() == ["base64 after 0", "base64url after 0"]


@pytest.mark.parametrize("form", encodings(ADA))
def test_the_owner_is_named_in_every_encoding(form: str) -> None:
    (found,) = Scanner({"Ada": [ADA], "Bob": [BOB]}).find(f"before {encodings(ADA)[form]} after")
    assert (found.mark, found.owners) == (ADA, {"Ada"})


@pytest.mark.parametrize("offset", range(3))
@pytest.mark.parametrize("url_safe", [False, True])
def test_base64_is_read_at_any_place_of_a_longer_text(offset: int, url_safe: bool) -> None:
    for _ in range(50):
        marker = new_marker()
        text = "\u00fe" * offset + marker + "\u00ff~?" * 5
        encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
        (found,) = find_markers(encode(text.encode("latin-1")).decode())
        assert str(found) == marker


def test_markers_that_stand_together_are_all_found() -> None:
    text = " ".join([*encodings(ADA).values(), BOB])
    assert len(list(Scanner({"Ada": [ADA], "Bob": [BOB]}).find(text))) == len(encodings(ADA)) + 1


@pytest.mark.parametrize("digits", [8, 20, 31])
def test_a_cut_off_marker_is_named(digits: int) -> None:
    (found,) = Scanner({"Ada": [ADA]}).find(f'"{ADA[: len(PREFIX) + digits]}"')
    assert (found.mark, found.what) == (ADA, "marker (plain, cut off)")


def test_the_prefix_alone_names_nobody() -> None:
    assert list(Scanner({"Ada": [ADA]}).find(ADA[: len(PREFIX) + 7])) == []


def test_a_marker_that_nobody_has_is_a_finding() -> None:
    (found,) = Scanner({"Ada": [ADA]}).find(new_marker())
    assert found.owners == frozenset()


def test_ids_and_addresses_are_found_in_either_case_inside_of_words() -> None:
    user, email = str(uuid.uuid4()), "ada-1234567890@golden-path.test"
    scanner = Scanner({"Ada": [user, email]})
    assert [found.what for found in scanner.find(f"x{user.upper()}y {email} {email.replace('@', '%40')}")] == [
        "id",
        "e-mail address",
        "e-mail address",
    ]


def test_ids_of_another_form_are_found_as_well() -> None:
    (found,) = Scanner({"Ada": ["thread_0123456789abcdef"]}).find('{"id": "thread_0123456789abcdef"}')
    assert found.owners == {"Ada"}


def test_what_several_users_have_in_common_is_no_leak() -> None:
    tenant = str(uuid.uuid4())
    sights = {name: [Sight("GET /auth/me", tenant)] for name in ("Ada", "Bob")}
    assert leaks_between({"Ada": [tenant], "Bob": [tenant]}, sights) == []


def test_what_users_sent_themselves_is_no_leak() -> None:
    story = good()
    story.lines["Bob socket"].say(8.5, "ping", ref=uid("ta"))
    pong = {"server_time": story.lines["Bob socket"].entries[0].body["timestamp"], "ref": uid("ta")}
    story.lines["Bob socket"].hear(8.6, "pong", pong)
    assert judge(story.build()).findings == ()


def test_a_foreign_frame_relabelled_with_the_receivers_id_is_found() -> None:
    story = good()
    for entry in second(story).of_run("a1"):
        again(story.lines["Bob socket"], entry, entry.at_s, user_id=uid("Bob"), event_id=uid(f"x {entry.at_s}"))
    counts = judge(story.build()).counts
    assert set(counts) >= {"no-foreign-id", "only-own-runs", "run-has-one-thread"}
    assert not counts.get("user-is-the-receiver")


def test_own_marks_show_that_the_search_looks_at_the_right_things() -> None:
    sights = [Sight("frame 1", f'{{"content": "{ADA}"}}'), Sight("frame 2", "nothing")]
    assert sights_with_own_mark(ADA, sights) == 1
    assert sights_with_own_mark(BOB, sights) == 0


class Counted(dict[str, Any]):
    """A dictionary that counts how often it is asked."""

    asked = 0

    def __contains__(self, key: object) -> bool:
        self.asked += 1
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a search must not go through all users")


def _questions_asked(users: int) -> int:
    marks = {
        f"user {n}": [new_marker(), str(uuid.uuid4()), f"user-{n}-0123456789@golden-path.test"] for n in range(users)
    }
    scanner = Scanner(marks)
    owners, heads = Counted(scanner._owners), Counted(scanner._heads)
    scanner._owners, scanner._heads = owners, heads
    text = " ".join(marks["user 3"]) + f" {new_marker()} {uuid.uuid4()}"
    assert len(list(scanner.find(text))) == 4
    return owners.asked + heads.asked


def test_the_cost_does_not_grow_with_the_number_of_users() -> None:
    assert _questions_asked(10) == _questions_asked(1000)
