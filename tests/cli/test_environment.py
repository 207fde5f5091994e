"""The program in its environment: signals, closed streams, locales, folders, the network."""

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and streams as POSIX knows them")
POINTS = "".join(f"{x},{2 * x * x}\n" for x in range(1, 9))
_WITHOUT_UTF_8 = {name: value for name, value in os.environ.items() if name not in ("HOME", "LANG", "LC_ALL")} | {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}
PREDICT = [sys.executable, "-m", "shapeclf", "predict"]


def _run(command: list[str], folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    options.setdefault("env", os.environ)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, **options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Meß daten, süß"
    made.mkdir()
    (made / "über all.csv").write_text("größe,x\n" + POINTS, encoding="utf-8")
    return made


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGINT, id="SIGINT", marks=pytest.mark.slow), pytest.param(signal.SIGTERM, id="SIGTERM")],
)
def test_a_signal_ends_a_stream_in_one_line(number: signal.Signals, folder: Path) -> None:
    # A shell makes background processes ignore interrupts; here they have their effect, as in the foreground.
    process = subprocess.Popen(
        [*PREDICT, "-", "--quiet"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("1,2\n")
    process.stdin.flush()
    assert "1 " in process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (1, "Aborted!")


def test_an_interrupt_before_the_commands_are_imported_is_one_line(folder: Path) -> None:
    code = """
import sys
class Interrupted:
    def find_spec(self, name, *rest):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from importlib.metadata import EntryPoint
EntryPoint("shapeclf", ENTRY, "console_scripts").load()()
"""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    entry = repr(project["scripts"]["shapeclf"])
    result = _run([sys.executable, "-c", code.replace("ENTRY", entry)], folder)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "\nAborted!\n")


@pytest.mark.slow
def test_a_terminated_writer_leaves_no_half_file(folder: Path) -> None:
    command = [sys.executable, "-m", "shapeclf", "sample", "--sequences", "9000000", "--output", "many.csv"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    while not list(folder.glob(".shapeclf-*")):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (1, "Aborted!")
    assert [path.name for path in folder.iterdir()] == ["über all.csv"]


@pytest.mark.slow
def test_a_closed_pipe_ends_the_answers_without_a_traceback(folder: Path) -> None:
    script = f'set -o pipefail; yes 1,2 | {sys.executable} -m shapeclf predict - | head -1; echo "$?"'
    result = _run(["bash", "-c", script], folder)
    assert len(result.stdout.splitlines()) == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("closed", "code", "reported"),
    [
        pytest.param(">&-", 1, "Error: standard output is closed\n", id="stdout"),
        pytest.param("2>&-", 0, "", id="stderr", marks=pytest.mark.slow),
        pytest.param("<&-", 0, "", id="stdin", marks=pytest.mark.slow),
    ],
)
def test_closed_streams(closed: str, code: int, reported: str, folder: Path) -> None:
    script = f'"$0" -m shapeclf predict --quiet "über all.csv" {closed}'
    result = _run(["bash", "-c", script, sys.executable], folder)
    assert (result.returncode, result.stderr) == (code, reported)


@pytest.mark.slow
def test_no_home_a_path_with_spaces_and_umlauts_and_a_locale_without_utf_8(folder: Path) -> None:
    result = _run([*PREDICT, "über all.csv", "--json"], folder, env=_WITHOUT_UTF_8)
    assert json.loads(result.stdout)["equation"].startswith("y = 2·x²")
    latin = _WITHOUT_UTF_8 | {"PYTHONIOENCODING": "latin-1"}
    shown = _run([sys.executable, "-m", "shapeclf", "families"], folder, env=latin, encoding="latin-1")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert r"y = k·\u221ax + b" in shown.stdout
    stream = _run([*PREDICT, "-", "--quiet"], folder, env=_WITHOUT_UTF_8, input="größe,x\n1,2\n")
    assert (stream.returncode, stream.stderr) == (0, "")


@pytest.mark.slow
def test_a_picture_where_there_is_neither_home_nor_utf_8_nor_a_notebooks_backend(folder: Path) -> None:
    in_a_notebook = {"MPLBACKEND": "module://not_installed.backend_inline"}
    result = _run([*PREDICT, "über all.csv", "--plot", "bild ü.svg"], folder, env=_WITHOUT_UTF_8 | in_a_notebook)
    assert (result.returncode, result.stderr) == (0, "note: x = größe, y = x; 8 points\n")
    assert "parabola" in result.stdout
    assert (folder / "bild ü.svg").exists()


@pytest.mark.parametrize(("given", "expected"), [(None, "1"), ("3", "3")])
def test_numpys_matrix_products_have_one_thread_unless_the_user_sets_a_number(
    given: str | None, expected: str, folder: Path
) -> None:
    script = "import os; from shapeclf.cli.main import main; main(['families'], standalone_mode=False)"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment |= {} if given is None else {"OPENBLAS_NUM_THREADS": given}
    show = "; print(os.environ['OPENBLAS_NUM_THREADS'])"
    result = _run([sys.executable, "-c", script + show], folder, env=environment)
    assert result.stdout.splitlines()[-1] == expected


def test_help_on_a_terminal_of_40_columns_has_clicks_least_width(folder: Path) -> None:
    for words in (["--help"], ["predict", "--help"]):
        result = _run([sys.executable, "-m", "shapeclf", *words], folder, env=os.environ | {"COLUMNS": "40"})
        assert result.returncode == 0
        usage, *lines = result.stdout.splitlines()
        assert usage.startswith("Usage: ")
        assert max(map(len, lines)) <= 50


_NO_NETWORK = """
import os, sys
def deny(event, arguments):
    if event.startswith("socket.") and event not in ("socket.gethostname",):
        os.write(2, f"network: {event} {arguments}\\n".encode())
        os._exit(9)
sys.addaudithook(deny)
from shapeclf.cli.main import main
for words in sys.argv[1:]:
    try:
        main(words.split("|"), prog_name="shapeclf")
    except SystemExit as ended:
        assert not ended.code, words
"""
_COMMANDS = ["predict|über all.csv|--quiet", "eval|--model|fresh|--sequences|20", "families"]
_SLOW_COMMANDS = [
    "predict|über all.csv|--quiet|--plot|a.png",
    "train|--max-updates|10|--test-sequences|100|--quiet",
    "wave|train|--csv|wellen ü.csv|--output|läufe 1|--window|5|--max-updates|2|--quiet",
    "wave|eval|--model|läufe 1/version_0|--plot|bild ä.png",
    "wave|draw|--model|läufe 1/version_0|--output|gezeichnet ö.csv",
]


def test_no_command_uses_the_network(folder: Path) -> None:
    result = _run([sys.executable, "-c", _NO_NETWORK, *_COMMANDS], folder, env=_WITHOUT_UTF_8)
    assert (result.returncode, result.stderr) == (0, "")
    assert "parabola" in result.stdout


@pytest.mark.slow
def test_pictures_and_training_do_not_use_the_network(folder: Path) -> None:
    (folder / "wellen ü.csv").write_text("größe\n" + "".join(f"{i * i % 23}\n" for i in range(90)), encoding="utf-8")
    result = _run([sys.executable, "-c", _NO_NETWORK, *_SLOW_COMMANDS], folder, env=_WITHOUT_UTF_8)
    assert (result.returncode, result.stderr) == (0, "")
    assert {"a.png", "bild ä.png", "gezeichnet ö.csv", "runs"} < {path.name for path in folder.iterdir()}


@pytest.mark.slow
def test_a_bar_stays_within_a_terminal_of_40_columns(folder: Path) -> None:
    (folder / "many.csv").write_text("g,x,y\n" + "".join(f"{g},{x},{g * x}\n" for g in range(9) for x in range(9)))
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
        os.chdir(folder)
        os.execv(PREDICT[0], [*PREDICT, "many.csv", "--group", "g", "--output", "out.csv"])
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone with the program
        while part := os.read(terminal, 1024):
            shown += part
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()))
    bars = [line for line in lines if line.startswith("reading")]
    assert any("100%" in line for line in bars)
    assert max(map(len, bars)) <= 40
