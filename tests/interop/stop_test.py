"""A server that is told to stop under load: nothing accepted is lost, and everybody is told."""

import socket
import ssl
import struct
import threading
import unittest
from typing import BinaryIO, Iterator, List, Tuple

import grpc

import grpcio
import stubs
from curl import Curl
from tocsind import Tocsind

SENDERS = 50
SENDS_BEFORE = 500
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, GOAWAY = 4, 7  # kinds of frames, RFC 9113 section 6


def frame(kind: int, body: bytes) -> bytes:
    return struct.pack(">IBBI", len(body), kind, 0, 0)[1:] + body


def frames_of(stream: BinaryIO) -> Iterator[Tuple[int, bytes]]:
    """Kind and body of each frame until the peer ends the connection, which it must do properly."""
    while head := stream.read(9):
        length, kind = struct.unpack(">IB", b"\0" + head[:4])
        yield kind, stream.read(length)


class Senders:
    """Each sends one message after the other until it is refused."""

    def __init__(self, api: grpcio.Api, app):
        self._api, self._app = api, app
        self._lock = threading.Lock()
        self._under_way = threading.Event()
        self.accepted: List[str] = []
        self.refusals: List[grpc.RpcError] = []
        self._threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def wait_until_under_way(self) -> bool:
        return self._under_way.wait(60)

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def are_over(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _send_all(self) -> None:
        send = self._api.send.Send
        request = self._api.message(self._app, everyone=True)
        while True:
            try:
                answer = send(request, timeout=grpcio.S_MAX)
            except grpc.RpcError as refusal:
                with self._lock:
                    self.refusals.append(refusal)
                return
            with self._lock:
                self.accepted.append(answer.message_id)
                if len(self.accepted) >= SENDS_BEFORE:
                    self._under_way.set()


class Stop(unittest.TestCase):
    def setUp(self):
        self.server = Tocsind()
        self.addCleanup(self.server.close)
        self.app = self.server.create_app("stop")
        self.device = self.server.register_device(self.app)
        self.message = self.server.send(self.app, {"device": self.device, "data": {"a": "b"}})

    def api(self) -> grpcio.Api:
        channel = grpcio.channel(self.server)
        self.addCleanup(channel.close)
        return grpcio.Api(channel, self.app.key)

    def watch_url(self) -> str:
        return f"{self.server.url}/v1/apps/{self.app.name}/messages/{self.message}/watch"

    def test_under_load_nothing_accepted_is_lost(self):
        api = self.api()
        watch = api.watch(self.app, self.message)
        self.assertEqual(next(watch).pending, 1)
        senders = Senders(api, self.app)
        self.assertTrue(senders.wait_until_under_way())
        self.server.terminate()
        with self.assertRaises(grpc.RpcError):
            list(watch)
        senders.wait()
        self.assertEqual(self.server.wait(), 0)
        self.assertTrue(senders.are_over())
        self.assertEqual(watch.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual({refusal.code() for refusal in senders.refusals},
                         {grpc.StatusCode.UNAVAILABLE})
        # Refused, or sent away: no call was lost with its connection.
        self.assertFalse([refusal.details() for refusal in senders.refusals
                          if "closed" in refusal.details() or "reset" in refusal.details()])
        self.server.start()
        later = self.api()
        for message in senders.accepted:
            self.assertEqual(later.report(self.app, message).message_id, message)

    # With the connection whole until its end: a GOAWAY that names no error, then TLS's own farewell.
    def test_http2_clients_are_sent_away(self):
        context = ssl.create_default_context(cafile=self.server.ca_file)
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("localhost", self.server.api_port)) as plain, \
             context.wrap_socket(plain, server_hostname="localhost") as peer:
            peer.settimeout(30)
            peer.sendall(HTTP2_PREFACE + frame(SETTINGS, b""))
            frames = frames_of(peer.makefile("rb"))
            self.assertEqual(next(frames)[0], SETTINGS)
            self.server.terminate()
            rest = list(frames)
        farewells = [struct.unpack_from(">II", body)[1] for kind, body in rest if kind == GOAWAY]
        self.assertEqual(farewells[-1:], [0])
        self.assertEqual(rest[-1][0], GOAWAY)
        self.assertEqual(self.server.wait(), 0)

    def test_watches_end_with_an_event(self):
        for version in ("--http1.1", "--http2"):
            curl = Curl("--cacert", self.server.ca_file, version,
                        "--header", f"Authorization: Bearer {self.app.key}")
            with curl.follow(self.watch_url()) as lines:
                lines.next_with("data:")
                self.server.terminate()
                rest = lines.rest()
            self.assertEqual(self.server.wait(), 0)
            self.assertEqual(rest[-2], "event: error")
            self.assertIn('"UNAVAILABLE"', rest[-1])
            self.server.start()

    # The service tells those who asked to be told before it is gone.
    def test_watch_of_health(self):
        api = self.api()
        health = stubs.of("grpc.health.v1.health_pb2")
        stub = stubs.of("grpc.health.v1.health_pb2_grpc").HealthStub(api.channel)
        watch = stub.Watch(health.HealthCheckRequest())
        self.assertEqual(next(watch).status, health.HealthCheckResponse.SERVING)
        self.server.terminate()
        statuses = []
        with self.assertRaises(grpc.RpcError):
            for answer in watch:
                statuses.append(answer.status)
        self.assertEqual(statuses, [health.HealthCheckResponse.NOT_SERVING])
        self.assertEqual(watch.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertEqual(self.server.wait(), 0)

    # They do not hold it up: who has asked nothing, has said nothing, or half of something.
    def test_idle_connections(self):
        api = self.api()
        api.report(self.app, self.message)
        context = ssl.create_default_context(cafile=self.server.ca_file)
        for first in (None, b"", b"GET /heal"):
            peer = socket.create_connection(("localhost", self.server.api_port))
            self.addCleanup(peer.close)
            if first is not None:
                peer = context.wrap_socket(peer, server_hostname="localhost")
                self.addCleanup(peer.close)
                peer.sendall(first)
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0)


if __name__ == "__main__":
    unittest.main()
