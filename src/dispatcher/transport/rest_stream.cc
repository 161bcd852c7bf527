#include "dispatcher/transport/rest_stream.h"

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

std::string end_event(const absl::Status& status) {
  if (status.ok()) return "event: end\ndata: {}\n\n";
  return fmt::format("event: error\ndata: {}\n\n", line_of(error_response(status).body));
}

}  // namespace

// The stream as the HTTP server has it; that it is dropped means that the caller has gone.
class RestStream::Body final : public runtime::HttpBodySource {
 public:
  explicit Body(std::shared_ptr<RestStream> stream) : stream_(std::move(stream)) {}
  ~Body() override { stream_->gone(); }
  void next(Take take) override { stream_->next(std::move(take)); }

 private:
  std::shared_ptr<RestStream> stream_;
};

void RestStream::begin() {
  runtime::HttpResponse head{.content_type = "text/event-stream"};
  head.headers.emplace_back("Cache-Control", "no-store");
  head.headers.emplace_back("X-Accel-Buffering", "no");  // or nginx keeps events to itself
  head.source = std::make_shared<Body>(shared_from_this());
  std::exchange(respond_, nullptr)(std::move(head));
}

void RestStream::send(const google::protobuf::Message& answer) {
  newest_ = fmt::format("id: {}\ndata: {}\n\n", ++last_id_,
                        line_of(json::to_json(answer, json::Zeros::keep)));
  if (respond_) return begin();
  flush();
}

void RestStream::keep_alive() {
  if (take_) std::exchange(take_, nullptr)(": alive\n\n");
}

void RestStream::end(const absl::Status& status) {
  forget_gone();
  ended_ = true;
  if (respond_) {
    runtime::HttpResponse refusal = error_response(status);
    refusal.headers.emplace_back("Cache-Control", "no-store");
    return std::exchange(respond_, nullptr)(std::move(refusal));
  }
  last_ = end_event(status);
  flush();
}

void RestStream::next(runtime::HttpBodySource::Take take) {
  take_ = std::move(take);
  flush();
}

void RestStream::flush() {
  if (!take_) return;
  std::string piece = std::exchange(newest_, {}) + std::exchange(last_, {});
  if (piece.empty() && !ended_) return;
  std::exchange(take_, nullptr)(std::move(piece));
}

}  // namespace tocsin::dispatcher
