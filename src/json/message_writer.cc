#include "json/message_writer.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <iterator>
#include <vector>

#include <absl/strings/escaping.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include "base/bytes.h"
#include "wire/utf8.h"

namespace tocsin::json {
namespace {

using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;

constexpr int alone = -1;  // the index of what is not in a list

// The value of `field`, or its element.
template <typename Value>
Value value_of(const Message& message, const FieldDescriptor& field, int index,
               Value (Reflection::*get)(const Message&, const FieldDescriptor*) const,
               Value (Reflection::*get_element)(const Message&, const FieldDescriptor*, int)
                   const) {
  const Reflection& at = *message.GetReflection();
  return index == alone ? (at.*get)(message, &field) : (at.*get_element)(message, &field, index);
}

constexpr int32_t nanos_max = 999'999'999;

bool has_text(const Timestamp& time) {
  return TimeUtil::kTimestampMinSeconds <= time.seconds() &&
         time.seconds() <= TimeUtil::kTimestampMaxSeconds && 0 <= time.nanos() &&
         time.nanos() <= nanos_max;
}

// Seconds and nanoseconds have one sign.
bool has_text(const Duration& duration) {
  return TimeUtil::kDurationMinSeconds <= duration.seconds() &&
         duration.seconds() <= TimeUtil::kDurationMaxSeconds && -nanos_max <= duration.nanos() &&
         duration.nanos() <= nanos_max &&
         (duration.seconds() == 0 || duration.nanos() == 0 ||
          (duration.seconds() < 0) == (duration.nanos() < 0));
}

// As many digits as give the number back.
void append_fraction(double value, int digits, int digits_max, bool (*is_it)(const char*, double),
                     std::string& out) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  if (!is_it(text, value)) std::snprintf(text, sizeof text, "%.*g", digits_max, value);
  out += text;
}

bool is_double(const char* text, double value) { return std::strtod(text, nullptr) == value; }
bool is_float(const char* text, double value) {
  return std::strtof(text, nullptr) == static_cast<float>(value);
}

// -- Texts -------------------------------------------------------------------------------------

// Of characters of one byte.
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>';
}

void append_escaped(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

struct Range {
  uint32_t first, last;
};
// Characters above U+007F that are not seen, and change what is read around them.
constexpr Range unseen[] = {
    {0x80, 0x9f},     {0xad, 0xad},     {0x600, 0x603},     {0x6dd, 0x6dd},     {0x70f, 0x70f},
    {0x17b4, 0x17b5}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x2064},   {0x206a, 0x206f},
    {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0001, 0xe0001}, {0xe0020, 0xe007f}};

bool is_unseen(uint32_t code) {
  return std::any_of(std::begin(unseen), std::end(unseen),
                     [=](const Range& range) { return range.first <= code && code <= range.last; });
}

// Of the character at the beginning of `text`, which is UTF-8 and not of one byte.
size_t bytes_of_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

uint32_t code_of(std::string_view character) {
  uint32_t code = static_cast<unsigned char>(character[0]) & (0xffU >> (character.size() + 1));
  for (const char c : character.substr(1))
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return code;
}

void append_unseen(uint32_t code, std::string& out) {
  if (code < 0x10000) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    return;
  }
  // UTF-16, RFC 8259 section 7.
  const uint32_t rest = code - 0x10000;
  fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xd800 + (rest >> 10),
                 0xdc00 + (rest & 0x3ff));
}

// `text`, which is UTF-8, between quotes. Escaped is what JSON asks for, and what protobuf escapes
// besides: <, >, and characters that are not seen.
void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto plain_end = std::find_if_not(text.begin(), text.end(), is_plain);
    const auto plain = static_cast<size_t>(plain_end - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const bool is_ascii = static_cast<unsigned char>(text[0]) < 0x80;
    const std::string_view character = text.substr(0, is_ascii ? 1 : bytes_of_character(text));
    if (is_ascii) {
      append_escaped(text[0], out);
    } else if (const uint32_t code = code_of(character); is_unseen(code)) {
      append_unseen(code, out);
    } else {
      out += character;
    }
    text.remove_prefix(character.size());
  }
  out += '"';
}

}  // namespace

bool MessageWriter::write(const Message& message) {
  write_message(message);
  return ok_;
}

void MessageWriter::write_message(const Message& message) {
  if (message.GetDescriptor() == Timestamp::descriptor()) {
    const auto& time = static_cast<const Timestamp&>(message);
    ok_ = ok_ && has_text(time);
    if (ok_) out_ += '"' + TimeUtil::ToString(time) + '"';
  } else if (message.GetDescriptor() == Duration::descriptor()) {
    const auto& duration = static_cast<const Duration&>(message);
    ok_ = ok_ && has_text(duration);
    if (ok_) out_ += '"' + TimeUtil::ToString(duration) + '"';
  } else {
    write_fields(message);
  }
}

