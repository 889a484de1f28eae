"""Run a command that ends when the process that started it does, however that one ends.

Usage: guarded.py COMMAND ARGUMENT... with a pipe as standard input whose other end only the starter holds. The command
keeps this process's id; a watcher beside it reads the pipe, and when that closes it kills the command. (Linux could
send a signal at the parent's death, but it would send it when the starting *thread* ends.)
"""

import os
import signal
import sys


def main() -> None:
    server = os.getpid()
    if os.fork() == 0:
        sys.stdin.buffer.read()
        if os.getppid() == server:
            os.kill(server, signal.SIGKILL)
        os._exit(0)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
