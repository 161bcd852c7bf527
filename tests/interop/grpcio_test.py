"""python3-grpcio: calls with one answer, and how they fail."""

import unittest

import grpc

import grpcio
import stubs
from tocsind import Tocsind

server: Tocsind


def setUpModule():
    global server
    server = Tocsind()
    unittest.addModuleCleanup(server.close)


class Unary(unittest.TestCase):
    def setUp(self):
        self.channel = grpcio.channel(server)
        self.addCleanup(self.channel.close)
        self.app = server.create_app()
        self.api = grpcio.Api(self.channel, self.app.key)
        self.operator = grpcio.Api(self.channel, server.admin_key)

    def failure(self, call, *arguments, **keywords):
        with self.assertRaises(grpc.RpcError) as raised:
            call(*arguments, timeout=grpcio.S_MAX, **keywords)
        return raised.exception

    def everyone(self, **fields):
        return self.api.message(self.app, everyone=True, **fields)

    # -- Answers -------------------------------------------------------------------------------

    def test_a_send_is_reported(self):
        sent = self.api.send.Send(self.everyone(), timeout=grpcio.S_MAX)
        self.assertEqual(self.api.report(self.app, sent.message_id).message_id, sent.message_id)

    def test_a_thousand_in_flight(self):
        calls = [self.api.send.Send.future(self.everyone(), timeout=grpcio.S_MAX)
                 for _ in range(1000)]
        ids = {call.result().message_id for call in calls}
        self.assertEqual(len(ids), 1000)
        for message in sorted(ids)[::100]:
            self.assertEqual(self.api.report(self.app, message).message_id, message)

    # The answer is compressed, too.
    def test_gzip(self):
        for number in range(60):
            server.create_app(f"gzip-{number}")
        request = stubs.of("tocsin.v1.apps_pb2").ListAppsRequest()
        plain = self.operator.apps.ListApps(request, timeout=grpcio.S_MAX)
        packed = self.operator.apps.ListApps(request, timeout=grpcio.S_MAX,
                                             compression=grpc.Compression.Gzip)
        self.assertEqual(plain, packed)
        self.assertGreater(plain.ByteSize(), 1024)
        sent = self.api.send.Send(self.everyone(label="x" * 64), timeout=grpcio.S_MAX,
                                  compression=grpc.Compression.Gzip)
        self.assertEqual(self.api.report(self.app, sent.message_id).label, "x" * 64)

    def test_without_tls(self):
        channel = grpc.insecure_channel(f"localhost:{server.plain_port}", grpcio.OPTIONS)
        self.addCleanup(channel.close)
        api = grpcio.Api(channel, self.app.key)
        sent = api.send.Send(self.everyone(), timeout=grpcio.S_MAX)
        self.assertEqual(api.report(self.app, sent.message_id).message_id, sent.message_id)

    # -- Failures ------------------------------------------------------------------------------

    def test_details_of_an_error(self):
        late = self.everyone(ttl={"seconds": 365 * 86_400})
        failure = self.failure(self.api.send.Send, late)
        self.assertEqual(failure.code(), grpc.StatusCode.INVALID_ARGUMENT)
        trailers = dict(failure.trailing_metadata())
        body = stubs.of("tocsin.v1.error_pb2").ErrorResponse.Body.FromString(
            trailers["tocsin-error-bin"])
        self.assertEqual(body.status, "INVALID_ARGUMENT")
        self.assertEqual([violation.field for violation in body.field_violations], ["ttl"])
        self.assertEqual(body.message, failure.details())
        status = stubs.of("google.rpc.status_pb2").Status.FromString(
            trailers["grpc-status-details-bin"])
        self.assertEqual(status.code, failure.code().value[0])
        inside = stubs.of("tocsin.v1.error_pb2").ErrorResponse.Body()
        self.assertTrue(status.details[0].Unpack(inside))
        self.assertEqual(inside, body)

    def test_wrong_key(self):
        api = grpcio.Api(self.channel, "no-such-key")
        failure = self.failure(api.send.Send, self.everyone())
        self.assertEqual(failure.code(), grpc.StatusCode.UNAUTHENTICATED)

    def test_no_key(self):
        stub = stubs.of("tocsin.v1.push_pb2_grpc").SendStub(self.channel)
        failure = self.failure(stub.Send, self.everyone())
        self.assertEqual(failure.code(), grpc.StatusCode.UNAUTHENTICATED)

    # A hundred kilobytes of each, which nobody reads, do not end the channel.
    def test_many_refusals_leave_the_channel_as_it_is(self):
        stub = stubs.of("tocsin.v1.push_pb2_grpc").SendStub(self.channel)
        large = self.everyone(label="x" * 100_000)
        for _ in range(30):
            self.assertEqual(self.failure(stub.Send, large).code(),
                             grpc.StatusCode.UNAUTHENTICATED)
        self.api.send.Send(self.everyone(), timeout=grpcio.S_MAX)

    def test_unknown_method(self):
        call = self.channel.unary_unary("/tocsin.v1.Send/NoSuch")
        self.assertEqual(self.failure(call, b"").code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_message_too_large(self):
        for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
            large = self.everyone(label="x" * 2_000_000)
            failure = self.failure(self.api.send.Send, large, compression=compression)
            self.assertEqual(failure.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.api.send.Send(self.everyone(), timeout=grpcio.S_MAX)

    def test_metadata_too_large(self):
        key = [("authorization", f"Bearer {self.app.key}"), ("x-large", "x" * 12_000)]
        failure = self.failure(self.api.send.Send, self.everyone(), metadata=key)
        self.assertEqual(failure.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.api.send.Send(self.everyone(), timeout=grpcio.S_MAX)

    def test_not_a_message(self):
        call = self.channel.unary_unary("/tocsin.v1.Send/Send")
        key = [("authorization", f"Bearer {self.app.key}")]
        failure = self.failure(call, b"\xff\xff", metadata=key)
        self.assertEqual(failure.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_no_app(self):
        message = self.everyone()
        message.app = ""
        failure = self.failure(self.api.send.Send, message)
        self.assertEqual(failure.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("app", failure.details())

    def test_message_in_a_coding_that_is_not_known(self):
        failure = self.failure(self.api.send.Send, self.everyone(label="x" * 2_000),
                               compression=grpc.Compression.Deflate)
        self.assertEqual(failure.code(), grpc.StatusCode.UNIMPLEMENTED)


if __name__ == "__main__":
    unittest.main()
