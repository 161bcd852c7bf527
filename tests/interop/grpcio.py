"""Channels and calls of python3-grpcio, as the tests of several suites make them."""

from typing import NamedTuple, Tuple

import grpc

import stubs
from tocsind import App, Tocsind

# The environment's proxies are not for servers on this machine, and each channel has a connection of
# its own.
OPTIONS = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))
S_MAX = 60


def channel(server: Tocsind, *options: Tuple[str, int], port: int = 0) -> grpc.Channel:
    """To `server`, or to who listens in front of it at `port`."""
    with open(server.ca_file, "rb") as file:
        credentials = grpc.ssl_channel_credentials(file.read())
    return grpc.secure_channel(f"localhost:{port or server.api_port}", credentials,
                               OPTIONS + options)


class Api(NamedTuple):
    """The services as somebody with `key` calls them over `channel`."""

    channel: grpc.Channel
    key: str

    @property
    def push(self):
        return stubs.of("tocsin.v1.push_pb2")

    @property
    def send(self):
        return stubs.of("tocsin.v1.push_pb2_grpc").SendStub(self._with_key())

    @property
    def apps(self):
        return stubs.of("tocsin.v1.apps_pb2_grpc").AppsStub(self._with_key())

    def message(self, app: App, **fields):
        return self.push.SendRequest(app=app.name, data={"a": "b"}, **fields)

    def watch(self, app: App, message: str, **keywords):
        request = self.push.WatchMessageRequest(app=app.name, message_id=message)
        return self.send.WatchMessage(request, **keywords)

    def report(self, app: App, message: str):
        request = self.push.GetMessageRequest(app=app.name, message_id=message)
        return self.send.GetMessage(request, timeout=S_MAX)

    def _with_key(self) -> grpc.Channel:
        return grpc.intercept_channel(self.channel, _Key(self.key))


class _Details(NamedTuple):
    method: str
    timeout: object
    metadata: object
    credentials: object
    wait_for_ready: object
    compression: object


class _Key(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor,
           grpc.StreamUnaryClientInterceptor):
    def __init__(self, key: str):
        self._metadata = [("authorization", f"Bearer {key}")]

    def _call(self, go_on, details, request):
        metadata = [*(details.metadata or []), *self._metadata]
        return go_on(_Details(details.method, details.timeout, metadata, details.credentials,
                              details.wait_for_ready, details.compression), request)

    intercept_unary_unary = _call
    intercept_unary_stream = _call
    intercept_stream_unary = _call
