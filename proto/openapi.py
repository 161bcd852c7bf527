"""The OpenAPI document of the REST API, made from the .proto files that the server is made from.

    protoc --include_imports --include_source_info --descriptor_set_out=api.pb -I proto NAMES...
    openapi.py --descriptors api.pb --version 1.2.3 --json o.json --cc o.cc NAMES...

Every rpc of NAMES with the option `(tocsin.v1.call)` becomes one operation, and every message it
reaches a schema by protobuf's JSON mapping; comments become descriptions. What REST cannot carry
(a path field that the request has not, a message in a query) stops the build here and not a user
later. The same input gives the same bytes.

Needs python3 and python3-protobuf.
"""

import argparse
import http
import json
import re
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "tocsin.v1."  # left out of the names of schemas
CALL_OPTION_NUMBER = 50000
CPP_PIECE_BYTES_MAX = 4000  # C promises 4095 in one string literal
BODY_VERBS = ("POST", "PUT", "PATCH")
QUERY_VERBS = ("GET", "DELETE")

Field = descriptor_pb2.FieldDescriptorProto

_INT32 = {"type": "integer", "format": "int32"}
_UINT32 = {"type": "integer", "format": "int64", "minimum": 0, "maximum": 2**32 - 1}
_INT64 = {"type": "string", "format": "int64"}
_UINT64 = {"type": "string", "format": "uint64"}
_STRING = {"type": "string"}
_BYTES = {"type": "string", "format": "byte"}
_BOOL = {"type": "boolean"}
_FLOAT = {"type": "number", "format": "float"}
_DOUBLE = {"type": "number", "format": "double"}

SCALARS = {
    Field.TYPE_INT32: _INT32, Field.TYPE_SINT32: _INT32, Field.TYPE_SFIXED32: _INT32,
    Field.TYPE_UINT32: _UINT32, Field.TYPE_FIXED32: _UINT32,
    Field.TYPE_INT64: _INT64, Field.TYPE_SINT64: _INT64, Field.TYPE_SFIXED64: _INT64,
    Field.TYPE_UINT64: _UINT64, Field.TYPE_FIXED64: _UINT64,
    Field.TYPE_STRING: _STRING, Field.TYPE_BYTES: _BYTES, Field.TYPE_BOOL: _BOOL,
    Field.TYPE_FLOAT: _FLOAT, Field.TYPE_DOUBLE: _DOUBLE,
}

# Messages with a JSON form of their own that is one value, so that a query can carry it.
WELL_KNOWN_VALUES = {
    "Timestamp": {"type": "string", "format": "date-time"},
    "Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "FieldMask": _STRING,
    "Int32Value": dict(_INT32, nullable=True),
    "UInt32Value": dict(_UINT32, nullable=True),
    "Int64Value": dict(_INT64, nullable=True),
    "UInt64Value": dict(_UINT64, nullable=True),
    "StringValue": dict(_STRING, nullable=True),
    "BytesValue": dict(_BYTES, nullable=True),
    "BoolValue": dict(_BOOL, nullable=True),
    "FloatValue": dict(_FLOAT, nullable=True),
    "DoubleValue": dict(_DOUBLE, nullable=True),
}
WELL_KNOWN_OBJECTS = {
    "Empty": {"type": "object"},
    "Struct": {"type": "object", "additionalProperties": {}},
    "Value": {},
    "ListValue": {"type": "array", "items": {}},
    "Any": {"type": "object", "properties": {"@type": _STRING}, "additionalProperties": {}},
}


def _google(table):
    return {"google.protobuf." + name: schema for name, schema in table.items()}


VALUES = _google(WELL_KNOWN_VALUES)
WELL_KNOWN = {**VALUES, **_google(WELL_KNOWN_OBJECTS)}


class SchemaError(Exception):
    """The .proto files say what REST cannot carry."""


