#include "json/scalar.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <absl/strings/charconv.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "json/alternatives.h"
#include "json/quotable.h"
#include "json/time_text.h"
#include "json/whole_number.h"

namespace tocsin::json {
namespace {

using google::protobuf::Duration;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using Kind = Scalar::Kind;

// Where a value goes. Each put() sets, or adds to what is repeated.
class Target {
 public:
  Target(Message& message, const FieldDescriptor& field)
      : message_(message), field_(field), reflection_(*message.GetReflection()) {}

  bool put(int32_t value) { return put(&Reflection::SetInt32, &Reflection::AddInt32, value); }
  bool put(int64_t value) { return put(&Reflection::SetInt64, &Reflection::AddInt64, value); }
  bool put(uint32_t value) { return put(&Reflection::SetUInt32, &Reflection::AddUInt32, value); }
  bool put(uint64_t value) { return put(&Reflection::SetUInt64, &Reflection::AddUInt64, value); }
  bool put(float value) { return put(&Reflection::SetFloat, &Reflection::AddFloat, value); }
  bool put(double value) { return put(&Reflection::SetDouble, &Reflection::AddDouble, value); }
  bool put(bool value) { return put(&Reflection::SetBool, &Reflection::AddBool, value); }
  bool put(std::string value) {
    return put(&Reflection::SetString, &Reflection::AddString, std::move(value));
  }
  bool put_enum(int value) {
    return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue, value);
  }
  template <typename Value>
  bool put_message(const Value& value) {
    Message* to = field_.is_repeated() ? reflection_.AddMessage(&message_, &field_)
                                       : reflection_.MutableMessage(&message_, &field_);
    static_cast<Value&>(*to) = value;
    return true;
  }
  template <typename Value>
  bool put_if(std::optional<Value> value) {
    return value && put(*std::move(value));
  }

 private:
  template <typename Put, typename Value>
  bool put(Put set, Put add, Value value) {
    (reflection_.*(field_.is_repeated() ? add : set))(&message_, &field_, std::move(value));
    return true;
  }

