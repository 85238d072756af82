"""What the scenarios about tokens check beyond the judge's rules."""

from goldenpath.checks import check

ONE_VERDICT = check("one-token-one-verdict", "One token gets one verdict, the right one, at every door.")
OWN_CONTEXT = check("own-context-only", "A token gives the context of its own user: user, session, permissions.")
SAYS_WHY = check("refusal-says-why", "A bad token is refused with the documented code, the same at every door.")
REFRESH = check("refresh-keeps-who-one-is", "A refresh gives a new token of the same user and session, and works.")
LOGOUT = check("logout-ends-the-session", "After a logout the session's refresh token gives no new tokens.")
RIGHTS = check("rights-come-from-the-token", "No field that a client sends gives rights that its token does not give.")
NO_ENTRY = check("no-login-no-entry", "Without the tokens of a login no door opens, and nothing is done for anybody.")
OUTAGE = check("outage-is-no-refusal", "While nobody can tell whether a token is good, the answer is 503, never 401.")
ONE_ERROR = check("error-stays-one-error", "An error at one door, or of one user, breaks no other request.")
PAGES_READ = check("pages-can-read-errors", "Web pages of allowed origins can read errors as well as answers.")
NO_PATHS = check("strangers-learn-no-paths", "Below /api a stranger gets the same 401 at every path, known or not.")
NO_HOOKS = check("no-test-hooks", "No field, header or word of a client makes the platform wait or fail for a test.")
