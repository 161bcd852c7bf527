#include "siege/attack/attacker.h"

#include <algorithm>
#include <csignal>
#include <deque>
#include <poll.h>
#include <sys/resource.h>

#include <openssl/ssl.h>

#include "base/clock.h"
#include "harness/proc.h"
#include "harness/try.h"
#include "siege/attack/attack_socket.h"

namespace tocsin::bench::siege {
namespace {

constexpr int niceness = 10;
constexpr int end_grace_ms = 3'000;
constexpr uint32_t first_source = 2;

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, FreeContext>;

ContextPtr make_context() {
  ContextPtr context(SSL_CTX_new(TLS_client_method()));
  // Who attacks does not ask whom.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

bool is_over(const AttackBoard& board, uint64_t deadline_ms) {
  return board.over || monotonic_ms() >= deadline_ms;
}

void spin(const AttackBoard& board, uint64_t deadline_ms) {
  while (!is_over(board, deadline_ms)) continue;
}

void storm(AttackGround& ground, uint32_t sockets, uint64_t deadline_ms) {
  std::deque<AttackSocket> all;
  for (uint32_t i = 0; i < sockets; ++i) all.emplace_back(ground, i);
  std::vector<pollfd> polled(sockets);
  uint64_t ticked_ms = 0;
  while (!is_over(ground.board, deadline_ms)) {
    for (uint32_t i = 0; i < sockets; ++i) polled[i] = {all[i].fd(), all[i].events(), 0};
    poll(polled.data(), sockets, Script::tick_ms);
    const uint64_t now_ms = monotonic_ms();
    for (uint32_t i = 0; i < sockets; ++i) {
      if (polled[i].fd >= 0 && polled[i].revents != 0) all[i].on_events(polled[i].revents, now_ms);
    }
    // Those that come back at once do not wait for a tick.
    const bool is_tick = now_ms >= ticked_ms + Script::tick_ms;
    if (is_tick) ticked_ms = now_ms;
    for (AttackSocket& socket : all) {
      if (is_tick || (socket.fd() < 0 && ground.attack.again_ms == 0)) socket.on_tick(now_ms);
    }
  }
}

int run(const Attack& attack, const Prey& prey, uint32_t sockets, uint32_t source,
        AttackBoard& board) {
  std::signal(SIGPIPE, SIG_IGN);
  setpriority(PRIO_PROCESS, 0, niceness);
  raise_files_limit();
  const ContextPtr context = make_context();
  AttackGround ground{attack, prey, source, context.get(), board};
  const uint64_t deadline_ms = monotonic_ms() + attack_s_max * 1'000;
  while (!board.begun && !is_over(board, deadline_ms)) poll(nullptr, 0, 1);
  if (attack.spins) {
    spin(board, deadline_ms);
  } else {
    storm(ground, sockets, deadline_ms);
  }
  return 0;
}

}  // namespace

absl::StatusOr<Attackers> Attackers::start(const Attack& attack, const Prey& prey, uint32_t count) {
  TOCSIN_TAKE(SharedArray<AttackBoard> board, SharedArray<AttackBoard>::create(1));
  Attackers attackers(std::move(board));
  if (attack.approach == Approach::none && !attack.spins) return attackers;
  const uint32_t wanted = attack.all_sockets > 0 ? attack.all_sockets / count : attack.sockets;
  const uint32_t sockets = std::min(wanted, sockets_max / count);
  for (uint32_t i = 0; i < count; ++i) {
    TOCSIN_TAKE(ChildProcess process, ChildProcess::fork_off({}, [&, i] {
                  return run(attack, prey, sockets, first_source + i, attackers.board_[0]);
                }));
    attackers.processes_.push_back(std::move(process));
  }
  return attackers;
}

void Attackers::end() {
  board_[0].over = true;
  const uint64_t deadline_ms = monotonic_ms() + end_grace_ms;
  for (ChildProcess& process : processes_) process.wait(deadline_ms);
  processes_.clear();
}

}  // namespace tocsin::bench::siege
