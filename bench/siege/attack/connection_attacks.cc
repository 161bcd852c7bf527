// Attacks below HTTP: by connections and by TLS. And all attacks there are.
#include <memory>

#include "siege/attack/attack.h"

namespace tocsin::bench::siege {
namespace {

constexpr uint32_t again_ms = 100;
constexpr uint32_t idle_sockets = 2'000;
constexpr uint32_t half_handshakes = 400;
constexpr uint32_t handshakes_at_once = 8;

// Leaves as soon as it is in.
class Leave final : public Script {
  void write(std::string&, uint64_t) override {}
  bool leaves() const override { return true; }
};

class StirKeys final : public Script {
  void write(std::string&, uint64_t) override {}
  bool stirs_keys() const override { return true; }
};

template <typename Made>
std::unique_ptr<Script> make(const Prey&, uint32_t) {
  return std::make_unique<Made>();
}

}  // namespace

std::vector<Attack> connection_attacks() {
  return {
      {"idle-tcp",
       "2,000 connections that say nothing",
       Approach::tcp,
       {},
       1,
       idle_sockets,
       again_ms},
      {"handshakes", "TLS handshakes, each connection dropped after its own", Approach::http1,
       make<Leave>, handshakes_at_once},
      {"half-handshakes",
       "400 connections that say ClientHello and no more",
       Approach::client_hello,
       {},
       half_handshakes,
       0,
       again_ms},
      {"key-updates", "TLS key updates and nothing else", Approach::http2, make<StirKeys>},
  };
}

const std::vector<Attack>& attacks() {
  static const std::vector<Attack> all = [] {
    std::vector<Attack> list = {
        {"quiet", "no attack: what the others are compared with", Approach::none},
        {"busy",
         "no attack either, but processes that keep processors busy",
         Approach::none,
         {},
         1,
         0,
         0,
         true}};
    for (const auto& some :
         {http2_attacks(), http2_body_attacks(), http1_attacks(), connection_attacks()}) {
      list.insert(list.end(), some.begin(), some.end());
    }
    return list;
  }();
  return all;
}

}  // namespace tocsin::bench::siege
