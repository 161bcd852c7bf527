"""curl, over HTTP/1.1, HTTP/2 and without TLS: every kind of answer there is."""

import gzip
import json
import struct
import unittest

from curl import Curl
from tocsind import Tocsind

server: Tocsind


def setUpModule():
    global server
    server = Tocsind()
    unittest.addModuleCleanup(server.close)


class Calls:
    """For a class with `options` of curl and the `version` that it is to speak."""

    options: tuple
    version: str

    def setUp(self):
        self.url = server.url
        self.curl = Curl("--cacert", server.ca_file, *self.options)
        self.app = server.create_app()

    def call(self, path, *arguments, key=None, stdin=b""):
        with_key = () if key is None else ("--header", f"Authorization: Bearer {key}")
        answer = self.curl.call(*with_key, *arguments, self.url + path, stdin=stdin)
        self.assertEqual(answer.version, self.version)
        return answer

    def messages(self, *arguments, **keywords):
        return self.call(f"/v1/apps/{self.app.name}/messages", *arguments, **keywords)

    def assert_error(self, answer, status, name):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.json()["error"]["status"], name)

    # -- Whole answers -------------------------------------------------------------------------

    def test_get(self):
        answer = self.call("/v1/status", key=server.admin_key)
        self.assertEqual(answer.status, 200)
        self.assertIn("version", answer.json())

    def test_head_is_get_without_a_body(self):
        got = self.call("/openapi.json")
        head = self.call("/openapi.json", "--head")  # curl shows the head where the body would be
        self.assertEqual(head.status, 200)
        self.assertEqual(head.body.lower().decode().splitlines(), head.fields)
        self.assertEqual(head.field("content-length"), str(len(got.body)))

    def test_post_makes_an_app(self):
        name = self.app.name + "-too"
        answer = self.call("/v1/apps", "--data", json.dumps({"app": name}), key=server.admin_key)
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.json()["name"], f"apps/{name}")

    def test_patch_and_delete(self):
        device = server.register_device(self.app)
        path = f"/v1/apps/{self.app.name}/devices/{device}"
        changed = self.call(path, "--request", "PATCH", "--data", '{"addTags":["news"]}',
                            key=self.app.key)
        self.assertEqual(changed.status, 200, changed.body)
        self.assertEqual(self.call(path, key=self.app.key).json()["tags"], ["news"])
        self.assertEqual(self.call(path, "--request", "DELETE", key=self.app.key).status, 200)
        self.assert_error(self.call(path, key=self.app.key), 404, "NOT_FOUND")

    def test_send_is_reported(self):
        sent = self.messages("--json", '{"everyone":true,"data":{"a":"b"}}', key=self.app.key)
        self.assertEqual(sent.status, 202)
        message = sent.json()["messageId"]
        report = self.call(f"/v1/apps/{self.app.name}/messages/{message}", key=self.app.key)
        self.assertEqual(report.json()["messageId"], message)

    def test_body_in_gzip(self):
        message = gzip.compress(json.dumps({"everyone": True, "data": {"a": "b" * 3000}}).encode())
        answer = self.messages("--data-binary", "@-", "--header", "Content-Encoding: gzip",
                               key=self.app.key, stdin=message)
        self.assertEqual(answer.status, 202, answer.body)

    def test_body_in_a_coding_that_is_not_known(self):
        answer = self.messages("--data", "x", "--header", "Content-Encoding: br", key=self.app.key)
        self.assertEqual(answer.status, 415)
        self.assertIn("gzip", answer.field("accept-encoding"))

    # However much is on its way, the answer is what curl reports: not that it could not send it.
    def test_body_too_large(self):
        for how in (["--data-binary", "@-"], ["--request", "POST", "--upload-file", "-"]):
            for size in [200_000, 1_000_000, 5_000_000] * 5:
                answer = self.messages(*how, "--header", "Content-Type: application/json",
                                       "--header", "Expect:", key=self.app.key, stdin=b"x" * size)
                self.assertEqual(answer.status, 413, (how, size))

    def test_list_of_devices(self):
        device = server.register_device(self.app)
        lines = [{"message": {"data": {"a": "b"}}}, {"deviceIds": [device]}]
        lines += [{"deviceIds": [f"{number:032x}" for number in range(at, at + 500)]}
                  for at in range(1, 20_000, 500)]
        body = "\n".join(json.dumps(line) for line in lines).encode()
        path = f"/v1/apps/{self.app.name}/messages/list"
        answer = self.call(path, "--data-binary", "@-", "--header", "Expect: 100-continue",
                           "--header", "Content-Type: application/x-ndjson", key=self.app.key,
                           stdin=body)
        self.assertEqual(answer.status, 202, answer.body)
        self.assertTrue(answer.fields[0].endswith(" 100 continue") or answer.fields[0] == "http/2 100 ",
                        answer.fields)
        report = self.call(f"/v1/apps/{self.app.name}/messages/{answer.json()['messageId']}",
                           key=self.app.key)
        self.assertEqual(report.json()["targeted"], "1")

    # -- Refusals ------------------------------------------------------------------------------

    def test_no_key(self):
        self.assert_error(self.call("/v1/status"), 401, "UNAUTHENTICATED")

    def test_no_key_and_a_body_that_waits(self):
        answer = self.messages("--data-binary", "@-", "--header", "Expect: 100-continue",
                               stdin=b"x" * 60_000)
        self.assert_error(answer, 401, "UNAUTHENTICATED")
        self.assertFalse([line for line in answer.fields if " 100" in line])

    def test_no_key_and_a_body_that_does_not_wait(self):
        answer = self.messages("--data-binary", "@-", "--header", "Expect:", stdin=b"x" * 60_000)
        self.assert_error(answer, 401, "UNAUTHENTICATED")

    def test_no_such_path_or_method(self):
        self.assert_error(self.call("/v2"), 404, "NOT_FOUND")
        answer = self.call("/v1/status", "--request", "DELETE", key=server.admin_key)
        self.assertEqual((answer.status, answer.field("allow")), (405, "get"))

    # -- Streams -------------------------------------------------------------------------------

    def test_watch_ends_with_its_message(self):
        device = server.register_device(self.app)
        message = server.send(self.app, {"device": device, "data": {"a": "b"}})
        url = f"{self.url}/v1/apps/{self.app.name}/messages/{message}/watch"
        with self.curl.follow("--header", f"Authorization: Bearer {self.app.key}", url) as lines:
            self.assertEqual(json.loads(lines.next_with("data:"))["pending"], "1")
            server.recall(self.app, message)
            self.assertEqual(json.loads(lines.next_with("data:"))["recalled"], "1")
            self.assertEqual(lines.rest(), ["event: end", "data: {}"])


