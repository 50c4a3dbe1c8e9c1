"""`elaas-identity demo`: the whole mandated flow on one machine, all of it invented. Extra: `demo`.

issued.py     the three issued accounts, and whose they are
portal.py     a small portal: the router of `elaas_identity.fastapi`, and pages of its own
payments.py   a payment that wants a step-up, and the other system that hears of it
office.py     the administrator's desk
mailbox.py    what arrived by SMTP, to be read in the browser
world.py      starts and ends everything: ThaID emulator, SMTP server, database, portal
walk.py       walks through it as a browser would; signed_in_walk.py, afterwards.py and offices_walk.py go on
run.py        the command; until_stopped.py waits for Ctrl-C
"""
