#include "dispatcher/transport/json_body.h"

#include <fmt/format.h>
#include <string_view>

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "dispatcher/reply/api_error.h"
#include "wire/utf8.h"

namespace tocsin::dispatcher {
namespace {

constexpr size_t quoted_bytes_max = 80;

// `text` fit for an error message: short, one line, valid UTF-8.
std::string quotable(std::string_view text) {
  std::string out(text.substr(0, quoted_bytes_max));
  if (text.size() > quoted_bytes_max) out += "...";
  const bool valid = wire::is_utf8(as_bytes(out));
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (!valid && byte >= 0x80)) c = '?';
  }
  return out;
}

std::string joined(std::string_view path, std::string_view name) {
  if (path.empty()) return quotable(name);
  return name.empty() ? quotable(path) : fmt::format("{}.{}", quotable(path), quotable(name));
}

// protobuf's messages are "(path.to.field) name: reason" with either part of the place optional.
struct Complaint {
  std::string_view path;
  std::string_view name;
  std::string_view reason;
};

Complaint split(std::string_view text) {
  Complaint complaint;
  if (text.starts_with('(')) {
    const size_t end = text.find(')');
    if (end != std::string_view::npos) {
      complaint.path = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
      if (text.starts_with(' ')) text.remove_prefix(1);
    }
  }
  const size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return {complaint.path, {}, text};
  return {complaint.path, text.substr(0, colon), text.substr(colon + 2)};
}

// What a field of protobuf type `type` takes, for people.
std::string_view expected(std::string_view type) {
  if (type == "TYPE_STRING") return "text in quotes";
  if (type == "TYPE_BOOL") return "true or false";
  if (type.find("Priority") != std::string_view::npos) return "LOW, NORMAL, HIGH or ALERT";
  return "an object";
}

std::string_view text_between(std::string_view text, std::string_view before,
                              std::string_view after) {
  const size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + before.size());
  return text.substr(0, text.find(after));
}

// "invalid value V for type T", where V may be a sentence of its own.
absl::Status wrong_value(const Complaint& complaint) {
  constexpr std::string_view head = "invalid value ";
  constexpr std::string_view middle = " for type ";
  const size_t at = complaint.reason.rfind(middle);
  const std::string_view value = complaint.reason.substr(head.size(), at - head.size());
  const std::string_view type = complaint.reason.substr(at + middle.size());
  if (value.starts_with("oneof field ")) {
    return invalid_field(
        joined(complaint.path, text_between(value, "Cannot set '", "'")),
        "only one of device, devices, alias, tag, audience and everyone may be given");
  }
  if (value.starts_with("Cannot bind a list to map")) {
    return invalid_field(joined(complaint.path, text_between(value, "for field '", "'")),
                         "must be an object, not a list");
  }
  if (value.starts_with("Starting an object on a scalar")) {
    return invalid_field(joined(complaint.path, complaint.path.ends_with(type) ? "" : type),
                         "must be text, a number or true/false, not an object");
  }
  if (type.ends_with("google.protobuf.Duration")) {
    return invalid_field(joined(complaint.path, {}),
                         "must be seconds with an s, in quotes, such as \"3600s\" or \"0.5s\"");
  }
  return invalid_field(joined(complaint.path, {}),
                       fmt::format("{} is not {}", quotable(value), expected(type)));
}

// protobuf shows a syntax error as reason, line, and a caret below.
absl::Status bad_syntax(std::string_view text) {
  const size_t line_end = text.find('\n');
  std::string message =
      fmt::format("the body is not valid JSON: {}", quotable(text.substr(0, line_end)));
  if (line_end != std::string_view::npos) {
    const std::string_view rest = text.substr(line_end + 1);
    const std::string near = quotable(rest.substr(0, rest.find('\n')));
    if (!near.empty()) message += fmt::format(" near: {}", near);
  }
  return absl::InvalidArgumentError(message);
}

absl::Status translated(std::string_view text) {
  const Complaint complaint = split(text);
  if (complaint.reason == "Cannot find field.") {
    return invalid_field(joined(complaint.path, complaint.name),
                         "unknown field: check its spelling");
  }
  if (complaint.reason.starts_with("invalid value ") &&
      complaint.reason.find(" for type ") != std::string_view::npos) {
    return wrong_value(complaint);
  }
  if (complaint.reason.starts_with("Repeated map key")) {
    return invalid_field(joined(complaint.path, complaint.name), "the same key is given twice");
  }
  if (complaint.reason.find("cannot start list") != std::string_view::npos) {
    return invalid_field(joined(complaint.path, complaint.name), "must not be a list");
  }
  if (complaint.reason.starts_with("Root element")) {
    return absl::InvalidArgumentError("the body must be a JSON object: { ... }");
  }
  if (text.starts_with("JSON transcoder")) {
    return absl::InvalidArgumentError(
        "the body has an object or list where text is expected; values in data are text");
  }
  return bad_syntax(text);
}

}  // namespace

absl::Status parse_json(const std::string& json, google::protobuf::Message& message) {
  if (json.find_first_not_of(" \t\r\n") == std::string::npos) {
    return absl::InvalidArgumentError("the body is empty: send a JSON object");
  }
  google::protobuf::util::JsonParseOptions options;
  options.case_insensitive_enum_parsing = true;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message, options);
  if (status.ok()) return absl::OkStatus();
  const auto text = status.message();
  return translated({text.data(), text.size()});
}

}  // namespace tocsin::dispatcher