  Message& message_;
  const FieldDescriptor& field_;
  const Reflection& reflection_;
};

// Take the digits that `text` begins with; whether there was one.
bool take_digits(std::string_view& text) {
  const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(end);
  return end > 0;
}

// A number as RFC 8259 section 6 writes it.
bool is_number_text(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool begins_with_0 = text.starts_with('0');
  const size_t size = text.size();
  if (!take_digits(text) || (begins_with_0 && size - text.size() > 1)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits(text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!take_digits(text)) return false;
  }
  return text.empty();
}

template <typename Number>
std::optional<Number> whole(const Scalar& value) {
  if (value.kind == Kind::number) return whole_number<Number>(value.text);
  const bool is_whole = value.kind == Kind::text && is_number_text(value.text) &&
                        value.text.find_first_of(".eE") == std::string_view::npos;
  return is_whole ? whole_number<Number>(value.text) : std::nullopt;
}

template <typename Number>
std::optional<Number> fractional(const Scalar& value) {
  if (value.kind != Kind::number && value.kind != Kind::text) return std::nullopt;
  if (value.kind == Kind::text) {
    if (value.text == "NaN") return std::numeric_limits<Number>::quiet_NaN();
    if (value.text == "Infinity") return std::numeric_limits<Number>::infinity();
    if (value.text == "-Infinity") return -std::numeric_limits<Number>::infinity();
    if (!is_number_text(value.text)) return std::nullopt;
  }
  Number number = 0;
  const char* end = value.text.data() + value.text.size();
  const auto [stop, error] = absl::from_chars(value.text.data(), end, number);
  if (error == std::errc::invalid_argument || stop != end) return std::nullopt;
  // What is too small to be told from 0 is 0.
  if (error == std::errc::result_out_of_range && std::abs(number) >= 1) return std::nullopt;
  return number;
}

// RFC 4648, either alphabet, with or without padding, as only one text says the same bytes.
std::optional<std::string> from_base64(const Scalar& value) {
  if (value.kind != Kind::text) return std::nullopt;
  std::string text(value.text);
  if (text.find_first_of("-_") != std::string::npos) {
    if (text.find_first_of("+/") != std::string::npos) return std::nullopt;
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
  }
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return std::nullopt;
  const std::string again = absl::Base64Escape(bytes);
  if (text != again && text != again.substr(0, again.find('='))) return std::nullopt;
  return bytes;
}

const EnumValueDescriptor* value_named(const EnumDescriptor& type, std::string_view name) {
  const absl::string_view wanted(name.data(), name.size());
  for (int i = 0; i < type.value_count(); ++i) {
    if (absl::EqualsIgnoreCase(type.value(i)->name(), wanted)) return type.value(i);
  }
  return nullptr;
}

bool put_enum(Target& target, const EnumDescriptor& type, const Scalar& value) {
  if (value.kind == Kind::number) {
    const auto number = whole_number<int32_t>(value.text);
    return number && target.put_enum(*number);
  }
  if (value.kind != Kind::text) return false;
  const EnumValueDescriptor* named = value_named(type, value.text);
  return named != nullptr && target.put_enum(named->number());
}

bool put_time_or_duration(Target& target, const FieldDescriptor& field, const Scalar& value) {
  if (value.kind != Kind::text) return false;
  if (field.message_type() == Timestamp::descriptor()) {
    const auto time = parse_time(value.text);
    return time && target.put_message(*time);
  }
  const auto duration = parse_duration(value.text);
  return duration && target.put_message(*duration);
}

// "MINUTE or HOUR"; the first one stands for none.
std::string names_of(const EnumDescriptor& type) {
  std::vector<std::string_view> names;
  for (int i = 1; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return alternatives(names);
}

template <typename Number>
std::string range_of() {
  using Limits = std::numeric_limits<Number>;
  return fmt::format("a whole number from {} to {}", Limits::min(), Limits::max());
}

}  // namespace

bool is_scalar(const FieldDescriptor& field) {
  return field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
         field.message_type() == Timestamp::descriptor() ||
         field.message_type() == Duration::descriptor();
}

bool set_scalar(Message& message, const FieldDescriptor& field, const Scalar& value) {
  Target target(message, field);
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return target.put_if(whole<int32_t>(value));
    case FieldDescriptor::CPPTYPE_INT64:
      return target.put_if(whole<int64_t>(value));
    case FieldDescriptor::CPPTYPE_UINT32:
      return target.put_if(whole<uint32_t>(value));
    case FieldDescriptor::CPPTYPE_UINT64:
      return target.put_if(whole<uint64_t>(value));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return target.put_if(fractional<float>(value));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return target.put_if(fractional<double>(value));
    case FieldDescriptor::CPPTYPE_BOOL:
      return value.kind == Kind::boolean && target.put(value.text == "true");
    case FieldDescriptor::CPPTYPE_ENUM:
      return put_enum(target, *field.enum_type(), value);
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) return target.put_if(from_base64(value));
      return value.kind == Kind::text && target.put(std::string(value.text));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return put_time_or_duration(target, field, value);
  }
  return false;
}

std::string expected_of(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return range_of<int32_t>();
    case FieldDescriptor::CPPTYPE_INT64:
      return range_of<int64_t>();
    case FieldDescriptor::CPPTYPE_UINT32:
      return range_of<uint32_t>();
    case FieldDescriptor::CPPTYPE_UINT64:
      return range_of<uint64_t>();
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "a number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return names_of(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "base64 in quotes" : "text in quotes";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  if (field.message_type() == Timestamp::descriptor()) return "a time like 2027-01-01T00:00:00Z";
  if (field.message_type() == Duration::descriptor()) {
    return "a duration like \"3600s\" or \"0.5s\"";
  }
  return "an object";
}

std::string shown(const Scalar& value) {
  const std::string text = quotable(value.text);
  return value.kind == Kind::text ? fmt::format("\"{}\"", text) : text;
}

}  // namespace tocsin::json
