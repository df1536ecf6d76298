"""Whether everything that a basket's products ask was answered, looked at when it is ordered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from syncserver.services.catalogue import Catalogue
from syncserver.services.purchase_questions import Given, faults_of
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import purchase_answers as store


def check_answers(tx: Connection, catalogue: Catalogue, lines: Sequence[tuple[int, int, int]]) -> Mapping[int, Given]:
    """What was answered for (line, product, quantity) of a basket about to be ordered. Raises CannotBuy.

    Nothing is read where no product asks.
    """
    asking = [(line, catalogue.products[no], quantity) for line, no, quantity in lines]
    asking = [one for one in asking if one[1].questions]
    given = store.of_lines(tx, [line for line, _, _ in asking]) if asking else {}
    for line, product, quantity in asking:
        if faults_of(product.questions, quantity, given.get(line, {})):
            raise CannotBuy(Reason.ANSWERS_MISSING, product.name)
    return given
