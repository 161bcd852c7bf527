#!/usr/bin/env python3
"""run.py SUITE: the tests of one stock client or proxy against a real tocsind.

TOCSIND and TOCSIN_LISTEN name the binaries, TOCSIN_SOURCES the repository, TOCSIN_BUILD a folder to
make things in. Status 77, which is "skipped", where what the suite needs is not installed.
"""

import importlib.util
import os
import shutil
import sys
import unittest

# What suites need, and the Debian packages it is in: programs, files, and this module.
MODULE = "grpc"
NGINX_STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so"
STUBS = (MODULE, "protoc", "grpc_python_plugin")
PACKAGES = {MODULE: "python3-grpcio", "protoc": "protobuf-compiler",
            "grpc_python_plugin": "protobuf-compiler-grpc", "curl": "curl",
            "h2load": "nghttp2-client", "nginx": "nginx", NGINX_STREAM: "libnginx-mod-stream",
            "haproxy": "haproxy"}
SUITES = {
    "curl_test": ("curl",),
    "grpcio_test": STUBS,
    "grpcio_streams_test": STUBS,
    "grpcio_services_test": STUBS,
    "h2load_test": ("h2load",),
    "nginx_test": (*STUBS, "curl", "nginx", NGINX_STREAM),
    "haproxy_test": (*STUBS, "curl", "haproxy"),
    "stop_test": (*STUBS, "curl"),
}
# Where Debian has servers; only the administrator looks there.
FOLDERS = "/usr/sbin"
SKIPPED = 77


def is_there(needed: str) -> bool:
    if needed == MODULE:
        return importlib.util.find_spec(needed) is not None
    return os.path.exists(needed) or shutil.which(needed) is not None


def main() -> int:
    suite = sys.argv[1]
    os.environ["PATH"] += os.pathsep + FOLDERS
    missing = [needed for needed in SUITES[suite] if not is_there(needed)]
    if missing:
        packages = " ".join(PACKAGES[needed] for needed in missing)
        print(f"skipped: there is no {', '.join(missing)}; install the Debian packages {packages}")
        return SKIPPED
    if MODULE in SUITES[suite]:
        import stubs
        stubs.make(os.path.join(os.environ["TOCSIN_SOURCES"], "proto"),
                   os.path.join(os.environ["TOCSIN_BUILD"], suite))
    tests = unittest.defaultTestLoader.loadTestsFromName(suite)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
