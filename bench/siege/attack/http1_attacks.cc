// Attacks by HTTP/1.1: slow ones, of many connections each, and those that ask without end.
#include <fmt/format.h>
#include <memory>

#include "siege/attack/attack.h"

namespace tocsin::bench::siege {
namespace {

constexpr uint32_t slow_sockets = 256;  // half of what an address may have
constexpr uint32_t chunk_sockets = 64;
constexpr uint32_t again_ms = 100;

// A beginning, and then the same few bytes again and again.
class Drip final : public Script {
 public:
  Drip(std::string first, std::string drop, uint32_t every_ms)
      : next_(std::move(first)), drop_(std::move(drop)), every_ms_(every_ms) {}

  void write(std::string& out, uint64_t now_ms) override {
    if (now_ms < next_ms_) return;
    next_ms_ = now_ms + every_ms_;
    out += next_;
    next_ = drop_;
  }
  void read(std::string_view, AttackBoard& board) override { board.count(board.answers); }

 private:
  std::string next_;
  const std::string drop_;
  const uint32_t every_ms_;
  uint64_t next_ms_ = 0;
};

// The same request as fast as it is taken.
class Pipeline final : public Script {
 public:
  Pipeline(const std::string& path, bool reads) : reads_(reads) {
    constexpr size_t batch_bytes = 16 * 1024;
    while (batch_.size() < batch_bytes) {
      batch_ += fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    }
  }

  void write(std::string& out, uint64_t) override { out += batch_; }
  void read(std::string_view bytes, AttackBoard& board) override {
    for (size_t at = bytes.find("HTTP/1.1 "); at != std::string_view::npos;
         at = bytes.find("HTTP/1.1 ", at + 1)) {
      board.count(board.answers);
    }
  }
  bool reads() const override { return reads_; }

 private:
  std::string batch_;
  const bool reads_;
};

std::unique_ptr<Script> slow_head(const Prey&, uint32_t) {
  constexpr uint32_t every_ms = 500;
  return std::make_unique<Drip>("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-Siege: 1\r\n",
                                every_ms);
}

// Every second one has a key.
std::string send_head(const Prey& prey, uint32_t number, std::string_view length) {
  return fmt::format(
      "POST /v1/apps/{}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "Content-Type: application/json\r\n{}{}\r\n\r\n",
      prey.app, number % 2 == 0 ? fmt::format("Authorization: Bearer {}\r\n", prey.send_key) : "",
      length);
}

std::unique_ptr<Script> slow_body(const Prey& prey, uint32_t number) {
  constexpr uint32_t every_ms = 200;
  return std::make_unique<Drip>(send_head(prey, number, "Content-Length: 60000"), " ", every_ms);
}

std::unique_ptr<Script> chunk_drip(const Prey& prey, uint32_t number) {
  constexpr uint32_t every_ms = 20;
  return std::make_unique<Drip>(send_head(prey, number, "Transfer-Encoding: chunked"),
                                "1;siege\r\n \r\n", every_ms);
}

Attack::MakeScript pipeline(const char* path, bool reads) {
  return [=](const Prey&, uint32_t) { return std::make_unique<Pipeline>(path, reads); };
}

}  // namespace

std::vector<Attack> http1_attacks() {
  constexpr auto http1 = Approach::http1;
  return {
      {"slow-heads", "256 heads, a line each half second", http1, slow_head, slow_sockets, 0,
       again_ms},
      {"slow-bodies", "256 bodies, a byte each 200 ms, half of them with a key", http1, slow_body,
       slow_sockets, 0, again_ms},
      {"chunk-drip", "64 bodies, a chunk of a byte each 20 ms, half of them with a key", http1,
       chunk_drip, chunk_sockets, 0, again_ms},
      {"http1-no-key", "requests without a key in a pipeline, answers are read", http1,
       pipeline("/v1/apps/siege", true)},
      {"pipeline-unread", "requests for 100 KB in a pipeline, never read", http1,
       pipeline("/openapi.json", false)},
  };
}

}  // namespace tocsin::bench::siege