// In the schema's order when all are written, else by their numbers, as protobuf does.
std::vector<const MessageWriter::Field*> MessageWriter::written_fields(
    const Message& message) const {
  const Reflection& at = *message.GetReflection();
  std::vector<const Field*> fields;
  if (zeros_ == Zeros::omit) {
    at.ListFields(message, &fields);
    return fields;
  }
  const auto& type = *message.GetDescriptor();
  fields.reserve(static_cast<size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) {
    const Field* field = type.field(i);
    if (!field->has_presence() || at.HasField(message, field)) fields.push_back(field);
  }
  return fields;
}

void MessageWriter::write_fields(const Message& message) {
  out_ += '{';
  bool is_first = true;
  for (const Field* field : written_fields(message)) {
    if (!std::exchange(is_first, false)) out_ += ',';
    out_ += '"';
    out_ += names_ == Names::camel ? field->json_name() : field->name();
    out_ += "\":";
    write_field(message, *field);
  }
  out_ += '}';
}

void MessageWriter::write_field(const Message& message, const Field& field) {
  if (field.is_map()) return write_map(message, field);
  if (field.is_repeated()) return write_list(message, field);
  write_one(message, field, alone);
}

void MessageWriter::write_list(const Message& message, const Field& field) {
  out_ += '[';
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) out_ += ',';
    write_one(message, field, i);
  }
  out_ += ']';
}

void MessageWriter::write_map(const Message& message, const Field& field) {
  const Reflection& at = *message.GetReflection();
  const Field& key = *field.message_type()->map_key();
  std::vector<std::pair<std::string, const Message*>> entries;
  for (int i = 0; i < at.FieldSize(message, &field); ++i) {
    const Message& entry = at.GetRepeatedMessage(message, &field, i);
    entries.emplace_back(entry.GetReflection()->GetString(entry, &key), &entry);
  }
  std::sort(entries.begin(), entries.end());
  out_ += '{';
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) out_ += ',';
    write_text(entries[i].first);
    out_ += ':';
    write_one(*entries[i].second, *field.message_type()->map_value(), alone);
  }
  out_ += '}';
}

void MessageWriter::write_one(const Message& message, const Field& field, int index) {
  const Reflection& at = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING: {
      const std::string& text =
          index == alone ? at.GetStringReference(message, &field, &scratch_)
                         : at.GetRepeatedStringReference(message, &field, index, &scratch_);
      if (field.type() == Field::TYPE_BYTES) {
        out_ += '"' + absl::Base64Escape(text) + '"';
      } else {
        write_text(text);
      }
      return;
    }
    case Field::CPPTYPE_MESSAGE:
      return write_message(index == alone ? at.GetMessage(message, &field)
                                          : at.GetRepeatedMessage(message, &field, index));
    case Field::CPPTYPE_ENUM:
      return write_enum(field, value_of(message, field, index, &Reflection::GetEnumValue,
                                        &Reflection::GetRepeatedEnumValue));
    case Field::CPPTYPE_BOOL:
      out_ += value_of(message, field, index, &Reflection::GetBool, &Reflection::GetRepeatedBool)
                  ? "true"
                  : "false";
      return;
    default:
      return write_number(message, field, index);
  }
}

// Whole numbers of 64 bits are in quotes: not every reader keeps them exact.
void MessageWriter::write_number(const Message& message, const Field& field, int index) {
  const auto end = std::back_inserter(out_);
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      fmt::format_to(
          end, "{}",
          value_of(message, field, index, &Reflection::GetInt32, &Reflection::GetRepeatedInt32));
      return;
    case Field::CPPTYPE_UINT32:
      fmt::format_to(
          end, "{}",
          value_of(message, field, index, &Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
      return;
    case Field::CPPTYPE_INT64:
      fmt::format_to(
          end, "\"{}\"",
          value_of(message, field, index, &Reflection::GetInt64, &Reflection::GetRepeatedInt64));
      return;
    case Field::CPPTYPE_UINT64:
      fmt::format_to(
          end, "\"{}\"",
          value_of(message, field, index, &Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
      return;
    case Field::CPPTYPE_FLOAT:
      return append_fraction(
          value_of(message, field, index, &Reflection::GetFloat, &Reflection::GetRepeatedFloat),
          FLT_DIG, FLT_DIG + 3, is_float, out_);
    default:
      return append_fraction(
          value_of(message, field, index, &Reflection::GetDouble, &Reflection::GetRepeatedDouble),
          DBL_DIG, DBL_DIG + 2, is_double, out_);
  }
}

// A number that has no name is written as it is.
void MessageWriter::write_enum(const Field& field, int number) {
  const auto* value = field.enum_type()->FindValueByNumber(number);
  if (value == nullptr) {
    fmt::format_to(std::back_inserter(out_), "{}", number);
  } else {
    out_ += '"' + value->name() + '"';
  }
}

void MessageWriter::write_text(std::string_view text) {
  ok_ = ok_ && wire::is_utf8(as_bytes(text));
  if (ok_) append_quoted(text, out_);
}

}  // namespace tocsin::json
