"""nginx in front, as deploy/nginx.conf says: TCP passed through, TLS ended, and without TLS inside."""

import shutil
import unittest

from proxy import Proxy
from through_proxy import ThroughProxy
from tocsind import Tocsind

TCP, HTTPS = "listen 8444", "listen 443"
server: Tocsind
with_tls: Proxy
without_tls: Proxy


def nginx(**changes) -> Proxy:
    certificate, key = server.tls_files
    return Proxy("nginx.conf", {
        "pid /run/nginx.pid": "daemon off; pid {folder}/nginx.pid",
        "error_log /var/log/nginx/error.log": "error_log stderr",
        "access_log /var/log/nginx/access.log;": "access_log off; " + "".join(
            f"{what}_temp_path {{folder}}/{what}; "
            for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")),
        "server_name push.example.com": "server_name localhost",
        "/etc/nginx/tls/push.pem": certificate,
        "/etc/nginx/tls/push.key": key,
        "/etc/nginx/tls/tocsind-ca.pem": server.ca_file,
        **changes,
    }, [TCP, HTTPS], lambda file: [shutil.which("nginx"), "-e", "stderr", "-c", file])


def setUpModule():
    global server, with_tls, without_tls
    server = Tocsind("--api_connections_per_address_max", "0",
                     "--api_handshakes_per_address_per_s", "0")
    unittest.addModuleCleanup(server.close)
    with_tls = nginx(**{"127.0.0.1:8443": f"127.0.0.1:{server.api_port}"})
    unittest.addModuleCleanup(with_tls.close)
    without_tls = nginx(**{"127.0.0.1:8443": f"127.0.0.1:{server.plain_port}",
                           "https://tocsin_rest": "http://tocsin_rest",
                           "grpcs://tocsin_grpc": "grpc://tocsin_grpc"})
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
