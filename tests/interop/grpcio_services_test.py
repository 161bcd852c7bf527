"""python3-grpcio: the standard services, health and reflection, in both versions."""

import queue
import unittest

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import grpcio
import stubs
from tocsind import Tocsind

SERVICES = {"tocsin.v1.Send", "tocsin.v1.Apps", "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
server: Tocsind


def setUpModule():
    global server
    server = Tocsind()
    unittest.addModuleCleanup(server.close)


class Health(unittest.TestCase):
    def setUp(self):
        self.channel = grpcio.channel(server)
        self.addCleanup(self.channel.close)
        self.health = stubs.of("grpc.health.v1.health_pb2")
        self.stub = stubs.of("grpc.health.v1.health_pb2_grpc").HealthStub(self.channel)

    def request(self, service):
        return self.health.HealthCheckRequest(service=service)

    def test_check_without_a_key(self):
        for service in ("", "tocsin.v1.Send"):
            answer = self.stub.Check(self.request(service), timeout=grpcio.S_MAX)
            self.assertEqual(answer.status, self.health.HealthCheckResponse.SERVING)

    def test_check_of_no_service(self):
        with self.assertRaises(grpc.RpcError) as raised:
            self.stub.Check(self.request("no.such"), timeout=grpcio.S_MAX)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_watch(self):
        watch = self.stub.Watch(self.request(""), timeout=grpcio.S_MAX)
        self.assertEqual(next(watch).status, self.health.HealthCheckResponse.SERVING)
        watch.cancel()

    def test_watch_of_no_service(self):
        watch = self.stub.Watch(self.request("no.such"), timeout=grpcio.S_MAX)
        self.assertEqual(next(watch).status, self.health.HealthCheckResponse.SERVICE_UNKNOWN)
        watch.cancel()

    # As load balancers do, on their connection for as long as they live.
    def test_many_checks(self):
        for _ in range(50):
            self.stub.Check(self.request(""), timeout=grpcio.S_MAX)


class Reflection:
    """For a class with the `version` it asks by."""

    version: str

    def setUp(self):
        self.channel = grpcio.channel(server)
        self.addCleanup(self.channel.close)
        package = f"grpc.reflection.{self.version}.reflection_pb2"
        self.request = stubs.of(package).ServerReflectionRequest
        self.stub = stubs.of(package + "_grpc").ServerReflectionStub(self.channel)

    def ask(self, *requests):
        return list(self.stub.ServerReflectionInfo(iter(requests), timeout=grpcio.S_MAX))

    def file_of(self, **question):
        [answer] = self.ask(self.request(**question))
        [text] = answer.file_descriptor_response.file_descriptor_proto[:1]
        return descriptor_pb2.FileDescriptorProto.FromString(text)

    def test_services(self):
        [answer] = self.ask(self.request(list_services="*"))
        services = {service.name for service in answer.list_services_response.service}
        self.assertLessEqual(SERVICES, services)

    # Each question is answered before the next is asked, as interactive clients do.
    def test_questions_and_answers_in_turn(self):
        questions = queue.SimpleQueue()
        answers = self.stub.ServerReflectionInfo(iter(questions.get, None), timeout=grpcio.S_MAX)
        for _ in range(50):
            questions.put(self.request(file_containing_symbol="tocsin.v1.Send"))
            self.assertTrue(next(answers).file_descriptor_response.file_descriptor_proto)
        questions.put(None)
        self.assertEqual(list(answers), [])

    def test_no_such_symbol(self):
        answers = self.ask(self.request(file_containing_symbol="no.such"),
                           self.request(list_services="*"))
        self.assertEqual(answers[0].error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])
        self.assertTrue(answers[1].list_services_response.service)

    # With nothing but what the server says of itself.
    def test_call_by_reflection(self):
        pool = descriptor_pool.DescriptorPool()
        self.add_with_imports(pool, self.file_of(file_containing_symbol="tocsin.v1.Apps"))
        method = pool.FindServiceByName("tocsin.v1.Apps").FindMethodByName("ListApps")
        factory = message_factory.MessageFactory(pool)
        request = factory.GetPrototype(method.input_type)
        answer = factory.GetPrototype(method.output_type)
        server.create_app(f"app-{self.version}")
        call = self.channel.unary_unary("/tocsin.v1.Apps/ListApps", request.SerializeToString,
                                        answer.FromString)
        apps = call(request(), timeout=grpcio.S_MAX,
                    metadata=[("authorization", f"Bearer {server.admin_key}")]).apps
        self.assertIn(f"app-{self.version}", [app.app for app in apps])

    def add_with_imports(self, pool, file):
        for name in file.dependency:
            self.add_with_imports(pool, self.file_of(file_by_filename=name))
        pool.Add(file)


class ReflectionV1(Reflection, unittest.TestCase):
    version = "v1"


class ReflectionV1Alpha(Reflection, unittest.TestCase):
    version = "v1alpha"


if __name__ == "__main__":
    unittest.main()
