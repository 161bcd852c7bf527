#include "runtime/http2/http2_session.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace tocsin::runtime {
namespace {

// Frames that may wait for the socket before input is left alone.
constexpr size_t frames_waiting_max = 64;
// Streams are looked after this often in the shortest of the limits, and at least each second.
constexpr uint64_t ticks_per_limit = 8;
constexpr uint64_t tick_ms_max = 1'000;
// After so much silence with a stream open the client is asked whether it is still there.
constexpr uint64_t silence_ms_max = 30'000;
// A table of streams with more buckets is given back when it is empty.
constexpr size_t buckets_kept = 16;

}  // namespace

std::unique_ptr<HttpSession> make_http2_session(HttpHost& host, HttpLink& link) {
  return std::make_unique<Http2Session>(host, link);
}

Http2Session::Http2Session(HttpHost& host, HttpLink& link)
    : host_(host),
      connection_(host, link, *this),
      opened_ms_(host.now_ms),
      idle_since_ms_(host.now_ms),
      heard_ms_(host.now_ms) {}

Http2Session::~Http2Session() {
  is_lost_ = true;
  close_streams();
}

void Http2Session::receive(std::string_view bytes) {
  if (is_lost_ || connection_.is_ending()) return;
  if (!bytes.empty()) {
    heard_ms_ = host_.now_ms;
    connection_.spend(tolls_.price_of(bytes, !connection_.is_vouched));
  }
  if (!bytes.empty() && !connection_.is_ending()) {
    if (const auto error = connection_.wire.receive(bytes)) connection_.end(*error);
    connection_.spend(tolls_.price_of_ignored_heads());
  }
  settle();
  if (connection_.wire.wants_output()) connection_.link.on_progress();
}

bool Http2Session::wants_input() const {
  return !is_over() && !connection_.is_ending() && !output_waits_ &&
         connection_.wire.frames_waiting() <= frames_waiting_max;
}

void Http2Session::on_input_end() {
  // Nobody takes leave of HTTP/2 by half: without input there are no windows to answer into.
  is_lost_ = true;
  settle();
}

void Http2Session::produce(std::string& out, size_t bytes_wanted) {
  const size_t before = out.size();
  if (!is_lost_ && !connection_.wire.produce(out, bytes_wanted)) is_lost_ = true;
  output_waits_ = out.size() > before;
  settle();
}

bool Http2Session::is_over() const { return is_lost_ || connection_.wire.is_over(); }

void Http2Session::finish() {
  if (std::exchange(is_finishing_, true) || connection_.is_ending()) return;
  if (!streams_.empty() && !is_leaving_) leave();
  settle();
  connection_.link.on_progress();
}

uint64_t Http2Session::deadline_ms() const {
  if (connection_.is_ending() || is_over()) return no_deadline;
  if (!streams_.empty()) return last_tick_ms_ + tick_ms();
  if (is_leaving_) return pinged_ms_ + host_.limits.stalled_ms_max;
  return is_greeted_ ? idle_since_ms_ + host_.limits.keep_alive_ms
                     : opened_ms_ + host_.limits.request_ms_max;
}

void Http2Session::on_deadline() {
  if (host_.now_ms < deadline_ms()) return;
  if (streams_.empty()) {
    is_greeted_ && !is_leaving_ ? leave() : connection_.end(Http2Error::none);
  } else {
    tick();
  }
  settle();
  if (connection_.wire.wants_output()) connection_.link.on_progress();
}

// A request may be on its way already: it is served still. The answer to the ping comes after it.
void Http2Session::leave() {
  is_leaving_ = true;
  connection_.wire.submit_shutdown_notice();
  ping();
}

uint64_t Http2Session::tick_ms() const {
  const uint64_t limit_ms = std::min(host_.limits.request_ms_max, host_.limits.stalled_ms_max);
  return std::clamp<uint64_t>(limit_ms / ticks_per_limit, 1, tick_ms_max);
}

void Http2Session::tick() {
  const uint64_t elapsed_ms = host_.now_ms - std::exchange(last_tick_ms_, host_.now_ms);
  check_peer();
  // What one sink leaves untaken may fill the window of all.
  const bool is_blocked = std::any_of(streams_.begin(), streams_.end(),
                                      [](const auto& entry) { return entry.second->is_paused(); });
  for (const auto& [id, stream] : streams_) stream->on_tick(elapsed_ms, is_blocked);
}

