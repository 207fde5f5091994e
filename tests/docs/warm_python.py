"""A Python that has heavy modules imported, and forks for every program: what imports torch starts at once.

``warm_python.py SOCKET FOLDER MODULE ...`` imports the modules and serves. The scripts that it writes into the folder,
``python`` and ``shapeclf``, hand it their arguments, environment, standard streams and signals, and end as the forked
program ends.
A page of the documentation runs dozens of programs, each of which would spend seconds on imports otherwise.
"""

import json
import os
import signal
import socket
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path

_CLIENT = """#!{python} -SE
import json, os, signal, socket, sys

name, arguments = {name!r}, sys.argv[1:]
if name == "python" and arguments != ["-"]:
    os.execv({python!r}, [{python!r}, *arguments])
connection = socket.socket(socket.AF_UNIX)
connection.connect({path!r})
message = json.dumps([name, arguments, os.getcwd(), dict(os.environ)])
socket.send_fds(connection, [message.encode() + b"\\n"], [0, 1, 2])
program = connection.makefile()
number = int(program.readline())
for sent in (signal.SIGINT, signal.SIGTERM):
    signal.signal(sent, lambda which, _: os.kill(number, which))
answer = program.read()
sys.exit(int(answer) if answer else 1)  # nothing: it was killed
"""


def _write_clients(path: str, folder: Path) -> None:
    for name in ("python", "shapeclf"):
        client = folder / name
        client.write_text(_CLIENT.format(python=sys.executable, name=name, path=path), encoding="utf-8")
        client.chmod(0o755)


def _serve(path: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the programs: their callers wait for them
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _run(connection)
            connection.close()


def _run(connection: socket.socket) -> None:
    """Runs the program that was asked for in this process, which ends with it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, streams, _, _ = socket.recv_fds(connection, 2**20, 3)
    while not message.endswith(b"\n"):
        message += connection.recv(2**20)
    connection.sendall(b"%d\n" % os.getpid())
    name, arguments, folder, environment = json.loads(message)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    # Python's own files were made for the streams before, with what was read of them.
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [name, *arguments]
    code = _exit_code(name)
    for output in (sys.stdout, sys.stderr):
        with suppress(OSError):
            output.flush()
    connection.sendall(str(code).encode())
    os._exit(0)


def _exit_code(name: str) -> int:
    try:
        if name == "shapeclf":
            from shapeclf.cli.main import main

            main()
        else:
            sys.path[0] = ""
            exec(compile(sys.stdin.read(), "<stdin>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        if not isinstance(end.code, int):
            print(end.code or "", file=sys.stderr)
            return 1 if end.code else 0
        return end.code
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    address, folder, *modules = sys.argv[1:]
    for module in modules:
        import_module(module)
    _write_clients(address, Path(folder))
    _serve(address)
