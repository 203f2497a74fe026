"""Admission weights of calls, and the number of names that the event loop may encode at once."""

QUESTION_WEIGHT = 2_048
"""Least admission weight of a constrained call, and of a question, in names. A small call whose
chain is kept is drawn on the event loop and needs no admission; the builds of new chains have a
limit of their own (``concurrency.single_flight.MAX_PENDING``). With the default limit on names one
connection asks some 120 questions at once, and takes less than half of the places in which claims
of memory wait (``concurrency.ledger.MAX_WAITING``)."""

MAX_INLINE_ENCODED_NAMES = 16_384
"""Largest number of names whose response is encoded on the event loop: some 0.1 to 0.5 ms."""
