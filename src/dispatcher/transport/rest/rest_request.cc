#include "dispatcher/transport/rest/rest_request.h"

#include <fmt/format.h>
#include <set>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/rest/json_error.h"
#include "json/field_table.h"
#include "json/quotable.h"
#include "json/read.h"
#include "json/scalar.h"
#include "runtime/http_server/http_target.h"
#include "wire/utf8.h"

namespace tocsin::dispatcher {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::unique_ptr<Message> blank_request(const Method& method) {
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(
      method.descriptor->input_type());
  return std::unique_ptr<Message>(prototype->New());
}

absl::Status read_body(const Method& method, const std::string& query, const std::string& body,
                       Message& message) {
  if (auto status = check_no_query(query); !status.ok()) return status;
  if (method.body_optional && body.empty()) return absl::OkStatus();
  const auto fault = json::read(body, message, json::UnknownFields::refuse);
  return fault ? json_error(*fault, "the body") : absl::OkStatus();
}

// The body may repeat what the path says, but not contradict it.
absl::Status set_from_path(const std::string& name, const std::string& text, Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const auto* reflection = message.GetReflection();
  const std::string said = reflection->GetString(message, field);
  if (!said.empty() && said != text) {
    return invalid_field(name, "is not what the path says: leave it out of the body");
  }
  if (!wire::is_utf8(as_bytes(text))) return invalid_field(name, "is not UTF-8");
  reflection->SetString(&message, field, text);
  return absl::OkStatus();
}

// A value of the query has no quotes that could tell the truth from a text.
json::Scalar scalar_of(const FieldDescriptor& field, const std::string& text) {
  const bool is_truth =
      field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL && (text == "true" || text == "false");
  return {is_truth ? json::Scalar::Kind::boolean : json::Scalar::Kind::text, text};
}

absl::Status set_from_query(const std::string& name, const FieldDescriptor& field,
                            const std::string& text, Message& message) {
  if (!wire::is_utf8(as_bytes(text))) return invalid_field(name, "is not UTF-8");
  if (!json::is_scalar(field)) return invalid_field(name, "cannot be given in the query");
  const json::Scalar value = scalar_of(field, text);
  if (json::set_scalar(message, field, value)) return absl::OkStatus();
  return invalid_field(
      name, fmt::format("must be {}, not {}", json::expected_of(field), json::quotable(text)));
}

absl::Status read_query(const std::string& query, const std::string& body, Message& message) {
  if (!body.empty()) {
    return invalid_field("body", "this call takes none: put parameters into the query");
  }
  const auto parameters = runtime::parse_http_query(query);
  if (!parameters) {
    return absl::InvalidArgumentError("the query has a broken percent escape");
  }
  const json::FieldTable& fields = json::fields_of(*message.GetDescriptor());
  std::set<const FieldDescriptor*> given;
  for (const auto& [name, text] : *parameters) {
    if (!wire::is_utf8(as_bytes(name))) return invalid_field("query", "is not UTF-8");
    const auto* entry = fields.find(name);
    if (entry == nullptr || entry->field->is_repeated()) {
      return invalid_field(json::quotable(name), "unknown parameter: " + fields.unknown(name));
    }
    if (!given.insert(entry->field).second) return invalid_field(name, "is given twice");
    if (auto status = set_from_query(name, *entry->field, text, message); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status check_no_query(const std::string& query) {
  if (query.empty()) return absl::OkStatus();
  return invalid_field("query", "this call takes no parameters: put them into the body");
}

absl::StatusOr<std::unique_ptr<Message>> read_request(const Route& route, const std::string& query,
                                                      const std::string& body) {
  const Method& method = *route.method;
  std::unique_ptr<Message> message = blank_request(method);
  absl::Status status = method.takes_body() ? read_body(method, query, body, *message)
                                            : read_query(query, body, *message);
  for (const auto& [field, text] : route.fields) {
    if (status.ok()) status = set_from_path(field, text, *message);
  }
  if (!status.ok()) return status;
  return message;
}

}  // namespace tocsin::dispatcher
