"""Makes the asserts of the law suite explain themselves."""

import pytest

pytest.register_assert_rewrite(
    "server.engine.constraints.laws", "server.engine.constraints.margin_laws"
)
