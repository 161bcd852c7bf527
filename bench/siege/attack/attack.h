// Attack: what those do who want to keep a server from its work.
//
// One connection of an attack follows a Script. It knows no sockets: what it wants sent it appends,
// what comes back it is told.
//
// Thread: an attacker's process. An Attack is a value that lives as long as the program.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "siege/attack/attack_board.h"

namespace tocsin::bench::siege {

// What is attacked, and what an attacker may know.
struct Prey {
  uint16_t port = 0;  // of the API
  std::string app;
  std::string send_key;
  std::string message_id;  // of a message that was sent
};

class Script {
 public:
  virtual ~Script() = default;

  // Append what is to be sent next; called when all from before has left. Nothing: ask again in
  // tick_ms.
  virtual void write(std::string& out, uint64_t now_ms) = 0;
  static constexpr uint32_t tick_ms = 10;

  // The server has sent `bytes`. Only if it reads.
  virtual void read(std::string_view, AttackBoard&) {}
  // Whether it takes what is sent to it.
  virtual bool reads() const { return true; }
  // Whether it leaves, without a word. Asked before each write().
  virtual bool leaves() const { return false; }
  // Whether it changes TLS keys all the time; instead of writing.
  virtual bool stirs_keys() const { return false; }
};

// How far an attacker goes before the script begins.
enum class Approach : uint8_t {
  none,          // it sends nothing; it keeps a processor busy, or does not even do that
  tcp,           // connected
  client_hello,  // has said ClientHello, and says no more
  http1,         // TLS, ALPN http/1.1
  http2,         // TLS, ALPN h2
};

struct Attack {
  using MakeScript = std::function<std::unique_ptr<Script>(const Prey& prey, uint32_t number)>;

  std::string name;
  std::string what;  // in a line
  Approach approach = Approach::none;
  MakeScript make = {};      // of socket `number` of an attacker; null: says nothing
  uint32_t sockets = 1;      // of each attacker
  uint32_t all_sockets = 0;  // of all attackers together, if not 0
  uint32_t again_ms = 0;     // after being cut off
  bool spins = false;        // approach none: keep a processor busy
};

// All there are: without an attack first.
const std::vector<Attack>& attacks();
// Parts of it.
std::vector<Attack> http2_attacks();
std::vector<Attack> http2_body_attacks();
std::vector<Attack> http1_attacks();
std::vector<Attack> connection_attacks();

}  // namespace tocsin::bench::siege
