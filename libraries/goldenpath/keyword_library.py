"""The one way in which a class becomes a keyword library of this project."""

from robot.api.deco import library

from goldenpath.arguments import CONVERTERS
from goldenpath.lifecycle import LISTENERS

# One instance for the whole run, our listeners around every test, and our words for wrong arguments.
keyword_library = library(scope="GLOBAL", listener=LISTENERS, converters=CONVERTERS)
