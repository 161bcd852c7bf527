"""gRPC of Python, made from the .proto files of the repository.

They are made in a folder of the build, once for each run. Those of grpc.health and grpc.reflection
are put beside the modules of the package python3-grpcio, which has none of its own.
"""

import glob
import importlib
import os
import shutil
import subprocess
import sys
from types import ModuleType

import google
import grpc

# What devices speak is not part of the API, and is never compiled together with it.
DEVICES_OWN = "tocsin/v1/device.proto"


def make(protos: str, folder: str) -> None:
    """Afterwards of() finds the modules of all services."""
    os.makedirs(folder, exist_ok=True)
    files = [os.path.relpath(file, protos) for pattern in ("tocsin/v1/*", "grpc/**/*", "google/**/*")
             for file in glob.glob(os.path.join(protos, pattern + ".proto"), recursive=True)
             if not file.endswith(DEVICES_OWN)]
    plugin = shutil.which("grpc_python_plugin")
    subprocess.run(["protoc", f"--plugin=protoc-gen-grpc_python={plugin}", f"--proto_path={protos}",
                    f"--python_out={folder}", f"--grpc_python_out={folder}", *files], check=True)
    sys.path.insert(0, folder)
    grpc.__path__.append(os.path.join(folder, "grpc"))
    google.__path__.append(os.path.join(folder, "google"))


def of(name: str) -> ModuleType:
    """A module such as tocsin.v1.push_pb2."""
    return importlib.import_module(name)
