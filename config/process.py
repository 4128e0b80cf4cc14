"""What kind of process this is, decided by its entry point before the settings are read.

A web process must never make a visitor wait for a slow database or broker; a worker may wait longer. The entry
point (`config/wsgi.py`) says so here, because an environment variable would be inherited by children it does not fit.
"""

serves_web = False
