// Any request line and body: no call, a short and valid error, or a request of the schema whose
// JSON reads back as the same request.
//
//   POST /v1/apps/demo/messages?x=y \n body
#include <cstddef>
#include <cstdint>
#include <string>

#include <google/protobuf/message.h>
#include <google/protobuf/util/message_differencer.h>

#include "base/check.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/json_body.h"
#include "dispatcher/transport/rest_request.h"
#include "json/to_json.h"
#include "runtime/http/http_target.h"
#include "wire/utf8.h"

using namespace tocsin;

namespace {

void check_error(const absl::Status& status) {
  const runtime::HttpResponse response = dispatcher::error_response(status);
  TOCSIN_CHECK(response.status == 400);
  TOCSIN_CHECK(wire::is_utf8(as_bytes(response.body)));
}

void check_request(const google::protobuf::Message& request) {
  const std::string json = json::to_json(request, json::Zeros::omit);
  const std::unique_ptr<google::protobuf::Message> again(request.New());
  TOCSIN_CHECK(dispatcher::parse_json(json, *again).ok());
  TOCSIN_CHECK(google::protobuf::util::MessageDifferencer::Equals(request, *again));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > limits::http_body_bytes_max) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string line = text.substr(0, text.find('\n'));
  const size_t space = line.find(' ');
  if (space == std::string::npos) return 0;
  const auto target = runtime::parse_http_target(line.substr(space + 1));
  if (!target) return 0;
  const dispatcher::Route route = dispatcher::find_route(line.substr(0, space), target->path);
  if (route.method == nullptr) return 0;
  runtime::HttpRequest request{.path = target->path, .query = target->query};
  if (line.size() < text.size()) request.body = text.substr(line.size() + 1);
  const auto message = dispatcher::read_request(route, request);
  message.ok() ? check_request(**message) : check_error(message.status());
  return 0;
}
