"""python3-grpcio: streams both ways, their deadlines and their end by the caller."""

import unittest

import grpc

import grpcio
from tocsind import Tocsind

WATCHES_PER_APP_MAX = 64
server: Tocsind


def setUpModule():
    global server
    server = Tocsind()
    unittest.addModuleCleanup(server.close)


class Streams(unittest.TestCase):
    def setUp(self):
        self.channel = grpcio.channel(server)
        self.addCleanup(self.channel.close)
        self.app = server.create_app()
        self.api = grpcio.Api(self.channel, self.app.key)

    def pending_message(self):
        device = server.register_device(self.app)
        return server.send(self.app, {"device": device, "data": {"a": "b"}})

    def pieces(self, ids, ids_each):
        request = self.api.push.SendToListRequest
        yield request(app=self.app.name, message=self.api.push.SendRequest(data={"a": "b"}))
        for at in range(0, len(ids), ids_each):
            yield request(device_ids=ids[at:at + ids_each])

    # -- To the server -------------------------------------------------------------------------

    def test_list(self):
        device = server.register_device(self.app)
        ids = [f"{number:032x}" for number in range(1, 100_000)] + [device]
        sent = self.api.send.SendToList(self.pieces(ids, 1000), timeout=grpcio.S_MAX)
        self.assertEqual(self.api.report(self.app, sent.message_id).targeted, 1)

    def test_list_in_gzip(self):
        device = server.register_device(self.app)
        ids = [f"{number:032x}" for number in range(1, 10_000)] + [device]
        sent = self.api.send.SendToList(self.pieces(ids, 1000), timeout=grpcio.S_MAX,
                                        compression=grpc.Compression.Gzip)
        self.assertEqual(self.api.report(self.app, sent.message_id).targeted, 1)

    # The answer comes while the caller still sends, and ends the call.
    def test_list_is_refused_in_its_middle(self):
        pieces = self.pieces(["not a device id"] * 1_000_000, 1000)
        with self.assertRaises(grpc.RpcError) as raised:
            self.api.send.SendToList(pieces, timeout=grpcio.S_MAX)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("device_ids", raised.exception.details())

    # -- From the server -----------------------------------------------------------------------

    def test_watch_ends_with_its_message(self):
        message = self.pending_message()
        reports = self.api.watch(self.app, message, timeout=grpcio.S_MAX)
        self.assertEqual(next(reports).pending, 1)
        server.recall(self.app, message)
        self.assertEqual([report.recalled for report in reports], [1])
        self.assertEqual(reports.code(), grpc.StatusCode.OK)

    def test_watch_of_no_message(self):
        reports = self.api.watch(self.app, "0123456789abcdef", timeout=grpcio.S_MAX)
        with self.assertRaises(grpc.RpcError) as raised:
            next(reports)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)

    # What the server allows at once is free again when callers have gone, whichever way.
    def test_cancelled_watches_are_given_up(self):
        message = self.pending_message()
        for _ in range(3):
            watches = [self.api.watch(self.app, message) for _ in range(WATCHES_PER_APP_MAX)]
            self.assertEqual([next(watch).pending for watch in watches],
                             [1] * WATCHES_PER_APP_MAX)
            for watch in watches:
                watch.cancel()
                self.assertEqual(watch.code(), grpc.StatusCode.CANCELLED)
            self.api.report(self.app, message)  # the news has come by then

    def test_watches_end_by_their_deadline(self):
        message = self.pending_message()
        for _ in range(2):
            watches = [self.api.watch(self.app, message, timeout=2)
                       for _ in range(WATCHES_PER_APP_MAX)]
            for watch in watches:
                self.assertEqual(next(watch).pending, 1)
            for watch in watches:
                with self.assertRaises(grpc.RpcError):
                    next(watch)
                self.assertEqual(watch.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
            self.api.report(self.app, message)

    def test_one_watch_too_many(self):
        message = self.pending_message()
        watches = [self.api.watch(self.app, message) for _ in range(WATCHES_PER_APP_MAX)]
        for watch in watches:
            next(watch)
        with self.assertRaises(grpc.RpcError) as raised:
            next(self.api.watch(self.app, message, timeout=grpcio.S_MAX))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        for watch in watches:
            watch.cancel()

    # Pings a hundred times as often as a client sends them at most are answered, each within a
    # second, and not held against the connection.
    def test_keep_alive_pings(self):
        channel = grpcio.channel(server, ("grpc.keepalive_time_ms", 100),
                                 ("grpc.keepalive_timeout_ms", 1000),
                                 ("grpc.keepalive_permit_without_calls", 1),
                                 ("grpc.http2.max_pings_without_data", 0))
        self.addCleanup(channel.close)
        states = []
        message = self.pending_message()
        watch = grpcio.Api(channel, self.app.key).watch(self.app, message, timeout=4)
        self.assertEqual(next(watch).pending, 1)
        channel.subscribe(states.append)
        with self.assertRaises(grpc.RpcError):
            next(watch)
        self.assertEqual(watch.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.assertEqual(set(states), {grpc.ChannelConnectivity.READY})


if __name__ == "__main__":
    unittest.main()
