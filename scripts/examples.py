"""Rewrite the outputs of commands in documents by running the commands.

    python scripts/examples.py FILE...

In a fenced block, the lines after "$ namesmith ..." are replaced by the output of the command, and
so are those after "$ python" or "$ sh" and a file of scripts/ or examples/. The command calls a
server of the embedded models, which the script starts. A last line "..." stays and stands for
omitted lines. A command whose output begins with "Error" may fail.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent

BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)
"""A fenced block without a language."""
EXAMPLE = re.compile(
    r"^\$ (?P<command>(?:namesmith |python (?:scripts|examples)/|sh examples/)[^\n]*)\n"
    r"(?P<output>(?:(?!\$ )[^\n]*\n)*)",
    re.MULTILINE,
)
"""A command with its output, up to the next command."""


def main() -> None:
    """Start a server, and rewrite each file that the arguments name."""
    models = "us-names,us-names-distilled,us-names-wavenet"
    serve = [str(BIN / "namesmith-server"), "--only", models, "--address", "127.0.0.1:0"]
    with subprocess.Popen(serve, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        ports = (json.loads(line).get("port") for line in server.stderr)
        address = f"127.0.0.1:{next(filter(None, ports))}"
        try:
            for path in map(Path, sys.argv[1:]):
                text = BLOCK.sub(lambda block: _rewritten(block, address), path.read_text("utf-8"))
                path.write_text(text, "utf-8")
        finally:
            server.terminate()


def _rewritten(block: re.Match[str], address: str) -> str:
    return EXAMPLE.sub(lambda example: _run(example, address), block.group())


def _run(example: re.Match[str], address: str) -> str:
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "NAMESMITH_ADDRESS": address,
    }
    ended = subprocess.run(
        example["command"],
        shell=True,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=not example["output"].startswith("Error"),
    )
    lines, before = ended.stdout.splitlines(), example["output"].splitlines()
    if before[-1:] == ["..."]:
        lines[len(before) - 1 :] = ["..."]
    return "\n".join((f"$ {example['command']}", *lines, ""))


if __name__ == "__main__":
    main()
