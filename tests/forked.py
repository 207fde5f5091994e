"""Run pieces of code, each in a process of its own that is forked from one new interpreter.

Each piece sees what the new interpreter has imported, but nothing that another piece has. Starting an interpreter for
each would take half a second more.

    echo '{"before": "import numpy", "pieces": ["print(1)", "raise SystemExit(2)"]}' | python -W error tests/forked.py

prints the exit code, standard output and standard error of each: ``[[0, "1\\n", ""], [2, "", ""]]``.
"""

import json
import os
import sys
import tempfile
import traceback


def _exit_code(code: str) -> int:
    """Run the code as ``python -c`` does."""
    try:
        exec(compile(code, "<piece>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _run(code: str) -> tuple[int, str, str]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = os.fork()
        if process == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            ended = _exit_code(code)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended)
        ended = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode())
    return ended, texts[0], texts[1]


if __name__ == "__main__":
    request = json.load(sys.stdin)
    sys.path[0] = ""  # as with -c
    exec(request["before"], {"__name__": "__main__"})
    print(json.dumps([_run(code) for code in request["pieces"]]))
