"""h2load: many requests on few connections, all answered well."""

import re
import subprocess
import unittest

from tocsind import Tocsind

REQUESTS = 10_000
server: Tocsind


def setUpModule():
    global server
    server = Tocsind()
    unittest.addModuleCleanup(server.close)


class H2load(unittest.TestCase):
    def load(self, path, *arguments, url=""):
        command = ["h2load", f"--requests={REQUESTS}", "--clients=4", "--max-concurrent-streams=64",
                   f"--header=authorization: Bearer {server.admin_key}", *arguments,
                   (url or f"https://127.0.0.1:{server.api_port}") + path]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        protocol = "http/1.1" if "--h1" in arguments else "h2"
        self.assertRegex(ended.stdout, f"Application protocol: {protocol}c?\n")
        statuses = re.search(r"status codes: .*", ended.stdout)
        self.assertEqual(statuses[0], f"status codes: {REQUESTS} 2xx, 0 3xx, 0 4xx, 0 5xx",
                         ended.stdout)

    def test_http2(self):
        self.load("/v1/status")

    # As many requests are on their way at once, one after the other.
    def test_http1_pipelined(self):
        self.load("/v1/status", "--h1")

    def test_http2_without_tls(self):
        self.load("/v1/status", url=f"http://127.0.0.1:{server.plain_port}")

    def test_health_over_http2(self):
        self.load("/healthz")

    def test_health_over_http1(self):
        self.load("/healthz", "--h1")


if __name__ == "__main__":
    unittest.main()
