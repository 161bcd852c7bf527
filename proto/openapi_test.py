"""The OpenAPI document of the real schema, and of small ones with every kind of thing in them."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import openapi
from google.protobuf import descriptor_pb2

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATOR = os.path.join(HERE, "openapi.py")
VERBS = ("get", "post", "put", "patch", "delete")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def api_names():
    """The schema's files with calls, and those that every document needs."""
    folder = os.path.join(HERE, "tocsin", "v1")
    found = [f"tocsin/v1/{name}" for name in sorted(os.listdir(folder)) if name.endswith(".proto")]
    return [name for name in found if "(call)" in read(os.path.join(HERE, name))
            or name in ("tocsin/v1/http.proto", "tocsin/v1/error.proto")]


def compile_protos(names, descriptors, *include):
    folders = [f"-I{folder}" for folder in (*include, HERE)]
    subprocess.run(["protoc", "--include_imports", "--include_source_info",
                    f"--descriptor_set_out={descriptors}", *folders, *names], check=True)


def document_of(proto_text, name="test.proto"):
    """The document of one made-up file, in the package tocsin.v1."""
    head = 'syntax = "proto3";\npackage tocsin.v1;\nimport "tocsin/v1/http.proto";\n'
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(head + proto_text)
        descriptors = os.path.join(folder, "api.pb")
        compile_protos([name, "tocsin/v1/error.proto"], descriptors, folder)
        with open(descriptors, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    return openapi.make_document(files, [name], "9.8.7")


def service(*calls, messages="message M { string app = 1; }"):
    """A service Shop with one rpc `C0`, `C1`... for each option text, all from M to M."""
    rpcs = "".join(f"rpc C{at}(M) returns (M) {{ option (call) = {{{call}}}; }}\n"
                   for at, call in enumerate(calls))
    return f"service Shop {{\n{rpcs}}}\n{messages}\n"


def operations(document):
    """(verb, path, operation) of all."""
    return [(verb, path, operation) for path, verbs in document["paths"].items()
            for verb, operation in verbs.items()]


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(document, reference):
    """What a reference leads to; KeyError when nowhere."""
    assert reference.startswith("#/"), reference
    node = document
    for part in reference[2:].split("/"):
        node = node[part]
    return node


class RealSchemaTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.names = api_names()
        compile_protos(cls.names, cls.file("api.pb"))
        cls.generate("openapi.json", "openapi_json.cc")
        cls.text = read(cls.file("openapi.json"))
        cls.document = json.loads(cls.text)

    @classmethod
    def file(cls, name):
        return os.path.join(cls.folder.name, name)

    @classmethod
    def generate(cls, json_name, cc_name):
        subprocess.run([sys.executable, GENERATOR, "--descriptors", cls.file("api.pb"), "--version",
                        "1.2.3", "--json", cls.file(json_name), "--cc", cls.file(cc_name),
                        *cls.names], check=True)

    def test_what_it_is(self):
        self.assertEqual("3.0.3", self.document["openapi"])
        self.assertEqual("1.2.3", self.document["info"]["version"])
        self.assertEqual([{"url": "/"}], self.document["servers"])
        scheme = self.document["components"]["securitySchemes"]["bearer"]
        self.assertEqual(("http", "bearer"), (scheme["type"], scheme["scheme"]))
        self.assertEqual([{"bearer": []}], self.document["security"])

    def test_every_call_with_http_is_there_and_no_other(self):
        # By the texts of the files, which the generator does not read.
        written = [tuple(match) for name in self.names for match in
                   re.findall(r'http: "([A-Z]+) (\S+)"', read(os.path.join(HERE, name)))]
        made = [(verb.upper(), path) for verb, path, _ in operations(self.document)]
        self.assertGreater(len(written), 10)
        self.assertCountEqual(written, made)

    def test_operations_are_named_once_and_tagged(self):
        ids = [operation["operationId"] for _, _, operation in operations(self.document)]
        self.assertEqual(sorted(set(ids)), sorted(ids))
        self.assertIn("Send_Send", ids)
        tags = [tag["name"] for tag in self.document["tags"]]
        self.assertEqual(sorted(set(tags)), sorted(tags))
        for _, _, operation in operations(self.document):
            self.assertEqual([operation["operationId"].split("_")[0]], operation["tags"])
            self.assertIn(operation["tags"][0], tags)
            self.assertTrue(operation["summary"])
            self.assertIn(operation["x-tocsin-scope"], operation["description"])

    def test_every_reference_leads_somewhere_and_every_schema_is_used(self):
        found = set(references(self.document))
        for reference in found:
            self.assertTrue(resolve(self.document, reference), reference)
        folder = "#/components/schemas/"
        schemas = {folder + name for name in self.document["components"]["schemas"]}
        self.assertEqual(schemas, {name for name in found if name.startswith(folder)})

    def test_a_stream_of_requests_is_lines_of_json(self):
        lists = self.document["paths"]["/v1/apps/{app}/messages/list"]["post"]
        self.assertEqual(["application/x-ndjson"], list(lists["requestBody"]["content"]))

    def test_path_parameters_are_declared_and_not_in_the_body(self):
        for verb, path, operation in operations(self.document):
            parameters = operation.get("parameters", [])
            in_path = [p["name"] for p in parameters if p["in"] == "path"]
            self.assertEqual(re.findall(r"\{(\w+)\}", path), in_path)
            self.assertTrue(all(p["required"] for p in parameters if p["in"] == "path"))
            self.assertEqual(len(parameters), len({(p["in"], p["name"]) for p in parameters}))
            self.assertEqual([], [p for p in parameters if p["in"] == "query" and verb not in
                                  ("get", "delete")])
            if "requestBody" in operation:
                self.assertIn(verb, ("post", "put", "patch"))
                body = next(iter(operation["requestBody"]["content"].values()))["schema"]
                properties = resolve(self.document, body["$ref"]).get("properties", {})
                self.assertFalse(properties.keys() & in_path)

    def test_answers(self):
        for _, path, operation in operations(self.document):
            statuses = list(operation["responses"])
            self.assertEqual("default", statuses[1], path)
            self.assertRegex(statuses[0], "^2..$")
            error = resolve(self.document, operation["responses"]["default"]["$ref"])
            self.assertEqual({"$ref": "#/components/schemas/ErrorResponse"},
                             error["content"]["application/json"]["schema"])
        send = self.document["paths"]["/v1/apps/{app}/messages"]["post"]
        self.assertEqual(
            {"application/json": {"schema": {"$ref": "#/components/schemas/SendResponse"}}},
            send["responses"]["202"]["content"])

    def test_the_message_to_send(self):
        send = self.document["paths"]["/v1/apps/{app}/messages"]["post"]
        self.assertEqual("SEND", send["x-tocsin-scope"])
        self.assertTrue(send["requestBody"]["required"])
        body = resolve(self.document,
                       send["requestBody"]["content"]["application/json"]["schema"]["$ref"])
        self.assertIn("At most one of `devices`,", body["description"])
        self.assertNotIn("app", body["properties"])
        self.assertNotIn("required", body)
        self.assertIn("collapseKey", body["properties"])
        self.assertEqual({"type": "string"}, body["properties"]["data"]["additionalProperties"])

    def test_the_same_again(self):
        self.generate("again.json", "again.cc")
        self.assertEqual(self.text, read(self.file("again.json")))
        self.assertEqual(read(self.file("openapi_json.cc")), read(self.file("again.cc")))

    def test_cpp_holds_the_same_text_in_small_pieces(self):
        source = read(self.file("openapi_json.cc"))
        self.assertIn('#include "dispatcher/transport/rest/openapi.h"\n', source)
        self.assertIn("namespace tocsin::dispatcher {\n", source)
        self.assertIn("std::string_view openapi_json() {", source)
        pieces = re.findall(r'R"json\((.*?)\)json"', source, re.S)
        self.assertEqual(self.text, "".join(pieces))
        self.assertLessEqual(max(map(len, pieces)), 4095)
        self.assertGreater(len(pieces), 1)


KINDS = '''
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

// Sells. Not on Sundays.
service Shop {
  // Put it on the counter. Then
  // look at it.
  rpc Put(Thing) returns (Thing) {
    option (call) = {http: "POST /v1/{some_text}/things" success: 201 scope: ADMIN};
  }
  rpc SearchShelf(Search) returns (stream Thing) {
    option (call) = {http: "GET /v1/shelves/{shelf}" scope: READ};
    option deprecated = true;
  }
  rpc Pour(stream Thing) returns (Thing);
  rpc Chat(stream Thing) returns (stream Thing) {
    option (call) = {scope: SEND};
  }
  rpc Close(CloseRequest) returns (Thing) {
    option (call) = {http: "POST /v1/close" scope: OPERATOR body_optional: true};
  }
}

// A thing.
message Thing {
  int32 a_int32 = 1;
  sint32 a_sint32 = 2;
  sfixed32 a_sfixed32 = 3;
  uint32 a_uint32 = 4;
  fixed32 a_fixed32 = 5;
  int64 a_int64 = 6;
  sint64 a_sint64 = 7;
  sfixed64 a_sfixed64 = 8;
  uint64 a_uint64 = 9;
  fixed64 a_fixed64 = 10;
  string some_text = 11;
  bytes a_bytes = 12;
  bool a_bool = 13;
  float a_float = 14;
  double a_double = 15;
  google.protobuf.Timestamp a_time = 16;
  google.protobuf.Duration a_duration = 17;
  google.protobuf.Struct a_struct = 18;
  google.protobuf.Any a_any = 19;
  google.protobuf.UInt64Value a_wrapped = 20;
  // Behind
  repeated Part parts = 21;  // the counter.
  map<string, Part> by_name = 22;
  map<int32, int64> numbers = 23;
  Part.Kind kind = 24;
  // One of its parts.
  Part main_part = 25;
  Thing inner = 26;
  // Which way.
  oneof way {
    string left = 27;
    string right = 28;
  }
  optional string perhaps = 29 [deprecated = true];
  string named_otherwise = 30 [json_name = "otherName"];
  message Part {
    enum Kind {
      KIND_UNSPECIFIED = 0;
      ROUND = 1;  // like a ball
    }
    string name = 1;
  }
}

message Search {
  string shelf = 1;
  string free_text = 2;  // any words
  repeated string tags = 3;
  Thing.Part.Kind kind = 4;
  repeated Thing.Part.Kind kinds = 5;
  google.protobuf.Duration max_age = 6;
  uint64 after_position = 7;
}

message CloseRequest {}
message Unreached {}
'''


class KindsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = document_of(KINDS)
        cls.schemas = cls.document["components"]["schemas"]
        cls.thing = cls.schemas["Thing"]["properties"]

    def test_scalars(self):
        int32 = {"type": "integer", "format": "int32"}
        uint32 = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 4294967295}
        int64 = {"type": "string", "format": "int64"}
        uint64 = {"type": "string", "format": "uint64"}
        for name, schema in {
                "aInt32": int32, "aSint32": int32, "aSfixed32": int32,
                "aUint32": uint32, "aFixed32": uint32,
                "aInt64": int64, "aSint64": int64, "aSfixed64": int64,
                "aUint64": uint64, "aFixed64": uint64,
                "someText": {"type": "string"}, "aBytes": {"type": "string", "format": "byte"},
                "aBool": {"type": "boolean"}, "aFloat": {"type": "number", "format": "float"},
                "aDouble": {"type": "number", "format": "double"},
        }.items():
            self.assertEqual(schema, self.thing[name], name)

    def test_messages_with_a_json_form_of_their_own(self):
        self.assertEqual({"type": "string", "format": "date-time"}, self.thing["aTime"])
        self.assertEqual({"type": "object", "additionalProperties": {}}, self.thing["aStruct"])
        self.assertEqual({"type": "string"}, self.thing["aAny"]["properties"]["@type"])
        self.assertEqual({"type": "string", "format": "uint64", "nullable": True},
                         self.thing["aWrapped"])
        pattern = re.compile(self.thing["aDuration"]["pattern"])
        for text in ("0s", "3600s", "0.5s", "-1.000000001s"):
            self.assertTrue(pattern.search(text), text)
        for text in ("3600", "1h", "1.s", ".5s", "1.0000000001s", "1s "):
            self.assertFalse(pattern.search(text), text)
        self.assertFalse([name for name in self.schemas if name.startswith("google")])

    def test_lists_maps_enums_and_nested_messages(self):
        part = {"$ref": "#/components/schemas/Thing.Part"}
        self.assertEqual({"type": "array", "items": part, "description": "Behind\nthe counter."},
                         self.thing["parts"])
        self.assertEqual({"type": "object", "additionalProperties": part}, self.thing["byName"])
        self.assertEqual({"type": "object", "additionalProperties": {"type": "string",
                                                                     "format": "int64"}},
                         self.thing["numbers"])
        self.assertEqual({"$ref": "#/components/schemas/Thing.Part.Kind"}, self.thing["kind"])
        self.assertEqual({"type": "string", "enum": ["KIND_UNSPECIFIED", "ROUND"],
                          "description": "* `ROUND`: like a ball"}, self.schemas["Thing.Part.Kind"])
        self.assertEqual({"allOf": [part], "description": "One of its parts."},
                         self.thing["mainPart"])
        self.assertEqual({"$ref": "#/components/schemas/Thing"}, self.thing["inner"])
        self.assertEqual({"type": "string", "deprecated": True}, self.thing["perhaps"])
        self.assertIn("otherName", self.thing)
        self.assertNotIn("namedOtherwise", self.thing)

    def test_only_what_is_reached(self):
        self.assertEqual(["ErrorResponse", "ErrorResponse.Body", "ErrorResponse.Violation", "Thing",
                          "Thing.Part", "Thing.Part.Kind", "ThingBody"], list(self.schemas))

    def test_a_oneof_is_said(self):
        self.assertEqual("A thing.\n\nAt most one of `left`, `right`. Which way.",
                         self.schemas["Thing"]["description"])

    def test_a_call_with_a_body(self):
        put = self.document["paths"]["/v1/{some_text}/things"]["post"]
        self.assertEqual("Shop_Put", put["operationId"])
        self.assertEqual("Put it on the counter", put["summary"])
        self.assertEqual("Put it on the counter. Then\nlook at it.\n\n"
                         "Needs a key with the scope ADMIN (the app's own keys and settings).",
                         put["description"])
        self.assertEqual([{"name": "some_text", "in": "path", "required": True,
                           "schema": {"type": "string"}}], put["parameters"])
        self.assertEqual({"required": True, "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/ThingBody"}}}}, put["requestBody"])
        self.assertEqual(self.thing.keys() - self.schemas["ThingBody"]["properties"].keys(),
                         {"someText"})
        self.assertEqual(["201", "default"], list(put["responses"]))
        self.assertEqual([{"name": "Shop", "description": "Sells. Not on Sundays."}],
                         self.document["tags"])

    def test_a_call_with_a_query_and_a_stream_of_answers(self):
        search = self.document["paths"]["/v1/shelves/{shelf}"]["get"]
        kind = {"$ref": "#/components/schemas/Thing.Part.Kind"}
        self.assertEqual("Search shelf", search["summary"])
        self.assertTrue(search["deprecated"])
        self.assertNotIn("requestBody", search)
        self.assertEqual(["path", *["query"] * 6], [p["in"] for p in search["parameters"]])
        self.assertFalse([p for p in search["parameters"][1:] if "required" in p])
        self.assertEqual("any words", search["parameters"][1]["description"])
        self.assertEqual([
            ("shelf", {"type": "string"}), ("freeText", {"type": "string"}),
            ("tags", {"type": "array", "items": {"type": "string"}}), ("kind", kind),
            ("kinds", {"type": "array", "items": kind}),
            ("maxAge", openapi.WELL_KNOWN_VALUES["Duration"]),
            ("afterPosition", {"type": "string", "format": "uint64"}),
        ], [(p["name"], p["schema"]) for p in search["parameters"]])
        self.assertEqual({"text/event-stream": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                         search["responses"]["200"]["content"])

    def test_calls_without_http_and_empty_bodies_are_left_out(self):
        self.assertEqual(["Shop_Put", "Shop_SearchShelf", "Shop_Close"],
                         [call["operationId"] for _, _, call in operations(self.document)])
        self.assertNotIn("requestBody", self.document["paths"]["/v1/close"]["post"])


class WhatRestCannotCarryTest(unittest.TestCase):
    GOOD = 'http: "GET /v1/{app}" scope: READ'

    def refused(self, proto_text, why):
        with self.assertRaisesRegex(openapi.SchemaError, why):
            document_of(proto_text)

    def test_what_the_others_differ_from(self):
        self.assertEqual(["/v1/{app}"], list(document_of(service(self.GOOD))["paths"]))

    def test_options(self):
        for call, why in {
                'http: "GET /v1/{other}" scope: READ': "no single value of the request",
                'http: "GET /v1/{app=**}" scope: READ': "in braces",
                'http: "GET v1" scope: READ': "not a verb and a path",
                'http: "FETCH /v1" scope: READ': "not a verb and a path",
                'http: "GET /v1"': "no scope",
                'http: "GET /v1" scope: READ success: 404': "no status of a good answer",
        }.items():
            self.refused(service(call), why)

    def test_fields_in_the_wrong_place(self):
        for message, why in {
                "message M { repeated string app = 1; }": "no single value",
                "message M { M app = 1; }": "no single value",
                "message M { string app = 1; M inner = 2; }": "a query cannot carry inner",
                "message M { string app = 1; map<string, string> m = 2; }": "cannot carry m",
        }.items():
            self.refused(service(self.GOOD, messages=message), why)

    def test_two_calls_for_one_path(self):
        self.refused(service(self.GOOD, self.GOOD), "is taken")
        two = "message M { string app = 1; string name = 2; }"
        self.refused(service(self.GOOD, 'http: "POST /v1/{name}" scope: READ', messages=two),
                     "are one path")

    def test_two_bodies_of_one_name(self):
        two = "message M { string app = 1; string name = 2; %s }"
        calls = ['http: "POST /v1/a/{app}" scope: READ', 'http: "POST /v1/b/{name}" scope: READ']
        self.refused(service(*calls, messages=two % ""), "different path fields")
        clash = two % "MBody body = 3;" + "message MBody {}"
        self.refused(service(calls[0], messages=clash), "MBody is also")

    def test_streams_of_requests(self):
        self.refused(service(self.GOOD).replace("C0(M)", "C0(stream M)"), "needs a body")

    def test_the_program_says_why_and_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            descriptors = os.path.join(folder, "api.pb")
            compile_protos(["tocsin/v1/error.proto", "tocsin/v1/http.proto"], descriptors)
            outputs = [os.path.join(folder, name) for name in ("o.json", "o.cc")]
            run = subprocess.run(
                [sys.executable, GENERATOR, "--descriptors", descriptors, "--version", "1",
                 "--json", outputs[0], "--cc", outputs[1], "tocsin/v1/none.proto"],
                capture_output=True, text=True, check=False)
            self.assertEqual(1, run.returncode)
            self.assertEqual("openapi.py: tocsin/v1/none.proto: not in the descriptors\n",
                             run.stderr)
            self.assertEqual([], [path for path in outputs if os.path.exists(path)])

    def test_a_comment_cannot_end_the_cpp_literal(self):
        with self.assertRaises(openapi.SchemaError):
            openapi.to_cpp('x )json" y')


if __name__ == "__main__":
    unittest.main()
