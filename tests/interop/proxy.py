"""A proxy in front of a server: a sample of deploy/ with the addresses and paths of a test."""

import os
import re
import socket
import subprocess
import tempfile
import time
from typing import Callable, Dict, List

START_S_MAX = 30


class Proxy:
    """`sample` is a file of deploy/. In it each text of `changes` is replaced by what it stands for
    and must be there. The ports it listens on are those of `listens`, replaced by free ones.
    `command` makes the command line from the name of the changed file."""

    def __init__(self, sample: str, changes: Dict[str, str], listens: List[str],
                 command: Callable[[str], List[str]]):
        self._folder = tempfile.TemporaryDirectory(prefix="tocsin-proxy-")
        self.ports = {place: _free_port() for place in listens}
        with open(os.path.join(os.environ["TOCSIN_SOURCES"], "deploy", sample),
                  encoding="utf-8") as file:
            text = file.read()
        for place, port in self.ports.items():
            changes = {**changes, place: re.sub(r"\d+", f"127.0.0.1:{port}", place.replace(":", ""))}
        for old, new in changes.items():
            assert old in text, f"{sample} does not say {old}"
            text = text.replace(old, new.format(folder=self._folder.name))
        self._file = self.path(sample)
        with open(self._file, "w", encoding="utf-8") as file:
            file.write(text)
        self._start(command(self._file))

    def path(self, name: str) -> str:
        return os.path.join(self._folder.name, name)

    def close(self) -> None:
        self._child.terminate()
        self._child.wait()
        self._folder.cleanup()

    def _start(self, command: List[str]) -> None:
        with open(self.path("output.txt"), "w", encoding="utf-8") as output:
            self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                           stderr=output)
        until = time.monotonic() + START_S_MAX
        for port in self.ports.values():
            while not _is_open(port):
                if self._child.poll() is not None or time.monotonic() > until:
                    self.close_with_output()
                time.sleep(0.01)

    def close_with_output(self) -> None:
        with open(self.path("output.txt"), encoding="utf-8") as file:
            said = file.read()
        self.close()
        raise AssertionError(f"the proxy does not come up: {said}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
