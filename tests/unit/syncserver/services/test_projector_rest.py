from __future__ import annotations

import pytest

from syncserver.services.projector import (
    BATCH_MAX,
    BATCH_SHARED_MAX,
    GATHER_S,
    IDLE_S,
    REST_S_MAX,
    Round,
    rest_s,
)


@pytest.mark.parametrize(
    ("done", "took_s", "rest"),
    [
        pytest.param(Round(0, is_shared=False, heads={}), 0.01, IDLE_S, id="nothing new"),
        pytest.param(Round(3, is_shared=True, heads={}), 0.01, GATHER_S, id="a few, one by one"),
        pytest.param(Round(BATCH_MAX - 1, is_shared=False, heads={}), 0.3, GATHER_S, id="the last of a backlog"),
        pytest.param(Round(BATCH_MAX, is_shared=False, heads={}), 0.3, 0.0, id="a backlog that does not grow"),
        pytest.param(Round(BATCH_SHARED_MAX, is_shared=True, heads={}), 0.1, 0.2, id="a third of the time at most"),
        pytest.param(Round(BATCH_SHARED_MAX, is_shared=True, heads={}), 9.0, REST_S_MAX, id="never long"),
    ],
)
def test_the_projector_rests_while_others_need_what_it_uses(done: Round, took_s: float, rest: float) -> None:
    assert rest_s(done, took_s) == rest
