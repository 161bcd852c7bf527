// Http2Script: what all scripts over HTTP/2 do: say the preface, acknowledge, answer pings, and keep
// account of their streams.
//
// Thread: an attacker's process.
// Bound: batch_bytes and one request more at a time; the streams that are open.
#pragma once

#include <set>
#include <string>

#include "siege/attack/attack.h"
#include "siege/attack/http2_frames.h"

namespace tocsin::bench::siege {

class Http2Script : public Script, private http2::Http2Listener {
 public:
  void write(std::string& out, uint64_t now_ms) final;
  void read(std::string_view bytes, AttackBoard& board) override;

 protected:
  // `window`: what the server may send on a stream without being asked for more.
  explicit Http2Script(uint32_t window = http2::window_max) : window_(window) {}

  // Append what is to be sent next. Not before the server's settings have come, if it reads.
  virtual void go_on(std::string& out) = 0;
  // Whether it says nothing yet, but the preface.
  virtual bool lies_in_wait(uint64_t) { return false; }
  // Whether it says that it has seen the server's settings.
  virtual bool acknowledges() const { return true; }
  static constexpr size_t batch_bytes = 16 * 1024;

  // Append the head of a request, on a stream of its own, which it gives.
  uint32_t begin(std::string& out, const std::string& block, uint8_t flags);
  size_t open_streams() const { return open_.size(); }
  // Forget that it is open.
  void forget(uint32_t stream) { open_.erase(stream); }
  // Whether the server takes so much body, which is sent then.
  bool take_window(size_t bytes);

 private:
  void on_stream_end(uint32_t stream, bool is_reset) override;
  void on_goaway(uint32_t code) override;
  void on_settings() override;
  void on_ping(std::string_view eight_bytes) override;
  void on_connection_window(uint32_t more) override { send_window_ += more; }
  void on_data(uint32_t bytes) override;

  http2::Http2Reader reader_;
  AttackBoard* board_ = nullptr;  // while it reads
  const uint32_t window_;
  std::set<uint32_t> open_;
  std::string replies_;
  uint32_t next_stream_ = 1;
  uint64_t send_window_ = http2::window_default;
  uint64_t untold_bytes_ = 0;  // of data that came
  bool has_greeted_ = false;
  bool is_greeted_ = false;
};

}  // namespace tocsin::bench::siege
