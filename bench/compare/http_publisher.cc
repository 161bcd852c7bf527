#include "compare/http_publisher.h"

#include <charconv>
#include <fmt/format.h>

#include "compare/http_head.h"

namespace tocsin::compare {
namespace {

// Bytes of the body behind `head`; an error when it is not said, for then there is no next answer.
Fed body_bytes_of(const HttpHead& head) {
  Fed body;
  const std::string_view digits = field_of(head, "content-length");
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), body.used);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
      body.used > input_bytes_max) {
    body.error = "an answer without a usable Content-Length";
  }
  return body;
}

}  // namespace

void HttpPublisher::start(Bytes&) {}

Fed HttpPublisher::feed(ByteView in, Bytes&, Events& events) {
  Fed fed;
  events.ready = true;
  while (fed.used < in.size()) {
    const std::string_view rest = as_text(in.subspan(fed.used));
    if (unanswered_ == 0) {
      fed.error = "an answer to nothing";
      return fed;
    }
    const HttpHead head = http_head_of(rest);
    fed.error = head.error;
    if (!fed.error.empty() || head.bytes == 0) return fed;
    if (head.status / 100 != 2) {
      fed.error = fmt::format("the server answers a POST with status {}", head.status);
      return fed;
    }
    const Fed body = body_bytes_of(head);
    fed.error = body.error;
    if (!fed.error.empty() || rest.size() < head.bytes + body.used) return fed;
    fed.used += head.bytes + body.used;
    --unanswered_;
  }
  return fed;
}

void HttpPublisher::publish(ByteView payload, Bytes& out) {
  append(out, as_bytes(fmt::format("POST {} HTTP/1.1\r\n"
                                   "Host: localhost\r\n"
                                   "Content-Type: text/plain\r\n"
                                   "Content-Length: {}\r\n\r\n",
                                   path_, payload.size())));
  append(out, payload);
  ++unanswered_;
}

}  // namespace tocsin::compare
