#include "runtime/http2/http2_request.h"

#include <utility>

#include "base/limits.h"
#include "runtime/http_server/http_target.h"

namespace tocsin::runtime {
namespace {

constexpr size_t field_bytes = 32;  // besides its text

}  // namespace

void Http2Request::add(std::string_view name, std::string_view value) {
  if (is_too_large_) return;
  list_bytes_ += name.size() + value.size() + field_bytes;
  if (list_bytes_ > limits::http_head_bytes_max) {
    is_too_large_ = true;
    head_.headers = {};
    return;
  }
  if (!name.starts_with(':')) return head_.headers.add(name, value);
  if (name == ":method") head_.method = value;
  if (name == ":path") target_ = value;
  if (name == ":authority") authority_ = value;
}

Http2Request::Refusal Http2Request::complete(bool has_body) {
  is_head_ = head_.method == "HEAD";
  if (is_too_large_) return {431, "the header fields are too large: at most 8192 bytes"};
  if (head_.method == "CONNECT") return {501, "CONNECT is not supported"};
  auto target = parse_http_target(target_);
  if (!target)
    return {400, "the target is not a path like /v1/apps, or has a broken percent escape"};
  head_.version = HttpVersion::http2;
  if (is_head_) head_.method = "GET";
  head_.path = std::move(target->path);
  head_.query = std::move(target->query);
  head_.has_body = has_body;
  if (!authority_.empty() && head_.headers.count("host") == 0) {
    head_.headers.add("host", authority_);
  }
  return {};
}

}  // namespace tocsin::runtime
