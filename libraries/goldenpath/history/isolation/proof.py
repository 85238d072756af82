"""The proof that the detector sees: leaks in every encoding, planted in a history of its own, must all be found."""

import base64
import uuid
from urllib.parse import quote

from goldenpath.history.isolation.leaks import find_leaks
from goldenpath.history.isolation.markers import FEWEST_DIGITS, PREFIX, new_marker
from goldenpath.history.look_ups import LookUp
from goldenpath.history.recorder import Recorder


def encodings(marker: str) -> dict[str, str]:
    """Write a marker in every form in which it must be found.

    Args:
        marker: The marker.

    Returns:
        By name of the form: a text that holds it.
    """
    escaped = "".join(f"\\u{ord(character):04x}" for character in marker)
    percent = "".join(f"%{ord(character):02x}" for character in marker)
    forms = {
        "plain": f"before {marker} after",
        "upper case": marker.upper(),
        "percent-encoded": percent,
        "percent-encoded, upper case": percent.upper(),
        "percent-encoded twice": quote(percent),
        "JSON-escaped": escaped,
        "JSON-escaped, upper case": escaped.upper().replace("\\U", "\\u"),
        "JSON-escaped twice": escaped.replace("\\", "\\\\"),
        "cut off": marker[: len(PREFIX) + FEWEST_DIGITS],
    }
    for before in ("", "x", "xy"):
        for name, text in (("", marker), (" of upper case", marker.upper())):
            raw = f"{before}{text}?>~".encode()
            forms[f"base64{name} after {len(before)}"] = base64.b64encode(raw).decode()
            forms[f"base64url{name} after {len(before)}"] = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return forms


def prove_detector() -> list[str]:
    """Plant a leak of each kind in a history made for it, and look for them.

    Returns:
        The kinds that were not found; a detector that sees has none.
    """
    ada, bob, stranger = new_marker(), new_marker(), new_marker()
    ids = {"user id": str(uuid.uuid4()), "e-mail address": f"ada-{uuid.uuid4().hex}@golden-path.test"}
    recorder, names = Recorder(), []
    channel = recorder.channel("Bob", "planted")
    for name, text in {**encodings(ada), "unknown marker": stranger, **ids}.items():
        names.append(name)
        channel.record("in", f'{{"data":{{"found":"{text}"}}}}')
    channel.record("in", f'{{"data":{{"own":"{bob}"}}}}')
    recorder.record_look_up(LookUp("Bob", "row of planted", {"content": ada}))
    leaks = find_leaks(recorder, {"Ada": [ada, *ids.values()], "Bob": [bob]})
    seen = {leak.place for leak in leaks if leak.seen_by == "Bob"}
    missed = [name for number, name in enumerate(names, start=1) if f"frame {number} of planted" not in seen]
    if "row of planted" not in seen:
        missed.append("row of a store")
    if f"frame {len(names) + 1} of planted" in seen:
        missed.append("own marker, which is no leak")
    return missed
