"""HAProxy in front, as deploy/haproxy.cfg says: TCP passed through, TLS ended, and without TLS
inside."""

import shutil
import unittest

from proxy import Proxy
from through_proxy import ThroughProxy
from tocsind import Tocsind

TCP, HTTPS = "bind :8444", "bind :443"
TLS_INSIDE = ("ssl alpn h2 sni str(localhost) verify required verifyhost localhost "
              "ca-file /etc/haproxy/tocsind-ca.pem check check-alpn h2")
server: Tocsind
with_tls: Proxy
without_tls: Proxy


def haproxy(**changes) -> Proxy:
    return Proxy("haproxy.cfg", {"maxconn 4000": "maxconn 400",
                                  "/etc/haproxy/push.pem": server.certificate_with_key(),
                                  **changes}, [TCP, HTTPS],
                 lambda file: [shutil.which("haproxy"), "-db", "-f", file])


def setUpModule():
    global server, with_tls, without_tls
    server = Tocsind("--api_connections_per_address_max", "0",
                     "--api_handshakes_per_address_per_s", "0")
    unittest.addModuleCleanup(server.close)
    with_tls = haproxy(**{"127.0.0.1:8443": f"127.0.0.1:{server.api_port}",
                          "/etc/haproxy/tocsind-ca.pem": server.ca_file})
    unittest.addModuleCleanup(with_tls.close)
    without_tls = haproxy(**{"127.0.0.1:8443": f"127.0.0.1:{server.plain_port}",
                             TLS_INSIDE: "proto h2 check"})
    unittest.addModuleCleanup(without_tls.close)


class PassedThrough(ThroughProxy, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.port = server, with_tls.ports[TCP]


class WithTls(ThroughProxy, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.port = server, with_tls.ports[HTTPS]


class WithoutTls(ThroughProxy, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.port = server, without_tls.ports[HTTPS]


if __name__ == "__main__":
    unittest.main()