void Http2Session::check_peer() {
  const uint64_t patience_ms = host_.limits.stalled_ms_max;
  if (!is_acknowledged_ && host_.now_ms >= opened_ms_ + patience_ms) {
    connection_.end(Http2Error::settings_timeout);
  } else if (pinged_ms_ == 0) {
    if (host_.now_ms >= heard_ms_ + silence_ms_max) ping();
  } else if (host_.now_ms >= pinged_ms_ + patience_ms) {
    connection_.end(Http2Error::none);
  }
}

void Http2Session::ping() {
  connection_.wire.submit_ping();
  pinged_ms_ = std::max<uint64_t>(host_.now_ms, 1);
}

void Http2Session::settle() {
  if (host_.stopping && !is_finishing_) return finish();
  if (is_finishing_ && streams_.empty() && !is_lost_) connection_.end(Http2Error::none);
  if (!connection_.is_ending() && !is_over()) return;
  close_streams();
  if (is_over()) connection_.link.on_progress();
}

void Http2Session::close_streams() {
  // A task that runs when a request is gone may answer others: they are gone as well.
  for (const auto& [id, stream] : std::exchange(streams_, {})) stream->close();
}

std::shared_ptr<Http2Stream> Http2Session::find(int32_t stream) const {
  if (connection_.is_ending()) return nullptr;
  const auto found = streams_.find(stream);
  return found == streams_.end() ? nullptr : found->second;
}

void Http2Session::on_head_begun(int32_t stream) {
  tolls_.on_request();
  if (connection_.is_ending()) return;
  if (streams_.empty()) last_tick_ms_ = host_.now_ms;
  streams_.emplace(stream, std::make_shared<Http2Stream>(connection_, stream));
}

// A byte of HPACK can stand for a field as large as the table, and each is checked as it is decoded.
bool Http2Session::on_field_decoded(size_t bytes) {
  field_bytes_ += bytes;
  if (field_bytes_ > limits::http_head_bytes_max) connection_.spend(http2_prices::of_excess(bytes));
  return !connection_.is_ending();
}

void Http2Session::on_field(int32_t stream, std::string_view name, std::string_view value) {
  if (const auto found = find(stream)) found->on_field(name, value);
}

void Http2Session::on_head(int32_t stream, bool is_end) {
  if (const auto found = find(stream)) found->on_head(is_end);
}

void Http2Session::on_body(int32_t stream, std::string_view bytes) {
  const auto found = find(stream);
  if (found == nullptr) return connection_.wire.consume_unwanted(bytes.size());
  found->on_body(bytes);
}

void Http2Session::on_body_end(int32_t stream) {
  if (const auto found = find(stream)) found->on_body_end();
}

void Http2Session::on_closed(int32_t stream) {
  const auto entry = streams_.extract(stream);
  if (entry.empty()) return;
  if (!entry.mapped()->is_complete()) connection_.spend(http2_prices::lost_stream);
  entry.mapped()->close();
  if (!streams_.empty()) return;
  idle_since_ms_ = host_.now_ms;
  if (streams_.bucket_count() > buckets_kept) streams_ = {};
}

Http2Read Http2Session::read_answer(int32_t stream, std::span<uint8_t> room) {
  const auto found = find(stream);
  return found != nullptr ? found->read_answer(room) : Http2Read{.waits = true};
}

void Http2Session::on_answer_moved(int32_t stream) {
  tolls_.on_data_sent();
  connection_.answers_moved_ms = host_.now_ms;
  if (const auto found = find(stream)) found->on_answer_moved();
}

void Http2Session::on_answer_end(int32_t stream) {
  if (const auto found = find(stream)) found->on_answer_end();
}

void Http2Session::on_settings(bool is_acknowledgement) {
  if (is_acknowledgement) {
    is_acknowledged_ = true;
  } else {
    is_greeted_ = true;
  }
}

void Http2Session::on_ping_answer() {
  pinged_ms_ = 0;
  if (is_leaving_) is_finishing_ = true;
  if (!is_finishing_ || std::exchange(is_last_told_, true)) return;
  connection_.wire.submit_last_stream();
}

void Http2Session::on_go_away() {
  // The client asks for nothing more.
  is_finishing_ = true;
}

}  // namespace tocsin::runtime