class Protos:
    """The messages, enums and comments of a FileDescriptorSet, by full name, and its services."""

    def __init__(self, descriptors, names):
        self.messages, self.enums, self.comments = {}, {}, {}
        self.services = []  # (full name, ServiceDescriptorProto), in the order of `names`
        files = {file.name: file for file in descriptors.file}
        for file in files.values():
            self._add_file(file)
        for name in names:
            if name not in files:
                raise SchemaError(f"{name}: not in the descriptors")
            package = files[name].package
            self.services += [(f"{package}.{s.name}", s) for s in files[name].service]

    def _add_file(self, file):
        texts = {tuple(place.path): _comment(place) for place in file.source_code_info.location}
        for index, enum in enumerate(file.enum_type):
            self._add_enum(file.package, enum, texts, (5, index))
        for index, message in enumerate(file.message_type):
            self._add_message(file.package, message, texts, (4, index))
        for index, service in enumerate(file.service):
            name = self._add_comment(file.package, service, texts, (6, index))
            for at, method in enumerate(service.method):
                self._add_comment(name, method, texts, (6, index, 2, at))

    def _add_message(self, scope, message, texts, path):
        name = self._add_comment(scope, message, texts, path)
        self.messages[name] = message
        for number, parts in ((2, message.field), (8, message.oneof_decl)):
            for index, part in enumerate(parts):
                self._add_comment(name, part, texts, path + (number, index))
        for index, nested in enumerate(message.nested_type):
            self._add_message(name, nested, texts, path + (3, index))
        for index, enum in enumerate(message.enum_type):
            self._add_enum(name, enum, texts, path + (4, index))

    def _add_enum(self, scope, enum, texts, path):
        name = self._add_comment(scope, enum, texts, path)
        self.enums[name] = enum
        for index, value in enumerate(enum.value):
            self._add_comment(name, value, texts, path + (2, index))

    def _add_comment(self, scope, part, texts, path):
        name = f"{scope}.{part.name}"
        self.comments[name] = texts.get(path, "")
        return name

    def enum_text(self, full_name):
        """What the comments say of an enum and of its values."""
        texts = [(value.name, self.comments[f"{full_name}.{value.name}"])
                 for value in self.enums[full_name].value]
        values = "\n".join(f"* `{name}`: {text}" for name, text in texts if text)
        return paragraphs(self.comments[full_name], values)


def _comment(place):
    texts = (place.leading_comments, place.trailing_comments)
    return "\n".join(re.sub(r"(?m)^ ", "", text).strip() for text in texts if text.strip())


def call_reader(descriptors):
    """A function from a method to its option `(call)`; None for a method without."""
    # The option is read through a message that has it as a plain field: extensions of messages
    # made at run time are not known to every implementation of protobuf for Python.
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors.file:
        pool.Add(file)
    view = descriptor_pb2.FileDescriptorProto(name="openapi_view.proto", package="tocsin.openapi",
                                              dependency=["tocsin/v1/http.proto"])
    field = view.message_type.add(name="Options").field.add(
        name="call", number=CALL_OPTION_NUMBER, label=Field.LABEL_OPTIONAL,
        type=Field.TYPE_MESSAGE, type_name=".tocsin.v1.Call")
    pool.Add(view)
    options_class = message_factory.MessageFactory(pool).GetPrototype(
        pool.FindMessageTypeByName("tocsin.openapi.Options"))

    def read(method):
        options = options_class.FromString(method.options.SerializeToString())
        return options.call if options.HasField(field.name) else None

    return read


def short_name(full_name):
    return full_name[len(PACKAGE):] if full_name.startswith(PACKAGE) else full_name


def paragraphs(*texts):
    return "\n\n".join(text for text in texts if text)


def described(schema, text, deprecated=False):
    """`schema` with a description; what stands beside a $ref counts only around an allOf."""
    extra = {"description": text} if text else {}
    if deprecated:
        extra["deprecated"] = True
    if extra and "$ref" in schema:
        return {"allOf": [schema], **extra}
    return {**schema, **extra}


