"""The promises about routing that the scenarios name when one is broken."""

from goldenpath.checks import check

HANDLED_ONCE = check(
    "handled-once", "A message is handled exactly once, by the handler of its type, whichever way it came in."
)
EVERY_SOCKET_ONCE = check(
    "every-socket-once", "Every socket of a user gets every frame of the user's runs exactly once, on any instance."
)
CONTROL_OVERTAKES = check("control-overtakes", "Pings and stops are answered before the questions that wait.")
THREAD_ORDER_KEPT = check("thread-order-kept", "Questions of one thread are taken in and answered in their order.")
OWN_ROUTE_ONLY = check(
    "own-route-only", "A message is routed by who sent it: threads, runs and names of other users are of no use."
)
RUN_ENDS = check("run-ends", "A run ends in time with a result or a named error, whatever its agents hand to whom.")
OTHERS_GO_ON = check("others-go-on", "What one user's run or socket does holds nobody else up.")
