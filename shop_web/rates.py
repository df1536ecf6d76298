"""How often what may be done in the shop: README.md has this table in words, and a test compares the two."""

from __future__ import annotations

from syncserver.services.rates import Limit, Rate

MINUTE_S = 60

#             action         window_s        own  network  newcomers
FORMS = Rate("form", MINUTE_S, 120, 3_000, 600)
ORDERS = Rate("order", 10 * MINUTE_S, 20, 1_000, 100)
LINKS = Rate("link", MINUTE_S, 60, 1_000, 60)
WRONG_CODES = Rate("wrong-code", 10 * MINUTE_S, 10, 200, 20)
SIGN_IN_MAILS = Rate("sign-in-ask", 15 * MINUTE_S, 10, 100, 20)
PASSKEY_ASKS = Rate("passkey-ask", MINUTE_S, 60, 600, 60)
LOST_MAILS = Rate("lost", 10 * MINUTE_S, 10, 60, 10)
CONFIRMATIONS = Rate("confirm", 10 * MINUTE_S, 10, 100, 30)
ALL = (FORMS, ORDERS, LINKS, WRONG_CODES, SIGN_IN_MAILS, PASSKEY_ASKS, LOST_MAILS, CONFIRMATIONS)

LOST_BY_ADDRESS = Limit("lost-address", 3, 60 * MINUTE_S)
