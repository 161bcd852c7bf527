// Any bytes as the JSON of a message: refused with a short, valid fault, or read as a message whose
// JSON reads back as the same one. Whatever is read, protobuf's own reader takes as well.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include "base/check.h"
#include "base/limits.h"
#include "every_kind.pb.h"
#include "json/quotable.h"
#include "json/read.h"
#include "json/to_json.h"
#include "tocsin/v1/push.pb.h"
#include "wire/utf8.h"

using namespace tocsin;
using google::protobuf::Message;

namespace {

constexpr size_t text_bytes_max = 400;

bool is_fit_to_show(const std::string& text) {
  return wire::is_utf8(as_bytes(text)) && text.find_first_of("\r\n") == std::string::npos;
}

void check_fault(const json::JsonFault& fault) {
  TOCSIN_CHECK(!fault.text.empty() && fault.text.size() <= text_bytes_max);
  TOCSIN_CHECK(fault.path.size() <= limits::json_depth_max * (json::quoted_bytes_max + 4));
  TOCSIN_CHECK(is_fit_to_show(fault.text) && is_fit_to_show(fault.path));
}

bool are_equal(const Message& a, const Message& b) {
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  return differencer.Compare(a, b);
}

void check_message(const std::string& text, const Message& message) {
  const auto written = json::try_to_json(message, json::Zeros::omit);
  TOCSIN_CHECK(written.ok());
  const std::unique_ptr<Message> again(message.New());
  TOCSIN_CHECK(!json::read(*written, *again, json::UnknownFields::refuse));
  TOCSIN_CHECK(are_equal(message, *again));
  google::protobuf::util::JsonParseOptions options;
  options.case_insensitive_enum_parsing = true;
  TOCSIN_CHECK(google::protobuf::util::JsonStringToMessage(text, again.get(), options).ok());
}

void check_as(const std::string& text, Message& message) {
  const auto fault = json::read(text, message, json::UnknownFields::refuse);
  fault ? check_fault(*fault) : check_message(text, message);
  const auto lenient = json::read(text, message, json::UnknownFields::skip);
  if (lenient) check_fault(*lenient);
  TOCSIN_CHECK(fault || !lenient);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > limits::http_body_bytes_max) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  test::EveryKind every;
  check_as(text, every);
  v1::SendBatchRequest batch;
  check_as(text, batch);
  return 0;
}
