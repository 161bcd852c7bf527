#include "dispatcher/transport/rest_request.h"

#include <charconv>
#include <fmt/format.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/json_body.h"
#include "runtime/http/http_target.h"
#include "wire/utf8.h"

namespace tocsin::dispatcher {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::unique_ptr<Message> new_request(const Method& method) {
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(
      method.descriptor->input_type());
  return std::unique_ptr<Message>(prototype->New());
}

absl::Status read_body(const Method& method, const std::string& body, Message& message) {
  if (method.body_optional && body.empty()) return absl::OkStatus();
  return parse_json(body, message);
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

template <typename Number>
bool read_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// "MINUTE or HOUR"; the first one stands for none.
std::string names_of(const FieldDescriptor& field) {
  std::string names;
  for (int i = 1; i < field.enum_type()->value_count(); ++i) {
    if (i > 1) names += i + 1 < field.enum_type()->value_count() ? ", " : " or ";
    names += field.enum_type()->value(i)->name();
  }
  return names;
}

absl::Status set_from_query(const FieldDescriptor& field, const std::string& text,
                            Message& message) {
  const auto* reflection = message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (!wire::is_utf8(as_bytes(text))) return invalid_field(field.name(), "is not UTF-8");
      reflection->SetString(&message, &field, text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false") {
        return invalid_field(field.name(), "must be true or false");
      }
      reflection->SetBool(&message, &field, text == "true");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32: {
      uint32_t number = 0;
      if (!read_number(text, number)) return invalid_field(field.name(), "must be a number");
      reflection->SetUInt32(&message, &field, number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field.enum_type()->FindValueByName(text);
      if (value == nullptr) return invalid_field(field.name(), "must be " + names_of(field));
      reflection->SetEnum(&message, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (field.message_type() != google::protobuf::Timestamp::descriptor()) break;
      google::protobuf::Timestamp time;
      if (!google::protobuf::util::TimeUtil::FromString(text, &time)) {
        return invalid_field(field.name(), "must be a time such as 2026-11-22T18:00:00Z");
      }
      reflection->MutableMessage(&message, &field)->CopyFrom(time);
      return absl::OkStatus();
    }
    default:
      break;
  }
  return invalid_field(field.name(), "cannot be given in the query");
}

const FieldDescriptor* field_named(const google::protobuf::Descriptor& type,
                                   const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  return field != nullptr ? field : type.FindFieldByCamelcaseName(name);
}

absl::Status read_query(const std::string& query, Message& message) {
  const auto parameters = runtime::parse_http_query(query);
  if (!parameters) {
    return absl::InvalidArgumentError("the query has a broken percent escape");
  }
  for (const auto& [name, text] : *parameters) {
    if (!wire::is_utf8(as_bytes(name))) return invalid_field("query", "is not UTF-8");
    const FieldDescriptor* field = field_named(*message.GetDescriptor(), name);
    if (field == nullptr || field->is_repeated()) {
      return invalid_field(name, "unknown parameter: check its spelling");
    }
    if (auto status = set_from_query(*field, text, message); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> read_request(const Route& route,
                                                      const runtime::HttpRequest& request) {
  const Method& method = *route.method;
  std::unique_ptr<Message> message = new_request(method);
  absl::Status status = method.takes_body() ? read_body(method, request.body, *message)
                                            : read_query(request.query, *message);
  for (const auto& [field, text] : route.fields) {
    if (status.ok()) status = set_from_path(field, text, *message);
  }
  if (!status.ok()) return status;
  return message;
}

}  // namespace tocsin::dispatcher
