"""What must work through every proxy: REST, sends, watches and gRPC."""

import json

import grpc

import grpcio
from curl import Curl
from tocsind import App, Tocsind


class ThroughProxy:
    """For a test class with the `server` and the `port` of the proxy in front of it."""

    server: Tocsind
    port: int

    def setUp(self):
        self.app: App = self.server.create_app()
        self.channel = grpcio.channel(self.server, port=self.port)
        self.addCleanup(self.channel.close)
        self.api = grpcio.Api(self.channel, self.app.key)

    def curl(self, version: str) -> Curl:
        return Curl("--cacert", self.server.ca_file, version,
                    "--header", f"Authorization: Bearer {self.app.key}")

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}/v1/apps/{self.app.name}{path}"

    def pending_message(self) -> str:
        device = self.server.register_device(self.app)
        return self.server.send(self.app, {"device": device, "data": {"a": "b"}})

    # -- REST ----------------------------------------------------------------------------------

    def assert_rest(self, version):
        curl = self.curl(version)
        sent = curl.call("--json", '{"everyone":true,"data":{"a":"b"}}', self.url("/messages"))
        self.assertEqual((sent.status, sent.version), (202, version.strip("-htp")), sent.body)
        report = curl.call(self.url(f"/messages/{sent.json()['messageId']}"))
        self.assertEqual(report.json()["messageId"], sent.json()["messageId"])
        refused = curl.call("--json", '{"everyone":true}', self.url("/messages"))
        self.assertEqual((refused.status, refused.json()["error"]["code"]), (400, 400))
        said = curl.statuses([self.url("/messages")] * 200)
        self.assertEqual(said, ["200 1"] + ["200 0"] * 199)

    def test_rest_over_http1(self):
        self.assert_rest("--http1.1")

    def test_rest_over_http2(self):
        self.assert_rest("--http2")

    def test_list(self):
        ids = [f"{number:032x}" for number in range(1000)]
        lines = [{"message": {"data": {"a": "b"}}}] + [{"deviceIds": ids}] * 60
        body = "\n".join(json.dumps(line) for line in lines).encode()
        for version in ("--http1.1", "--http2"):
            sent = self.curl(version).call("--data-binary", "@-", "--header",
                                           "Content-Type: application/x-ndjson",
                                           self.url("/messages/list"), stdin=body)
            self.assertEqual(sent.status, 202, sent.body)

    # An event that a proxy keeps back would never come: the next one is caused by reading it.
    def assert_watch(self, version):
        message = self.pending_message()
        with self.curl(version).follow(self.url(f"/messages/{message}/watch")) as lines:
            self.assertEqual(json.loads(lines.next_with("data:"))["pending"], "1")
            self.server.recall(self.app, message)
            self.assertEqual(json.loads(lines.next_with("data:"))["recalled"], "1")
            self.assertEqual(lines.rest(), ["event: end", "data: {}"])

    def test_watch_over_http1(self):
        self.assert_watch("--http1.1")

    def test_watch_over_http2(self):
        self.assert_watch("--http2")

    # Whoever has no key shares the proxy's connections with those who have one.
    def test_strangers_do_not_end_the_streams_of_others(self):
        message = self.pending_message()
        reports = self.api.watch(self.app, message, timeout=grpcio.S_MAX)
        self.assertEqual(next(reports).pending, 1)
        stranger = grpcio.channel(self.server, port=self.port)
        self.addCleanup(stranger.close)
        stub = grpcio.Api(stranger, "no-such-key").send
        calls = [stub.Send.future(self.api.message(self.app, everyone=True), timeout=grpcio.S_MAX)
                 for _ in range(2000)]
        codes = {call.code() for call in calls}
        self.assertNotIn(grpc.StatusCode.OK, codes)
        self.server.recall(self.app, message)
        self.assertEqual([report.recalled for report in reports], [1])

    # -- gRPC ----------------------------------------------------------------------------------

    def test_grpc_many_in_flight(self):
        calls = [self.api.send.Send.future(self.api.message(self.app, everyone=True),
                                           timeout=grpcio.S_MAX) for _ in range(1000)]
        self.assertEqual(len({call.result().message_id for call in calls}), 1000)

    def test_grpc_list(self):
        request = self.api.push.SendToListRequest
        ids = [f"{number:032x}" for number in range(1000)]
        pieces = [request(app=self.app.name, message=self.api.push.SendRequest(data={"a": "b"}))]
        pieces += [request(device_ids=ids)] * 60
        sent = self.api.send.SendToList(iter(pieces), timeout=grpcio.S_MAX)
        self.assertTrue(sent.message_id)

    def test_grpc_watch(self):
        message = self.pending_message()
        reports = self.api.watch(self.app, message, timeout=grpcio.S_MAX)
        self.assertEqual(next(reports).pending, 1)
        self.server.recall(self.app, message)
        self.assertEqual([report.recalled for report in reports], [1])
        self.assertEqual(reports.code(), grpc.StatusCode.OK)

    def test_grpc_deadline(self):
        watch = self.api.watch(self.app, self.pending_message(), timeout=2)
        self.assertEqual(next(watch).pending, 1)
        with self.assertRaises(grpc.RpcError):
            next(watch)
        self.assertEqual(watch.code(), grpc.StatusCode.DEADLINE_EXCEEDED)

    def test_grpc_error_with_its_details(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.api.send.Send(self.api.message(self.app), timeout=grpcio.S_MAX)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("tocsin-error-bin", dict(raised.exception.trailing_metadata()))
