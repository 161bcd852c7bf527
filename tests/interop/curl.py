"""curl, as people call it."""

import json
import os
import queue
import subprocess
import tempfile
import threading
from typing import List, NamedTuple

S_MAX = "60"


class Answer(NamedTuple):
    status: int
    version: str       # "1.1" or "2"
    fields: List[str]  # every line of all heads and trailers, in lower case
    body: bytes
    connects: int      # new connections it took

    def json(self):
        return json.loads(self.body)

    def field(self, name: str) -> str:
        found = [line.split(":", 1)[1].strip() for line in self.fields
                 if line.startswith(name + ":")]
        return found[-1] if found else ""


class Curl:
    """`arguments` are given with each call: the version of HTTP, the authority to trust."""

    def __init__(self, *arguments: str):
        self._command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", S_MAX,
                         *arguments]

    def call(self, *arguments: str, stdin: bytes = b"") -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            head, body = os.path.join(folder, "head"), os.path.join(folder, "body")
            said = self._run("--dump-header", head, "--output", body, "--write-out", "%{json}",
                             *arguments, stdin=stdin)
            facts = json.loads(said)
            return Answer(facts["response_code"], facts["http_version"],
                          _read(head).decode().lower().splitlines(), _read(body),
                          facts["num_connects"])

    def statuses(self, urls: List[str], *arguments: str) -> List[str]:
        """Of many requests of one process, each as "status connects": 200 0 needed no new one."""
        each = [word for url in urls for word in ("--output", os.devnull, url)]
        said = self._run("--write-out", "%{response_code} %{num_connects}\n", *arguments, *each)
        return said.decode().splitlines()

    def follow(self, *arguments: str) -> "Lines":
        return Lines([*self._command, "--no-buffer", *arguments])

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        ended = subprocess.run([*self._command, *arguments], input=stdin, capture_output=True,
                               check=False)
        assert ended.returncode == 0, f"curl ends with {ended.returncode}: {ended.stderr.decode()}"
        return ended.stdout


class Lines:
    """The lines of an answer that goes on, as they arrive."""

    def __init__(self, command: List[str]):
        self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
        self._lines: "queue.Queue[str]" = queue.Queue()
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._reader.join()
        self._child.stdout.close()
        self._child.stderr.close()

    def next_with(self, start: str) -> str:
        """What follows `start` in the next line that begins so."""
        while True:
            line = self._lines.get(timeout=30)
            assert line, f"the answer ended before a line with {start}"
            if line.startswith(start):
                return line[len(start):].strip()

    def rest(self) -> List[str]:
        """The lines that are left, once curl has ended well."""
        status = self._child.wait(30)
        assert status == 0, f"curl ends with {status}: {self._child.stderr.read()}"
        self._reader.join()
        lines = [line.rstrip() for line in iter(self._lines.get_nowait, "")]
        return [line for line in lines if line]

    def _read_all(self) -> None:
        for line in self._child.stdout:
            self._lines.put(line)
        self._lines.put("")


def _read(path: str) -> bytes:
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()
