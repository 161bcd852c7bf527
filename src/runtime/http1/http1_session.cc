#include "runtime/http1/http1_session.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <variant>

namespace tocsin::runtime {
namespace {

// Before a request (RFC 9112 section 2.2): old clients send one after a body.
constexpr uint8_t blank_lines_max = 4;
// The rest of a body that is read only to keep the connection.
constexpr uint64_t dropped_bytes_max = 64 * 1024;
// Pipelined input that is kept while a request is under way.
constexpr size_t pipelined_bytes_max = limits::http_head_bytes_max;
// Of an upload, for another request_ms_max.
constexpr uint64_t body_progress_bytes = 1024;

}  // namespace

std::unique_ptr<HttpSession> make_http1_session(HttpHost& host, HttpLink& link) {
  return std::make_unique<Http1Session>(host, link);
}

Http1Session::Http1Session(HttpHost& host, HttpLink& link)
    : host_(host), link_(link), unread_(host.unread), half_received_(host.half_received) {
  await_head();
}

Http1Session::~Http1Session() { lose_exchange(); }

// -- What the connection calls -------------------------------------------------------------------

void Http1Session::receive(std::string_view bytes) {
  {
    const Http1Input::Turn turn(input_, bytes);
    run();
  }
  settle();
}

bool Http1Session::wants_input() const {
  if (input_ended_) return false;
  switch (phase_) {
    case Phase::head:
    case Phase::drop:
      return true;
    case Phase::body:
      return !exchange_->is_paused();
    case Phase::complete:
      // To hear of the peer's end, and no more.
      return output_.is_empty() && input_.size() < pipelined_bytes_max;
    case Phase::closed:
      break;
  }
  return false;
}

void Http1Session::on_input_end() {
  input_ended_ = true;
  // Who takes leave while an answer goes on does not read it any more.
  if (source_ != nullptr) {
    lose_exchange();
    output_.clear();
    close_input();
  }
  receive({});
}

bool Http1Session::is_over() const {
  return phase_ == Phase::closed && exchange_ == nullptr && output_.is_empty();
}

bool Http1Session::is_idle() const {
  return is_over() || (phase_ == Phase::head && !head_begun_ && output_.is_empty());
}

void Http1Session::finish() {
  is_last_ = true;
  if (phase_ == Phase::drop ? exchange_ == nullptr : is_idle()) close_input();
  settle();
}

uint64_t Http1Session::deadline_ms() const {
  if (is_over()) return no_deadline;
  if (!is_output_waiting()) return input_deadline_ms_;
  return std::min(input_deadline_ms_, moved_ms_ + host_.limits.stalled_ms_max);
}

void Http1Session::on_deadline() {
  if (host_.now_ms < deadline_ms()) return;
  if (is_output_waiting() && host_.now_ms >= moved_ms_ + host_.limits.stalled_ms_max) {
    lose_exchange();
    output_.clear();
    close_input();
  } else if (phase_ == Phase::drop || is_idle()) {
    close_input();
  } else {
    refuse(408, "the request took too long to arrive");
  }
  settle();
}

// -- Input ---------------------------------------------------------------------------------------

void Http1Session::run() {
  while (step()) {
  }
}

bool Http1Session::step() {
  if (exchange_ != nullptr && !is_answering_ && exchange_->has_answer()) return begin_answer();
  switch (phase_) {
    case Phase::head:
      return read_head();
    case Phase::body:
      return read_body();
    case Phase::drop:
      return drop_body();
    case Phase::complete:
      return false;
    case Phase::closed:
      input_.drop();
      return false;
  }
  return false;
}

void Http1Session::await_head() {
  phase_ = Phase::head;
  head_begun_ = false;
  blank_lines_ = 0;
  lines_ = Http1Lines(Http1Lines::First::request_line);
  scanned_bytes_ = 0;
  input_deadline_ms_ = host_.now_ms + host_.limits.keep_alive_ms;
}

void Http1Session::skip_blank_lines() {
  while (!head_begun_ && blank_lines_ < blank_lines_max && input_.view().starts_with("\r\n")) {
    input_.consume(2);
    ++blank_lines_;
  }
}

bool Http1Session::read_head() {
  skip_blank_lines();
  const std::string_view text = input_.view().substr(0, limits::http_head_bytes_max);
  if (!head_begun_ && (text.empty() || text == "\r")) return starve();
  if (!std::exchange(head_begun_, true)) {
    input_deadline_ms_ = host_.now_ms + host_.limits.request_ms_max;
  }
  size_t used = 0;
  const auto verdict = lines_.scan(text.substr(scanned_bytes_), used);
  scanned_bytes_ += used;
  if (verdict == Http1Lines::Verdict::done) return on_head(text.substr(0, scanned_bytes_));
  if (verdict == Http1Lines::Verdict::bad) {
    refuse(400, "this is not a well-formed HTTP/1.1 request");
    return true;
  }
  if (scanned_bytes_ < limits::http_head_bytes_max) return starve();
  refuse(431, fmt::format("the request line and headers are too large: at most {} bytes",
                          limits::http_head_bytes_max));
  return true;
}

bool Http1Session::on_head(std::string_view text) {
  auto read = read_http1_request(text);
  input_.consume(text.size());
  if (const auto* fault = std::get_if<Http1Fault>(&read)) {
    refuse(fault->status, std::string(fault->message));
  } else {
    begin_exchange(std::move(std::get<Http1Request>(read)));
  }
  return true;
}

void Http1Session::begin_exchange(Http1Request request) {
  is_continued_ = false;
  progress_at_ = 0;
  phase_ = Phase::body;
  exchange_ = std::make_shared<Http1Exchange>(host_, link_, std::move(request));
  exchange_->begin();
  if (!exchange_->request().framing.has_body()) {
    if (exchange_->has_answer()) exchange_->drop_sink();
    exchange_->read(input_);  // takes nothing, and tells the sink
    return on_body_end();
  }
  if (!exchange_->has_answer()) begin_body();
}

void Http1Session::begin_body() {
  if (!exchange_->wants_body()) return abandon_body();
  const Http1Framing& framing = exchange_->request().framing;
  if (!framing.is_chunked() && framing.length() > exchange_->body_bytes_max()) {
    return refuse(413, fmt::format("the request body is too large: at most {} bytes",
                                   exchange_->body_bytes_max()));
  }
  if (exchange_->request().expects_continue) {
    is_continued_ = true;
    mark_output();
    output_.add_text("HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (exchange_->takes_streams()) input_deadline_ms_ = host_.now_ms + host_.limits.request_ms_max;
}

bool Http1Session::read_body() {
  switch (exchange_->read(input_)) {
    case Http1Exchange::Reading::piece:
      note_progress();
      return true;
    case Http1Exchange::Reading::more:
      note_progress();
      return starve();
    case Http1Exchange::Reading::paused:
      input_deadline_ms_ = no_deadline;
      return false;
    case Http1Exchange::Reading::end:
      on_body_end();
      return true;
    case Http1Exchange::Reading::bad:
      refuse(400, "the chunks of the request body are not well formed");
      return true;
    case Http1Exchange::Reading::too_large:
      refuse(413, fmt::format("the request body is too large: at most {} bytes",
                              exchange_->body_bytes_max()));
      return true;
  }
  return false;
}

void Http1Session::note_progress() {
  const bool was_paused = input_deadline_ms_ == no_deadline;
  const bool has_moved =
      exchange_->takes_streams() && exchange_->body_bytes() >= progress_at_ + body_progress_bytes;
  if (!was_paused && !has_moved) return;
  progress_at_ = exchange_->body_bytes();
  input_deadline_ms_ = host_.now_ms + host_.limits.request_ms_max;
}

void Http1Session::abandon_body() {
  const bool may_stay_away = exchange_->request().expects_continue && !is_continued_;
  drop_bytes_ = exchange_->body_bytes_left();
  exchange_->drop_sink();
  if (may_stay_away || drop_bytes_ > dropped_bytes_max) return close_input();
  phase_ = Phase::drop;
  input_deadline_ms_ = host_.now_ms + host_.limits.request_ms_max;
}

bool Http1Session::drop_body() {
  const size_t dropped = std::min<uint64_t>(drop_bytes_, input_.view().size());
  input_.consume(dropped);
  drop_bytes_ -= dropped;
  if (drop_bytes_ > 0) return starve();
  on_body_end();
  return true;
}

void Http1Session::on_body_end() {
  if (exchange_ == nullptr) return is_last_ || host_.stopping ? close_input() : await_head();
  phase_ = Phase::complete;
  input_deadline_ms_ = no_deadline;
}

bool Http1Session::starve() {
  if (!input_ended_) return false;
  if (phase_ == Phase::body) lose_exchange();
  close_input();
  return false;
}

void Http1Session::close_input() {
  phase_ = Phase::closed;
  input_deadline_ms_ = no_deadline;
  input_.drop();
}

}  // namespace tocsin::runtime
