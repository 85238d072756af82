"""The promises about races that the scenarios name when one is broken."""

from goldenpath.checks import check

READY_LETS_IN = check(
    "ready-lets-in", "When the platform says that it is ready, everybody who may come in gets a working connection."
)
COLD_START = check(
    "cold-start-works-or-says-when",
    "A connect while the platform starts ends in a working connection, or in a refusal that says when to come again.",
)
COLD_DATABASE = check(
    "cold-database-is-waited-for", "A platform that starts before its database answers becomes ready when it does."
)
SUBPROTOCOL = check(
    "subprotocol-as-offered", "The platform selects the subprotocol that the client offers, and none when none is."
)
EARLY_QUESTION = check(
    "early-question-loses-nothing",
    "A question that is sent in the instant of the handshake is taken in, and shows all five events.",
)
NEW_STAYS_WHOLE = check(
    "new-connection-stays-whole", "The end of an old connection never closes, deafens or empties the new one."
)
MISSED_IS_TOLD = check("missed-is-told-again", "Who connects again and asks for it is told everything that was missed.")
SLOTS_COME_BACK = check("slots-come-back", "A connection that has ended, however it did, takes up no slot of its user.")
STORM_HELD_BACK = check(
    "storm-is-held-back", "A client that connects without end is told to wait; nobody else notices it."
)
OWN_EVENTS = check(
    "own-events-all-of-them", "Who comes, asks and leaves beside many others gets their own events, all of them."
)
CUT_RUN_FINISHES = check(
    "cut-run-finishes", "A run whose user was cut off goes on to its end, and its result is there after the reconnect."
)
