// AttackSocket: one connection of an attacker: a socket that does not block, OpenSSL, and a script.
//
//   closed --open()--> connecting --> handshaking --> talking
//     ^  again_ms          \----------- lost -----------/
//     `-------------------------------------------------
//
// Thread: an attacker's process.  Bound: what a script appends at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/tls/openssl_ptr.h"
#include "siege/attack/attack.h"

namespace tocsin::bench::siege {

// What the sockets of an attacker share. Outlives them.
struct AttackGround {
  const Attack& attack;
  const Prey& prey;
  uint32_t source = 0;  // 127.0.0.<source>
  ssl_ctx_st* tls = nullptr;
  AttackBoard& board;
  std::string room = std::string(64 * 1024, '\0');
};

class AttackSocket {
 public:
  AttackSocket(AttackGround& ground, uint32_t number) : ground_(ground), number_(number) {}
  ~AttackSocket() { close(); }
  AttackSocket(const AttackSocket&) = delete;
  AttackSocket& operator=(const AttackSocket&) = delete;

  // -1: closed.
  int fd() const { return fd_; }
  // As poll() has them.
  short events() const;
  void on_events(short events, uint64_t now_ms);
  void on_tick(uint64_t now_ms);

 private:
  enum class State : uint8_t { closed, connecting, handshaking, talking };

  void open(uint64_t now_ms);
  void on_connected();
  void shake_hands(uint64_t now_ms);
  void begin_script();
  void talk(uint64_t now_ms);
  bool flush(uint64_t now_ms);
  void stir_keys(uint64_t now_ms);
  bool read_all(uint64_t now_ms);
  // What a call of OpenSSL said: whether it only waits. Else the connection is lost.
  bool waits(int verdict, uint64_t now_ms);
  void lose(uint64_t now_ms);
  void close();

  AttackGround& ground_;
  const uint32_t number_;
  int fd_ = -1;
  runtime::SslPtr ssl_;
  std::unique_ptr<Script> script_;
  std::string out_;
  size_t sent_bytes_ = 0;  // of out_
  uint64_t open_at_ms_ = 0;
  State state_ = State::closed;
  bool wants_write_ = false;
};

}  // namespace tocsin::bench::siege
