"""The isolation levels a platform can be started with, for tests of what must hold at each of them."""

import pytest

from sut.common.settings import ISOLATIONS

# for a test or a whole file; what is not marked runs at the level that is the platform's default
at_every_level = pytest.mark.parametrize("level", ISOLATIONS)
