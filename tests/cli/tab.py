"""Types into a shell as a person would, on a terminal of its own: python3 tab.py SHELL SETUP TYPED WANTED.

Runs SETUP, types TYPED (with its tabs), and prints what the terminal showed once WANTED is on it; exits with 1 if it never is.
"""

import os
import pty
import re
import select
import sys
import time

shell, setup, typed, wanted = sys.argv[1:]
arguments = {"bash": ["bash", "--norc", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "dumb"
    os.environ["PS1"] = "$ "
    os.execvp(arguments[0], arguments)


def shown_until(pattern, seconds=30):
    shown = ""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 4096).decode(errors="replace")
            except OSError:
                break
        if re.search(pattern, shown):
            return shown
    print(shown)
    sys.exit(1)


# Typed in two parts, so that what is typed does not look like what is printed.
os.write(terminal, f"{setup}\necho RE''ADY\n".encode())
shown_until("READY")
os.write(terminal, typed.encode())
print(shown_until(wanted))
os.kill(pid, 9)