class Schemas:
    """components.schemas: what was referred to, and what that refers to."""

    def __init__(self, protos):
        self._protos = protos
        self._made = {}
        self._bodies = {}

    def sorted(self):
        for name in self._made.keys() & self._bodies.keys():
            raise SchemaError(f"{name} is also what the body of a call is called: rename it")
        return dict(sorted({**self._made, **self._bodies}.items()))

    def ref(self, full_name):
        """A reference to the schema of a message or enum, which is made when it is new."""
        if full_name in WELL_KNOWN:
            return dict(WELL_KNOWN[full_name])
        name = short_name(full_name)
        if name not in self._made:
            self._made[name] = {}  # found by the messages that contain themselves
            make = self._enum if full_name in self._protos.enums else self._message
            self._made[name] = make(full_name)
        return {"$ref": "#/components/schemas/" + name}

    def body_ref(self, full_name, path_fields):
        """The same for a request whose `path_fields` stand in the path and not in the body."""
        if not path_fields:
            return self.ref(full_name)
        name = short_name(full_name) + "Body"
        schema = self._message(full_name, path_fields)
        if self._bodies.setdefault(name, schema) != schema:
            raise SchemaError(f"{full_name}: calls with different path fields cannot share it")
        return {"$ref": "#/components/schemas/" + name}

    def field(self, message_name, field):
        entry = self._protos.messages.get(field.type_name[1:])
        if entry is not None and entry.options.map_entry:
            schema = {"type": "object", "additionalProperties": self._value(entry.field[1])}
        elif field.label == Field.LABEL_REPEATED:
            schema = {"type": "array", "items": self._value(field)}
        else:
            schema = self._value(field)
        return described(schema, self._protos.comments[f"{message_name}.{field.name}"],
                         field.options.deprecated)

    def _value(self, field):
        if field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
            return self.ref(field.type_name[1:])
        if field.type not in SCALARS:
            raise SchemaError(f"{field.name}: a group has no JSON form")
        return dict(SCALARS[field.type])

    def _message(self, full_name, left_out=()):
        message = self._protos.messages[full_name]
        kept = [field for field in message.field if field.name not in left_out]
        text = paragraphs(self._protos.comments[full_name],
                          *self._exclusions(full_name, message, kept))
        properties = {field.json_name: self.field(full_name, field) for field in kept}
        schema = {"type": "object", **({"properties": properties} if properties else {})}
        return described(schema, text, message.options.deprecated)

    def _exclusions(self, full_name, message, fields):
        for index, oneof in enumerate(message.oneof_decl):
            names = [f"`{field.json_name}`" for field in fields
                     if field.HasField("oneof_index") and field.oneof_index == index]
            if len(names) > 1:
                comment = self._protos.comments[f"{full_name}.{oneof.name}"]
                yield f"At most one of {', '.join(names)}." + (f" {comment}" if comment else "")

    def _enum(self, full_name):
        enum = self._protos.enums[full_name]
        return described({"type": "string", "enum": [value.name for value in enum.value]},
                         self._protos.enum_text(full_name), enum.options.deprecated)


