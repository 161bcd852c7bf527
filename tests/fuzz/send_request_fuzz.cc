// Any bytes as the JSON body of a send: refused with a short, valid error, or within every limit.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/send/acceptance.h"
#include "dispatcher/send/send_request.h"
#include "dispatcher/transport/rest/json_error.h"
#include "json/read.h"
#include "wire/utf8.h"

using namespace tocsin;

namespace {

void check_error(const absl::Status& status) {
  const runtime::HttpResponse response = dispatcher::error_response(status);
  TOCSIN_CHECK(response.status == 400);
  TOCSIN_CHECK(wire::is_utf8(as_bytes(response.body)));
}

void check_accepted(const dispatcher::Send& send) {
  TOCSIN_CHECK(send.devices.size() <= limits::send_devices_max);
  TOCSIN_CHECK(send.is_cast() == send.devices.empty());
  TOCSIN_CHECK(send.ttl_ms <= uint64_t{limits::ttl_s_max} * 1000);
  const auto acceptance = dispatcher::make_acceptance(send, {.message = MessageId{1},
                                                             .app = AppId{1},
                                                             .app_name = "fuzz",
                                                             .accepted_at_ms = 1,
                                                             .audience = 1});
  TOCSIN_CHECK(acceptance.ok());
  TOCSIN_CHECK(acceptance->record.size() <= limits::log_record_bytes_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > limits::http_body_bytes_max) return 0;
  v1::SendRequest request;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto fault = json::read(body, request, json::UnknownFields::refuse)) {
    check_error(dispatcher::json_error(*fault, "the body"));
    return 0;
  }
  const auto send = dispatcher::check_send(std::move(request), 1);
  send.ok() ? check_accepted(*send) : check_error(send.status());
  return 0;
}
