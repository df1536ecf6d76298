"""What is left of many products at once is what is left of each."""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from syncserver.services.availability import availabilities, availability_of_any, ranks_of
from syncserver.services.catalogue import Choice, Product
from syncserver.stores.quotas import QuotaRow

KEYS = st.lists(st.sampled_from("abcde"), max_size=3, unique=True).map(tuple)
QUOTAS = st.dictionaries(
    st.sampled_from("abcd"),  # one that products name is not there
    st.builds(lambda size, free: QuotaRow(1, "", size, free), st.integers(0, 500), st.integers(-2, 500)),
)


class Limited:
    """A product as far as its limits go."""

    def __init__(self, no: int, quota_keys: tuple[str, ...], variants: list[tuple[str, ...]]) -> None:
        self.no, self.quota_keys = no, quota_keys
        self.choices = tuple(Choice(str(at), "", None, keys) for at, keys in enumerate(variants))


@given(st.lists(st.tuples(KEYS, st.lists(KEYS, max_size=3)), max_size=6), QUOTAS)
def test_many_at_once_are_as_each_alone(
    limits: list[tuple[tuple[str, ...], list[tuple[str, ...]]]], left: dict[str, QuotaRow]
) -> None:
    products = [cast("Product", Limited(no, own, variants)) for no, (own, variants) in enumerate(limits)]
    each = {product.no: availability_of_any(product, left) for product in products}
    assert availabilities(products, ranks_of(left)) == each