class Operation:
    """One rpc as OpenAPI sees it."""

    def __init__(self, protos, schemas, service_name, method, call):
        self._protos, self._schemas, self._method, self._call = protos, schemas, method, call
        self._name = f"{service_name}.{method.name}"
        self._request_name = method.input_type[1:]
        self._request = protos.messages[self._request_name]
        self._service = service_name.rsplit(".", 1)[-1]
        match = re.fullmatch(r"([A-Z]+) (/\S*)", call.http)
        if match is None or match[1] not in BODY_VERBS + QUERY_VERBS:
            raise SchemaError(f"{self._name}: '{call.http}' is not a verb and a path")
        self.verb, self.path = match[1], match[2]
        self._path_fields = re.findall(r"\{(\w+)\}", self.path)
        if re.search(r"[{}]", self.shape().replace("{}", "")):
            raise SchemaError(f"{self._name}: {self.path} has more in braces than a field's name")
        if method.client_streaming and self.verb not in BODY_VERBS:
            raise SchemaError(f"{self._name}: a stream of requests needs a body")

    def shape(self):
        """The path without the names of its fields; no two paths may have the same."""
        return re.sub(r"\{\w+\}", "{}", self.path)

    def document(self):
        comment = self._protos.comments[self._name]
        scope, scope_text = self._scope()
        document = {
            "operationId": f"{self._service}_{self._method.name}",
            "tags": [self._service],
            "summary": _first_sentence(comment) or _words(self._method.name),
            "description": paragraphs(comment, f"Needs a key with the scope {scope}{scope_text}."),
            "x-tocsin-scope": scope,
        }
        if self._method.options.deprecated:
            document["deprecated"] = True
        parameters = self._path_parameters()
        if self.verb in QUERY_VERBS:
            parameters += self._query_parameters()
        if parameters:
            document["parameters"] = parameters
        if self.verb in BODY_VERBS and (self._rest() or not self._call.body_optional):
            document["requestBody"] = self._body()
        document["responses"] = self._responses()
        return document

    def _scope(self):
        value = next(value for value in self._protos.enums[PACKAGE + "Scope"].value
                     if value.number == self._call.scope)
        if value.number == 0:
            raise SchemaError(f"{self._name}: the option says no scope")
        comment = self._protos.comments[f"{PACKAGE}Scope.{value.name}"]
        return value.name, f" ({comment})" if comment else ""

    def _rest(self):
        return [field for field in self._request.field if field.name not in self._path_fields]

    def _path_parameters(self):
        fields = {field.name: field for field in self._request.field}
        found = []
        for name in self._path_fields:
            if name not in fields or not self._fits_a_path(fields[name]):
                raise SchemaError(f"{self._name}: {{{name}}} is no single value of the request")
            found.append({**self._parameter(fields[name], "path"), "name": name, "required": True})
        return found

    @staticmethod
    def _fits_a_path(field):
        return field.label != Field.LABEL_REPEATED and field.type != Field.TYPE_MESSAGE

    def _query_parameters(self):
        for field in self._rest():
            if field.type == Field.TYPE_MESSAGE and field.type_name[1:] not in VALUES:
                raise SchemaError(f"{self._name}: a query cannot carry {field.name}")
        return [self._parameter(field, "query") for field in self._rest()]

    def _parameter(self, field, place):
        parameter = {"name": field.json_name, "in": place}
        schema = self._schemas.field(self._request_name, field)
        for key in ("description", "deprecated"):
            if key in schema:
                parameter[key] = schema.pop(key)
        parameter["schema"] = schema["allOf"][0] if "allOf" in schema else schema
        return parameter

    def _body(self):
        schema = self._schemas.body_ref(self._request_name, self._path_fields)
        body = {"required": not self._call.body_optional,
                "content": {"application/json": {"schema": schema}}}
        if self._method.client_streaming:
            body["description"] = "One such object as JSON a line, as many lines as it takes."
            body["content"] = {"application/x-ndjson": {"schema": schema}}
        return body

    def _responses(self):
        status = self._call.success or 200
        if not 200 <= status < 300:
            raise SchemaError(f"{self._name}: {status} is no status of a good answer")
        answer = self._schemas.ref(self._method.output_type[1:])
        text, media_type = http.HTTPStatus(status).phrase, "application/json"
        if self._method.server_streaming:
            text = "A stream of events; the data of each is one object as JSON."
            media_type = "text/event-stream"
        return {str(status): {"description": text, "content": {media_type: {"schema": answer}}},
                "default": {"$ref": "#/components/responses/Error"}}


