"""The one world of the tests that step acts: who is in it, what they do, and what must hold.

A facade of this world does not run its acts. Each call answers a generator of requests, which a test steps: a race in
every order (`tests.races`), a fault in any effect (`tests.faults`).

    people and scenes   `scenes.py` (`Officer`, `Scene`), prepared by the real facade in `*beginnings.py` and `ways.py`
    the facade          `stepping.py`: its scripted identity provider, its faults; `shared.py`: what all share, a value
    the table of acts   `acts.py`, `later_acts.py`, `signed_in_acts.py`; `acting.py` makes one an actor of a scene
    expectations        `tables.py` (moves, writes, winners), `rules.py` and `account_rules.py` (every commit),
                        `oracle.py` (every operation and every end), `leading_on.py` (no dead end)

A new act of the facade is taught once:

1. A line in the table of acts: its name, the scenes in which it leads somewhere, who does it, how it is called. Where
   no scene has what it needs, a function in one of the `*beginnings.py` makes one, and its name joins `EVERYWHERE`.
2. Its moves and its writes in `tables.py`, from the requirements and not from the code; a step of its own in
   `going_on.py` and `leading_on.py`.
3. The races of two that matter, by name, in `tests/races/test_interleavings.py`. Faults at its every effect, and the
   list of its commits, follow from the table.
"""