class Connections(Calls):
    def test_many_requests_on_one_connection(self):
        urls = [self.url + path for path in ("/v1/status", "/v1/apps")] * 200
        said = self.curl.statuses(urls, "--header", f"Authorization: Bearer {server.admin_key}")
        self.assertEqual(said, ["200 1"] + ["200 0"] * (len(urls) - 1))

    def test_refusals_keep_the_connection(self):
        said = self.curl.statuses([self.url + "/v1/status"] * 50)
        self.assertEqual(said, ["401 1"] + ["401 0"] * 49)


class OverHttp1(Connections, unittest.TestCase):
    options = ("--http1.1",)
    version = "1.1"


class OverHttp2(Connections, unittest.TestCase):
    options = ("--http2",)
    version = "2"

    # -- gRPC by hand: what its libraries do not show ------------------------------------------

    def grpc(self, method, message, *fields, is_compressed=False, key=None):
        headers = [word for field in ("Content-Type: application/grpc", "TE: trailers", *fields)
                   for word in ("--header", field)]
        prefix = struct.pack(">BI", is_compressed, len(message))
        return self.call(f"/tocsin.v1.{method}", "--data-binary", "@-", *headers,
                         key=key or self.app.key, stdin=prefix + message)

    def test_grpc_answers_in_gzip_as_it_was_asked(self):
        for _ in range(60):
            server.create_app()
        plain = self.grpc("Apps/ListApps", b"", key=server.admin_key)
        packed = self.grpc("Apps/ListApps", gzip.compress(b""), "grpc-encoding: gzip",
                           "grpc-accept-encoding: identity,gzip", is_compressed=True,
                           key=server.admin_key)
        self.assertEqual((plain.body[0], plain.field("grpc-encoding")), (0, ""))
        self.assertEqual((packed.body[0], packed.field("grpc-encoding")), (1, "gzip"))
        self.assertEqual(gzip.decompress(packed.body[5:]), plain.body[5:])
        self.assertEqual((plain.field("grpc-status"), packed.field("grpc-status")), ("0", "0"))

    # Libraries end a call by themselves at its deadline: here nobody does but the server.
    def test_grpc_deadline_is_kept_by_the_server(self):
        device = server.register_device(self.app)
        message = server.send(self.app, {"device": device, "data": {"a": "b"}})
        texts = [self.app.name.encode(), message.encode()]
        request = b"".join(bytes([number << 3 | 2, len(text)]) + text
                           for number, text in enumerate(texts, 1))
        answer = self.grpc("Send/WatchMessage", request, "grpc-timeout: 300m")
        self.assertEqual(answer.field("grpc-status"), "4", answer.fields)
        self.assertIn(message.encode(), answer.body)


class OverPlainHttp1(Connections, unittest.TestCase):
    options = ("--http1.1",)
    version = "1.1"

    def setUp(self):
        super().setUp()
        self.url = f"http://localhost:{server.plain_port}"


# Not with many requests: curl 7.88 itself cannot use such a connection twice.
class OverPlainHttp2(Calls, unittest.TestCase):
    options = ("--http2-prior-knowledge",)
    version = "2"

    def setUp(self):
        super().setUp()
        self.url = f"http://localhost:{server.plain_port}"


if __name__ == "__main__":
    unittest.main()