def _first_sentence(text):
    sentence = re.split(r"(?<=\.)\s|\n\n", text, maxsplit=1)[0]
    return " ".join(sentence.split()).rstrip(".")


def _words(camel_case):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: " " + match[1].lower(), camel_case)


def _paths(protos, schemas, read_call):
    paths, shapes, ids = {}, {}, set()
    for service_name, service in protos.services:
        for method in service.method:
            call = read_call(method)
            if call is None or not call.http:
                continue
            operation = Operation(protos, schemas, service_name, method, call)
            if shapes.setdefault(operation.shape(), operation.path) != operation.path:
                raise SchemaError(f"{operation.path} and {shapes[operation.shape()]} are one path")
            verbs = paths.setdefault(operation.path, {})
            document = operation.document()
            if operation.verb.lower() in verbs or document["operationId"] in ids:
                raise SchemaError(f"{service_name}.{method.name}: {call.http} or its name is taken")
            ids.add(document["operationId"])
            verbs[operation.verb.lower()] = document
    return paths


def _components(protos, schemas):
    error = schemas.ref(PACKAGE + "ErrorResponse")
    return {
        "schemas": schemas.sorted(),
        "responses": {"Error": {
            "description": "An error: decide by `code` and `status`; `message` is for people.",
            "content": {"application/json": {"schema": error}},
        }},
        "securitySchemes": {"bearer": {
            "type": "http", "scheme": "bearer",
            "description": paragraphs("The header `Authorization: Bearer KEY`.",
                                      protos.enum_text(PACKAGE + "Scope")),
        }},
    }


def make_document(descriptors, names, version):
    """The document as nested dicts. `names`: the .proto files whose services are in it."""
    protos = Protos(descriptors, names)
    schemas = Schemas(protos)
    paths = _paths(protos, schemas, call_reader(descriptors))
    used = {tag for verbs in paths.values() for call in verbs.values() for tag in call["tags"]}
    tags = [described({"name": service.name}, protos.comments[full_name])
            for full_name, service in protos.services if service.name in used]
    return {
        "openapi": "3.0.3",
        "info": {"title": "Tocsin", "description": "Push notifications: send and follow messages, "
                 "manage devices, audiences and apps.", "version": version},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": tags,
        "paths": paths,
        "components": _components(protos, schemas),
    }


def to_json(document):
    return json.dumps(document, indent=2) + "\n"


def to_cpp(text):
    """A C++ file whose openapi_json() gives `text`, which is ASCII."""
    pieces = [text[at:at + CPP_PIECE_BYTES_MAX] for at in range(0, len(text), CPP_PIECE_BYTES_MAX)]
    if any(')json"' in piece for piece in pieces):
        raise SchemaError("a comment holds the end mark of the C++ literal")
    literals = "\n".join(f'R"json({piece})json"' for piece in pieces)
    return ('// Made by proto/openapi.py; not to be edited.\n#include "dispatcher/transport/rest/openapi.h"\n\n'
            "namespace tocsin::dispatcher {\n\nstd::string_view openapi_json() {\n"
            f"  return\n{literals};\n}}\n\n}}  // namespace tocsin::dispatcher\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--descriptors", required=True, help="a FileDescriptorSet with comments")
    parser.add_argument("--version", required=True, help="version of the API, for info.version")
    parser.add_argument("--json", required=True, help="the document to write")
    parser.add_argument("--cc", required=True, help="the C++ file to write")
    parser.add_argument("names", nargs="+", metavar="NAME", help="tocsin/v1/push.proto and so on")
    options = parser.parse_args()
    with open(options.descriptors, "rb") as file:
        descriptors = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    try:
        text = to_json(make_document(descriptors, options.names, options.version))
        cpp = to_cpp(text)
    except SchemaError as error:
        print(f"openapi.py: {error}", file=sys.stderr)
        return 1
    for path, content in ((options.json, text), (options.cc, cpp)):
        with open(path, "w", encoding="ascii") as file:
            file.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
