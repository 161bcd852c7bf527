#include "runtime/http2/http2_stream.h"

#include <charconv>
#include <utility>

#include "base/limits.h"
#include "runtime/http2/http2_tolls.h"

namespace tocsin::runtime {
namespace {

// nullopt: not said. nghttp2 has checked that it is one number.
std::optional<uint64_t> announced_bytes(const HttpRequestHead& head) {
  const std::string_view text = head.headers.find("content-length");
  uint64_t bytes = 0;
  if (std::from_chars(text.begin(), text.end(), bytes).ec != std::errc()) return std::nullopt;
  return bytes;
}

// RFC 9110 section 8.6.
bool may_say_length(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

Http2Stream::Http2Stream(Http2Connection& connection, int32_t id)
    : connection_(connection),
      id_(id),
      request_(std::make_unique<Http2Request>()),
      begun_ms_(connection.host.now_ms),
      unread_(connection.host.unread, connection.unread_bytes),
      half_received_(connection.host.half_received, connection.half_received_bytes) {}

Http2Stream::~Http2Stream() = default;

void Http2Stream::on_field(std::string_view name, std::string_view value) {
  if (request_ == nullptr) return;  // trailers
  if (name == "content-type") is_grpc_ = value.starts_with("application/grpc");
  request_->add(name, value);
}

void Http2Stream::on_head(bool is_end) {
  const auto request = std::exchange(request_, nullptr);
  if (request == nullptr || is_answered_) return;
  is_body_ended_ = is_end;
  const Http2Request::Refusal refusal = request->complete(!is_end);
  is_head_ = request->is_head();
  if (refusal.status != 0) return refuse(refusal.status, refusal.message);
  begin(request->take_head());
  if (is_end) intake_.on_end();
  update_held();
}

void Http2Stream::begin(HttpRequestHead head) {
  const auto length = announced_bytes(head);
  const bool waits_for_continue = head.headers.find("expect") == "100-continue";
  auto sink = connection_.host.handler.begin(
      std::move(head), HttpResponder(weak_from_this(), connection_.host.thread));
  if (is_closed_ || (is_answered_ && !reads_on_)) return;
  intake_.open(std::move(sink));
  if (length.value_or(0) > intake_.bytes_max()) return refuse_body();
  if (waits_for_continue && !is_body_ended_) connection_.wire.submit_continue(id_);
}

void Http2Stream::on_body(std::string_view bytes) {
  if (is_complete_) return connection_.wire.consume_unwanted(bytes.size());
  body_bytes_ += bytes.size();
  if (body_bytes_ > intake_.bytes_max()) refuse_body();
  if (!intake_.is_open()) return connection_.wire.consume_unwanted(bytes.size());
  connection_.wire.consume(id_, intake_.take(bytes));
  update_held();
}

void Http2Stream::on_body_end() {
  is_body_ended_ = true;
  intake_.on_end();
  update_held();
}

Http2Read Http2Stream::read_answer(std::span<uint8_t> room) {
  if (!answer_) return {.is_end = true};
  Http2Read read = answer_->read(room, [this] {
    return [weak = weak_from_this()](std::string piece) {
      if (const auto stream = weak.lock()) stream->on_piece(std::move(piece));
    };
  });
  update_held();
  return read;
}

void Http2Stream::on_piece(std::string piece) {
  if (!answer_) return;
  const bool reader_waited = answer_->put(std::move(piece));
  moved_ms_ = connection_.host.now_ms;
  update_held();
  if (!reader_waited) return;
  connection_.wire.resume_answer(id_);
  connection_.link.on_progress();
}

void Http2Stream::on_answer_moved() { moved_ms_ = connection_.host.now_ms; }

void Http2Stream::on_answer_end() {
  is_complete_ = true;
  connection_.wire.consume_unwanted(intake_.drop());
  answer_.reset();
  when_gone_ = nullptr;
  update_held();
  moved_ms_ = connection_.host.now_ms;
  // As other gRPC servers do: its clients look at the trailers, and their proxies wait for the end.
  if (is_grpc_ && !is_body_ended_) stop_body();
}

// Clients that are told to stop while they send do not always look at the answer first: those of
// REST get a moment (on_tick()).
void Http2Stream::stop_body() { connection_.wire.submit_reset(id_, Http2Error::none); }

void Http2Stream::close() {
  if (std::exchange(is_closed_, true)) return;
  // Before what the request holds is dropped, which may be all that keeps its call.
  if (Task gone = std::exchange(when_gone_, nullptr)) gone();
  connection_.wire.consume_unwanted(intake_.drop());
  answer_.reset();
  update_held();
}

void Http2Stream::respond(HttpResponse response) {
  if (is_closed_ || std::exchange(is_answered_, true)) return;
  reads_on_ = response.reads_on && response.source != nullptr;
  if (!reads_on_) connection_.wire.consume_unwanted(intake_.drop());
  const bool is_affordable = is_vouched_ || connection_.spend_on_stranger();
  if (connection_.is_ending()) return;
  if (!is_affordable) {
    response = error(429, "too many requests without a valid key");
    response.source = nullptr;
  }
  send(std::move(response));
  update_held();
  connection_.link.on_progress();
}

void Http2Stream::resume() {
  if (is_closed_) return;
  const size_t taken = intake_.resume();
  if (!intake_.is_open() && !is_body_ended_) {
    connection_.wire.consume_unwanted(taken);
  } else {
    connection_.wire.consume(id_, taken);
  }
  update_held();
  connection_.link.on_progress();
}

void Http2Stream::vouch() {
  if (is_closed_ || std::exchange(is_vouched_, true)) return;
  connection_.is_vouched = true;
  connection_.link.on_vouched();
}

void Http2Stream::when_gone(Task task) {
  if (!is_closed_ && !is_complete_) when_gone_ = std::move(task);
}

void Http2Stream::refuse(int status, const char* message) { respond(error(status, message)); }

HttpResponse Http2Stream::error(int status, const char* message) {
  HttpHandler& handler = connection_.host.handler;
  return is_grpc_ ? handler.grpc_error(status, message) : handler.error(status, message);
}

void Http2Stream::refuse_body() {
  if (!is_answered_) return refuse(413, "the body of the request is too large");
  // What the answer will be is settled already.
  connection_.wire.consume_unwanted(intake_.drop());
  connection_.wire.submit_reset(id_, Http2Error::cancel);
}

void Http2Stream::send(HttpResponse response) {
  const bool has_body = !is_head_ && (response.source != nullptr || !response.body.empty() ||
                                      !response.trailers.empty());
  moved_ms_ = connection_.host.now_ms;
  connection_.wire.submit_answer(id_, response.status, fields_of(response), has_body);
  if (has_body) answer_.emplace(std::move(response));
}

HttpFields Http2Stream::fields_of(const HttpResponse& response) const {
  HttpFields fields;
  fields.reserve(response.headers.size() + 4);
  fields.emplace_back("server", "tocsin");
  fields.emplace_back("date", connection_.host.date);
  if (!response.content_type.empty()) fields.emplace_back("content-type", response.content_type);
  if (response.says_length && response.source == nullptr && may_say_length(response.status)) {
    fields.emplace_back("content-length", std::to_string(response.body.size()));
  }
  fields.insert(fields.end(), response.headers.begin(), response.headers.end());
  return fields;
}

void Http2Stream::on_tick(uint64_t elapsed_ms, bool is_blocked) {
  if (!is_answered_ && !is_body_ended_) check_request(elapsed_ms, is_blocked);
  if (is_answered_ && !is_complete_) check_answer();
  const bool has_lingered = connection_.host.now_ms >= moved_ms_ + limits::http_linger_ms_max;
  if (is_complete_ && !is_body_ended_ && has_lingered) stop_body();
}

// A body gets the time of one request for each time as much as the body of an ordinary request, so
// that a long upload may take long and a drip may not.
void Http2Stream::check_request(uint64_t elapsed_ms, bool is_blocked) {
  const uint64_t now_ms = connection_.host.now_ms;
  const bool is_wanted = request_ != nullptr || intake_.is_open();
  if (!is_wanted || intake_.may_pause()) return;
  if (is_blocked || intake_.is_paused()) begun_ms_ += elapsed_ms;
  const uint64_t share_ms = connection_.host.limits.request_ms_max;
  const uint64_t due_ms = begun_ms_ + share_ms * (1 + body_bytes_ / limits::http_body_bytes_max);
  if (now_ms < due_ms) return;
  // Half a head keeps all others from being heard.
  if (request_ != nullptr) return connection_.end(Http2Error::enhance_your_calm);
  refuse(408, "the request took too long to arrive");
}

void Http2Stream::check_answer() {
  if (answer_ && answer_->is_waiting()) return;
  const uint64_t patience_ms = connection_.host.limits.stalled_ms_max;
  const auto is_long_ago = [&](uint64_t then_ms) {
    return connection_.host.now_ms >= then_ms + patience_ms;
  };
  if (!is_long_ago(moved_ms_)) return;
  // Among many answers on a slow line each has to wait for its turn.
  const bool is_stalled =
      connection_.wire.is_stream_window_closed(id_) ||
      (connection_.wire.is_connection_window_closed() && is_long_ago(connection_.answers_moved_ms));
  if (is_stalled) connection_.wire.submit_reset(id_, Http2Error::cancel);
}

void Http2Stream::update_held() {
  unread_.set(answer_ ? answer_->held_bytes() : 0);
  half_received_.set(is_closed_ ? 0 : intake_.held_bytes());
}

}  // namespace tocsin::runtime
