#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command at a terminal and types: terminal.py STEP... -- COMMAND...

    expect:TEXT   waits until TEXT was printed (since the last expect)
    send:TEXT     types TEXT (escapes as \\x10 are understood)
    size:R,C      changes the terminal's size
    signal:NAME   sends a signal to the command
    sleep:SECONDS

Prints what the terminal showed, then "restored" or "not restored" for the terminal's settings.
Ends with the command's exit status, 128 + signal when it was killed.
"""
import fcntl, os, pty, select, signal, struct, sys, termios, time

steps = sys.argv[1:sys.argv.index("--")]
command = sys.argv[sys.argv.index("--") + 1:]
master, slave = pty.openpty()
seen, mark = b"", 0


def resize(rows, columns):
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def pump(seconds, text=None):
    """Reads until the text has come, or for so long."""
    global seen, mark
    end = time.time() + seconds
    while time.time() < end:
        if text is not None and text in seen[mark:]:
            mark = seen.index(text, mark) + len(text)
            return True
        if select.select([master], [], [], 0.05)[0]:
            seen += os.read(master, 65536)
    return text is None


resize(24, 80)
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.execvp(command[0], command)
problem = None
for step in steps:
    what, _, text = step.partition(":")
    if what == "expect" and not pump(10, text.encode().decode("unicode_escape").encode("latin1")):
        problem = f"not shown: {text}"
        break
    if what == "send":
        os.write(master, text.encode().decode("unicode_escape").encode("latin1"))
    if what == "size":
        resize(*map(int, text.split(",")))
        os.kill(pid, signal.SIGWINCH)
    if what == "signal":
        os.kill(pid, getattr(signal, "SIG" + text))
    if what == "sleep":
        pump(float(text))
status = None
for _ in range(200):
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        break
    pump(0.05)
else:
    problem = problem or "did not end"
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
pump(0.1)
sys.stdout.write(seen.decode("latin1").replace("\r\n", "\n"))
print("\nrestored" if termios.tcgetattr(slave) == before else "\nnot restored")
if problem:
    print(problem)
    sys.exit(99)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
