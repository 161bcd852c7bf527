#include "dispatcher/transport/rest/rest_events.h"

#include <fmt/format.h>
#include <utility>

#include <google/protobuf/message.h>

#include "dispatcher/reply/api_error.h"
#include "json/to_json.h"

namespace tocsin::dispatcher {
namespace {

// An event ends with an empty line, so its data must not end with one. JSON of ours has no other
// line breaks outside of texts, where they are escaped.
std::string line_of(std::string json) {
  if (json.ends_with('\n')) json.pop_back();
  return json;
}

}  // namespace

std::string RestEvents::piece(const google::protobuf::Message& answer) {
  return fmt::format("id: {}\ndata: {}\n\n", ++last_id_,
                     line_of(json::to_json(answer, json::Zeros::keep)));
}

runtime::HttpResponse RestEvents::head() {
  runtime::HttpResponse head{.content_type = "text/event-stream"};
  head.headers.emplace_back("cache-control", "no-store");
  head.headers.emplace_back("x-accel-buffering", "no");  // or nginx keeps events to itself
  gate_->counts().add(method_.name, Transport::rest, head.status);
  return head;
}

AnswerWriter::End RestEvents::end(const absl::Status& status) {
  if (status.ok()) return {.piece = "event: end\ndata: {}\n\n"};
  return {.piece = fmt::format("event: error\ndata: {}\n\n", line_of(error_response(status).body))};
}

// A stream that ends well without an answer is an empty one.
runtime::HttpResponse RestEvents::refusal(const absl::Status& status) {
  if (status.ok()) {
    runtime::HttpResponse empty = head();
    empty.body = end(status).piece;
    return empty;
  }
  runtime::HttpResponse refusal = error_response(status);
  refusal.headers.emplace_back("cache-control", "no-store");
  gate_->counts().add(method_.name, Transport::rest, refusal.status);
  return refusal;
}

}  // namespace tocsin::dispatcher
