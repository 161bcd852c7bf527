"""A real tocsind in a temporary folder, on free ports, and what every test wants of it.

Whoever starts one closes it. Only processes started here are ended.
"""

import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from typing import Any, List, NamedTuple, Optional, Tuple

START_S_MAX = 60
STOP_S_MAX = 20
ANY_PORT = "127.0.0.1:0"


class App(NamedTuple):
    name: str
    key: str  # may send and read
    registration_key: str


class Tocsind:
    """`arguments` are added to the command line."""

    def __init__(self, *arguments: str):
        self.folder = tempfile.mkdtemp(prefix="tocsin-interop-")
        self._arguments = arguments
        self._ready_file = os.path.join(self.folder, "ready.json")
        self._child: Optional[subprocess.Popen] = None
        self._ready: dict = {}
        self._apps = 0
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    # -- The process ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start it (again) on the same data and, after the first time, the same port."""
        port = self._ready.get("api_port", 0)
        command = [os.environ["TOCSIND"], "--data_dir", self._path("data"),
                   "--gateway_listen", ANY_PORT, "--api_listen", f"127.0.0.1:{port}",
                   "--api_plain_listen", ANY_PORT, "--ready_file", self._ready_file]
        with open(self._path("log.txt"), "a", encoding="utf-8") as log:
            self._child = subprocess.Popen([*command, *self._arguments], stdin=subprocess.DEVNULL,
                                           stdout=log, stderr=log)
        self._wait_until_ready()

    def terminate(self) -> None:
        """SIGTERM, without waiting for what comes of it."""
        self._child.send_signal(signal.SIGTERM)

    def wait(self) -> int:
        """Its exit status, once it has ended by itself."""
        try:
            return self._child.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end\n{self.log()}") from None

    def close(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        with open(self._path("log.txt"), encoding="utf-8") as file:
            return file.read()

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_S_MAX
        while not os.path.exists(self._ready_file):
            if self._child.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"tocsind does not come up\n{self.log()}")
            time.sleep(0.01)
        with open(self._ready_file, encoding="utf-8") as file:
            self._ready = json.load(file)

    # -- Where it is ---------------------------------------------------------------------------

    @property
    def api_port(self) -> int:
        return self._ready["api_port"]

    @property
    def plain_port(self) -> int:
        return self._ready["api_plain_port"]

    @property
    def url(self) -> str:
        return f"https://localhost:{self.api_port}"

    @property
    def ca_file(self) -> str:
        return self._ready["ca_file"]

    @property
    def tls_files(self) -> Tuple[str, str]:
        """The development certificate, for localhost, and its key."""
        folder = os.path.dirname(self.ca_file)
        return os.path.join(folder, "server.pem"), os.path.join(folder, "server.key")

    def certificate_with_key(self) -> str:
        """Both in one file."""
        both = self._path("both.pem")
        with open(both, "w", encoding="utf-8") as out:
            for name in self.tls_files:
                with open(name, encoding="utf-8") as file:
                    out.write(file.read())
        return both

    @property
    def admin_key(self) -> str:
        with open(self._ready["admin_key_file"], encoding="utf-8") as file:
            return file.read().strip()

    # -- What tests do first -------------------------------------------------------------------

    def rest(self, method: str, path: str, key: str, body: Any = None) -> Tuple[int, Any]:
        """One call on a connection of its own: the status, and the JSON of the answer."""
        context = ssl.create_default_context(cafile=self.ca_file)
        connection = http.client.HTTPSConnection("localhost", self.api_port, context=context,
                                                 timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Authorization": f"Bearer {key}"})
            answer = connection.getresponse()
            return answer.status, json.load(answer)
        finally:
            connection.close()

    def create_app(self, name: str = "") -> App:
        """An app of this name, or of one that no other has."""
        self._apps += 1
        name = name or f"app-{self._apps}"
        status, made = self.rest("POST", "/v1/apps", self.admin_key, {"app": name})
        assert status == 201, made
        return App(name, made["sendKey"], made["registrationKey"])

    def register_device(self, app: App) -> str:
        """The id of a new device, which is not connected: what is sent to it stays pending."""
        profile = self._path(f"{app.name}.toml")
        lines = [f'gateway = "localhost:{self._ready["gateway_port"]}"', f'ca = "{self.ca_file}"',
                 f'app = "{app.name}"', f'registration_key = "{app.registration_key}"',
                 f'state = "{profile}.state"']
        with open(profile, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        os.chmod(profile, 0o600)
        command: List[str] = [os.environ["TOCSIN_LISTEN"], "--profile", profile, "--register-only"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.split()[-1]

    def send(self, app: App, message: dict) -> str:
        """The id of a message that was accepted."""
        status, answer = self.rest("POST", f"/v1/apps/{app.name}/messages", app.key, message)
        assert status == 202, answer
        return answer["messageId"]

    def recall(self, app: App, message: str) -> None:
        """Ends the watches of that message: nothing of it is pending any more."""
        path = f"/v1/apps/{app.name}/messages/{message}/recall"
        status, answer = self.rest("POST", path, app.key)
        assert status == 200, answer
