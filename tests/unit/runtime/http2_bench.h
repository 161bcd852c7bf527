// An HTTP/2 session with all around it played by the test: handler, host, connection and clock.
//
// A responder acts at once only on the thread of its connection, so tests run on a shard:
//   on_shard([](Http2Bench& bench) { ... });
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/http_server/http_session.h"
#include "runtime/shard.h"

#include "tests/unit/runtime/http2_frames.h"

namespace tocsin::runtime::test {

// One request, as the handler and its sink have seen it, and the way to answer it.
struct Call {
  HttpRequestHead head = {};
  HttpResponder respond = {};
  std::vector<std::string> pieces = {};
  bool ended = false;
  bool sink_dropped = false;
  int gone = 0;
  // How the sink behaves.
  size_t bytes_max = SIZE_MAX;
  size_t held_bytes = 0;
  bool may_pause = false;
  std::function<bool()> on_piece = [] { return true; };
  std::function<void()> on_end = [] {};

  std::string body() const {
    std::string all;
    for (const std::string& piece : pieces) all += piece;
    return all;
  }
};

class Sink final : public HttpBodySink {
 public:
  explicit Sink(Call& call) : call_(call) {}
  ~Sink() override { call_.sink_dropped = true; }
  size_t bytes_max() const override { return call_.bytes_max; }
  bool on_piece(std::string_view piece) override {
    call_.pieces.emplace_back(piece);
    return call_.on_piece();
  }
  void on_end() override {
    call_.ended = true;
    call_.on_end();
  }
  size_t held_bytes() const override { return call_.held_bytes; }
  bool may_pause() const override { return call_.may_pause; }

 private:
  Call& call_;
};

class Handler final : public HttpHandler {
 public:
  std::unique_ptr<HttpBodySink> begin(HttpRequestHead head, HttpResponder respond) override {
    calls.push_back({.head = std::move(head), .respond = std::move(respond)});
    Call& call = calls.back();
    if (vouches) call.respond.vouch();
    call.respond.when_gone([&call] { ++call.gone; });
    on_begin(call);
    return wants_body ? std::make_unique<Sink>(call) : nullptr;
  }
  HttpResponse error(int status, std::string message) override {
    return {.status = status, .body = std::move(message)};
  }

  std::deque<Call> calls;  // never moved
  bool vouches = true;
  bool wants_body = true;
  std::function<void(Call&)> on_begin = [](Call&) {};
};

// Pieces that the test gives.
class Source final : public HttpBodySource {
 public:
  explicit Source(bool& dropped) : dropped_(dropped) {}
  ~Source() override { dropped_ = true; }
  void next(Take take) override {
    ++asked;
    take_ = std::move(take);
    flush();
  }
  HttpFields trailers() override { return fields; }
  void give(std::string piece) {
    pieces_.push_back(std::move(piece));
    flush();
  }

  int asked = 0;
  HttpFields fields = {};

 private:
  void flush() {
    if (!take_ || pieces_.empty()) return;
    std::string piece = std::move(pieces_.front());
    pieces_.pop_front();
    std::exchange(take_, nullptr)(std::move(piece));
  }

  bool& dropped_;
  Take take_;
  std::deque<std::string> pieces_;
};

class Http2Bench final : public HttpLink {
 public:
  explicit Http2Bench(Mailbox thread, const HttpLimits& limits)
      : host(handler, limits, std::move(thread)) {
    host.now_ms = 1'000'000;
    host.date = "Mon, 01 Jan 2024 00:00:00 GMT";
    session = make_http2_session(host, *this);
  }

  void on_progress() override { ++progress; }
  void on_vouched() override { ++vouched; }

  // What the session sends in reply to `bytes`, all of it.
  std::string exchange(std::string_view bytes) {
    session->receive(bytes);
    return produce();
  }
  std::string produce() {
    std::string out;
    size_t before;
    do {
      before = out.size();
      session->produce(out, 16 * 1024);
    } while (out.size() > before);
    return out;
  }
  // As a client that takes leave of nothing: preface and settings, ours acknowledged.
  std::vector<Frame> greet(const std::vector<std::pair<uint16_t, uint32_t>>& entries = {}) {
    return frames(std::string(preface) + settings(entries) + settings_ack());
  }
  std::vector<Frame> frames(std::string_view bytes) {
    std::string out = exchange(bytes);
    return take_frames(out);
  }
  // Let time pass, as the connection's thread does.
  void pass(uint64_t ms) {
    for (const uint64_t end_ms = host.now_ms + ms; host.now_ms < end_ms;) {
      host.now_ms = std::min(end_ms, host.now_ms + 100);
      if (session->deadline_ms() <= host.now_ms) session->on_deadline();
    }
  }
  std::vector<Frame> frames_after(uint64_t ms) {
    pass(ms);
    return frames("");
  }

  Call& call(size_t at = 0) { return handler.calls.at(at); }

  bool dropped = false;  // a Source
  Handler handler;
  HttpHost host;
  std::unique_ptr<HttpSession> session;
  int progress = 0;
  int vouched = 0;
};

inline HttpLimits short_limits() {
  HttpLimits limits;
  limits.request_ms_max = 10'000;
  limits.keep_alive_ms = 90'000;
  limits.stalled_ms_max = 30'000;
  return limits;
}

// Run `test` with a fresh bench on a shard.
inline void on_shard(const std::function<void(Http2Bench&)>& test,
                     const HttpLimits& limits = short_limits()) {
  static const std::shared_ptr<Shard> shard = [] {
    auto made = std::make_shared<Shard>("bench");
    made->start();
    return made;
  }();
  shard->run_and_wait([&] {
    Http2Bench bench{Mailbox(shard), limits};
    test(bench);
  });
}

inline const Frame* find_frame(const std::vector<Frame>& frames, uint8_t type,
                               uint32_t stream = 0) {
  for (const Frame& frame : frames) {
    if (frame.type == type && frame.stream == stream) return &frame;
  }
  return nullptr;
}

}  // namespace tocsin::runtime::test
