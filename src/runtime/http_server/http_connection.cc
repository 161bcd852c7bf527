#include "runtime/http_server/http_connection.h"

#include <sys/epoll.h>
#include <utility>

#include "base/clock.h"

namespace tocsin::runtime {
namespace {

using Outcome = ByteStream::Outcome;

constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
// Reads and writes of one turn, before the other connections have theirs.
constexpr int rounds_per_turn = 8;
constexpr uint64_t turn_ms_max = 2;
constexpr size_t output_bytes = 32 * 1024;
// An output buffer above this is given back when it is empty.
constexpr size_t output_bytes_kept = 2 * 1024;

}  // namespace

HttpConnection::HttpConnection(Owner& owner, HttpHost& host, std::unique_ptr<ByteStream> stream,
                               HttpProtocol protocol, AddressSlot slot)
    : owner_(owner),
      host_(host),
      slot_(std::move(slot)),
      stream_(std::move(stream)),
      opened_ms_(host.now_ms),
      last_active_ms_(host.now_ms),
      state_since_ms_(host.now_ms) {
  open(protocol);
}

void HttpConnection::open(HttpProtocol protocol) {
  state_ = protocol == HttpProtocol::by_preface ? State::sniffing : State::open;
  if (protocol == HttpProtocol::http1) session_ = make_http1_session(host_, *this);
  if (protocol == HttpProtocol::http2) session_ = make_http2_session(host_, *this);
}

void HttpConnection::on_events(uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return leave();
  readable_ = readable_ || (events & (EPOLLIN | EPOLLRDHUP)) != 0;
  peer_ended_ = peer_ended_ || (events & EPOLLRDHUP) != 0;
  writable_ = writable_ || (events & EPOLLOUT) != 0;
}

void HttpConnection::turn() {
  if (state_ == State::sniffing) sniff();
  if (state_ == State::open) turn_open();
  if (state_ == State::lingering) discard();
}

// HTTP/2 with prior knowledge (RFC 9113 section 3.3) begins with the preface.
void HttpConnection::sniff() {
  const auto read = this->read(http2_preface.size() - out_.size());
  if (read.outcome != Outcome::moved) {
    if (read.outcome != Outcome::blocked) leave();
    return;
  }
  out_ += owner_.read_buffer().substr(0, read.bytes);
  const bool may_be_http2 = http2_preface.starts_with(out_);
  if (may_be_http2 && out_.size() < http2_preface.size()) return owner_.wants_turn(*this);
  const std::string first = std::exchange(out_, {});
  open(may_be_http2 ? HttpProtocol::http2 : HttpProtocol::http1);
  session_->receive(first);
}

void HttpConnection::turn_open() {
  for (int round = 0; round < rounds_per_turn; ++round) {
    if (!flush()) return;
    session_->produce(out_, output_bytes);
    if (!out_.empty()) continue;
    if (session_->is_over()) return begin_lingering();
    if (!session_->wants_input() || !read_some()) return;
    if (monotonic_ms() > host_.now_ms + turn_ms_max) break;
  }
  owner_.wants_turn(*this);
}

bool HttpConnection::flush() {
  while (sent_bytes_ < out_.size()) {
    const auto written = stream_->write(std::string_view(out_).substr(sent_bytes_));
    if (written.outcome == Outcome::blocked) {
      writable_ = false;
      if (blocked_since_ms_ == 0) blocked_since_ms_ = host_.now_ms;
      return false;
    }
    if (written.outcome != Outcome::moved) {
      leave();
      return false;
    }
    sent_bytes_ += written.bytes;
    blocked_since_ms_ = 0;
    last_active_ms_ = host_.now_ms;
  }
  out_.clear();
  sent_bytes_ = 0;
  if (out_.capacity() > output_bytes_kept) out_.shrink_to_fit();
  return true;
}

ByteStream::Result HttpConnection::read(size_t bytes_max) {
  if (!readable_ || input_ended_) return {Outcome::blocked};
  const auto read = stream_->read(owner_.read_buffer().data(), bytes_max);
  if (read.outcome == Outcome::blocked || (read.drained && !peer_ended_)) readable_ = false;
  return read;
}

bool HttpConnection::read_some() {
  const auto read = this->read(owner_.read_buffer().size());
  switch (read.outcome) {
    case Outcome::moved:
      last_active_ms_ = host_.now_ms;
      session_->receive(std::string_view(owner_.read_buffer()).substr(0, read.bytes));
      return true;
    case Outcome::ended:
      input_ended_ = true;
      session_->on_input_end();
      return true;
    case Outcome::blocked:
      return false;
    case Outcome::lost:
      leave();
      return false;
  }
  return false;
}

void HttpConnection::begin_lingering() {
  if (input_ended_) {
    stream_->end_output();
    return leave();
  }
  session_.reset();
  stream_->end_output();
  state_ = State::lingering;
  state_since_ms_ = host_.now_ms;
}

void HttpConnection::discard() {
  for (int round = 0; round < rounds_per_turn; ++round) {
    const auto read = this->read(owner_.read_buffer().size());
    if (read.outcome == Outcome::blocked) return;
    if (read.outcome != Outcome::moved) return leave();
    discarded_bytes_ += read.bytes;
    // Whoever is not read from any more has time to look at the answer.
    if (discarded_bytes_ > limits::http_linger_bytes_max) return;
  }
  owner_.wants_turn(*this);
}

void HttpConnection::on_tick() {
  const uint64_t now_ms = host_.now_ms;
  if (state_ == State::lingering) {
    if (now_ms >= state_since_ms_ + limits::http_linger_ms_max) leave();
    return;
  }
  if (state_ == State::sniffing) {
    if (now_ms >= state_since_ms_ + host_.limits.request_ms_max) leave();
    return;
  }
  if (state_ != State::open) return;
  if (blocked_since_ms_ != 0 && now_ms >= blocked_since_ms_ + host_.limits.stalled_ms_max) {
    return leave();
  }
  if (now_ms < session_->deadline_ms()) return;
  session_->on_deadline();
  owner_.wants_turn(*this);
}

void HttpConnection::finish() {
  if (state_ == State::sniffing) return leave();
  if (state_ != State::open) return;
  session_->finish();
  owner_.wants_turn(*this);
}

bool HttpConnection::is_idle() const {
  return state_ != State::open || (session_->is_idle() && out_.empty());
}

void HttpConnection::on_vouched() {
  if (std::exchange(vouched_, true)) return;
  owner_.on_vouched(*this);
}

size_t HttpConnection::unread_bytes() const {
  return out_.size() - sent_bytes_ + (session_ != nullptr ? session_->unread_bytes() : 0);
}

size_t HttpConnection::half_received_bytes() const {
  return session_ != nullptr ? session_->half_received_bytes() : 0;
}

}  // namespace tocsin::runtime
