"""`elaas-identity demo`: the whole mandated flow on one machine, all of it invented. Extra: `demo`.

issued.py     the three issued accounts, and whose they are
portal.py     a small portal: the pages of `web/` over FastAPI, with a session of its own
mailbox.py    what arrived by SMTP, to be read in the browser
world.py      starts and ends everything: ThaID emulator, SMTP server, database, portal
walk.py       walks through it as a browser would
run.py        the command
"""
