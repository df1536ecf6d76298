"""What py-spy wrote is counted by layer and by function."""

from __future__ import annotations

from tests.bench.profiles import profile_of

RAW = """process 7:"rallygate-server run";run (granian/server.py:10);wsgi_app (flask/app.py:1500);catalogue (shop_web/catalogue_views.py:60);root (shop/catalogue.html:12);format_currency (babel/numbers.py:30) 6
process 7:"rallygate-server run";wsgi_app (flask/app.py:1500);catalogue (shop_web/catalogue_views.py:60);root (shop/catalogue.html:40) 3
process 7:"rallygate-server run";wsgi_app (flask/app.py:1500);find (syncserver/stores/baskets.py:50);execute (sqlalchemy/engine/base.py:1400) 1
"""  # noqa: E501 - as it is written


def test_a_profile_counts_the_deepest_layer_and_the_function_that_ran() -> None:
    found = profile_of(RAW)
    assert dict(found.layers) == {"words and money": 6, "templates": 3, "SQLAlchemy": 1}
    assert dict(found.functions) == {
        "format_currency (babel/numbers.py)": 6,
        "root (shop/catalogue.html)": 3,
        "execute (sqlalchemy/engine/base.py)": 1,
    }
    assert str(found).startswith("words and money 60%, templates 30%, SQLAlchemy 10%; running most: format_currency")


def test_a_profile_of_nothing_is_nothing() -> None:
    assert str(profile_of("")) == "; running most: "
