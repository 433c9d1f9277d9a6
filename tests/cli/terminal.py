#!/usr/bin/env python3
"""Runs a command on a terminal of its own and prints what the terminal got.

terminal.py ROWS TYPED COMMAND...   TYPED (with \\n, \\x03) is typed once the command falls silent.
The exit code is the command's."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios

rows, typed, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
read_end, write_end = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.read(read_end, 1)  # until the size of the terminal is set
    os.close(read_end)
    os.close(write_end)
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 100, 0, 0))
os.write(write_end, b"x")
seen = b""
while True:
    if not select.select([terminal], [], [], 1)[0]:
        os.write(terminal, typed.encode().decode("unicode_escape").encode())
        typed = ""
        continue
    try:
        more = os.read(terminal, 65536)
    except OSError:  # the command has ended
        break
    if not more:
        break
    seen += more
sys.stdout.buffer.write(seen.replace(b"\r\n", b"\n"))
sys.stdout.flush()
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
