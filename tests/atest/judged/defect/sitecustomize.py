"""A defect that no step of a suite aims at: a pong echoes an access token. In the backend's own process only."""

import sys

if "sut.backend" in sys.orig_argv:
    from sut.backend import frames

    sound = frames.passing_frame

    def passing_frame(kind, data, user_id, trace_id):
        if kind == "pong":
            token = ".".join(["eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJzdWIiOiJhZGEifQ" * 3, "c2lnbmF0dXJlLW9mLWl0"])
            data = {**data, "debug": f"granted for {token}"}
        return sound(kind, data, user_id, trace_id)

    frames.passing_frame = passing_frame
