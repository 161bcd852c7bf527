#include "json/read.h"

#include <fmt/format.h>
#include <string>

#include <boost/json/basic_parser_impl.hpp>
#include <google/protobuf/message.h>

#include "base/limits.h"
#include "json/message_builder.h"
#include "json/syntax_fault.h"

namespace tocsin::json {
namespace {

using ErrorCode = boost::json::error_code;
using Text = boost::json::string_view;
using Kind = Scalar::Kind;

constexpr size_t unlimited = static_cast<size_t>(-1);  // the text's size is the limit

// The events of Boost's parser, for a MessageBuilder. A text or a number comes in one piece or, when
// it has escapes, in several. False ends the parser; there is no error code then.
class Handler {
 public:
  static constexpr size_t max_object_size = unlimited;
  static constexpr size_t max_array_size = unlimited;
  static constexpr size_t max_key_size = unlimited;
  static constexpr size_t max_string_size = unlimited;

  Handler(google::protobuf::Message& message, UnknownFields unknown) : builder(message, unknown) {}

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode&) { return builder.begin_object(); }
  bool on_object_end(size_t, ErrorCode&) { return builder.end_object(); }
  bool on_array_begin(ErrorCode&) { return builder.begin_list(); }
  bool on_array_end(size_t, ErrorCode&) { return builder.end_list(); }
  bool on_key_part(Text part, size_t, ErrorCode&) { return keep(part); }
  bool on_key(Text last, size_t, ErrorCode&) {
    const bool good = builder.name(whole(last));
    kept_.clear();
    return good;
  }
  bool on_string_part(Text part, size_t, ErrorCode&) { return keep(part); }
  bool on_string(Text last, size_t, ErrorCode&) { return give(Kind::text, last); }
  bool on_number_part(Text part, ErrorCode&) { return keep(part); }
  // Numbers are read from their text, which is exact.
  bool on_int64(int64_t, Text last, ErrorCode&) { return give(Kind::number, last); }
  bool on_uint64(uint64_t, Text last, ErrorCode&) { return give(Kind::number, last); }
  bool on_double(double, Text last, ErrorCode&) { return give(Kind::number, last); }
  bool on_bool(bool value, ErrorCode&) { return give(Kind::boolean, value ? "true" : "false"); }
  bool on_null(ErrorCode&) { return give(Kind::null, "null"); }
  bool on_comment_part(Text, ErrorCode&) { return true; }
  bool on_comment(Text, ErrorCode&) { return true; }

  MessageBuilder builder;

 private:
  bool keep(Text part) {
    kept_.append(part.data(), part.size());
    return true;
  }
  std::string_view whole(Text last) {
    if (kept_.empty()) return {last.data(), last.size()};
    keep(last);
    return kept_;
  }
  bool give(Kind kind, Text last) {
    const bool good = builder.value({kind, whole(last)});
    kept_.clear();
    return good;
  }

  std::string kept_;
};

JsonFault fault_at(std::string_view json, size_t at, const ErrorCode& error) {
  using Error = boost::json::error;
  if (error == Error::too_deep) {
    return {"", fmt::format("is nested too deep: at most {} levels", limits::json_depth_max)};
  }
  if (error == Error::exponent_overflow) {
    return {"", fmt::format("has a number with too large an exponent {}", place_of(json, at))};
  }
  const bool is_half =
      error == Error::illegal_leading_surrogate || error == Error::illegal_trailing_surrogate;
  return {"", is_half ? half_pair_text(json, at) : syntax_text(json, at)};
}

}  // namespace

std::optional<JsonFault> read(std::string_view json, google::protobuf::Message& message,
                              UnknownFields unknown) {
  message.Clear();
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return JsonFault{"", "is empty: send a JSON object"};
  }
  boost::json::parse_options options;
  options.max_depth = limits::json_depth_max;
  boost::json::basic_parser<Handler> parser(options, message, unknown);
  ErrorCode error;
  const size_t end = parser.write_some(false, json.data(), json.size(), error);
  const JsonFault& fault = parser.handler().builder.fault();
  if (!fault.text.empty()) return fault;
  if (error) return fault_at(json, end, error);
  if (end < json.size()) return JsonFault{"", syntax_text(json, end)};
  return std::nullopt;
}

}  // namespace tocsin::json
