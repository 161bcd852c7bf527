#include <fmt/format.h>

#include "base/clock.h"
#include "compare/crowd.h"
#include "compare/peer_handshake.h"
#include "compare/peer_process.h"
#include "compare/visit.h"
#include "harness/client/loopback.h"
#include "harness/memory_probe.h"
#include "harness/proc.h"
#include "harness/progress.h"
#include "harness/try.h"

namespace tocsin::bench::compare {
namespace {

// As the drill does it for Tocsin.
constexpr uint64_t still_ms_before = 1'500;
constexpr uint64_t still_ms_after = 6'000;
// Acknowledgements come in, buffers are given back.
constexpr uint32_t quiet_ms = 1'000;

class PeerVisit {
 public:
  PeerVisit(const PeerKind& kind, const Options& options, const StopSignal& stop,
            PeerProcess process, runtime::TlsContext tls)
      : options_(options),
        stop_(stop),
        process_(std::move(process)),
        crowd_({kind, loopback(process_.port()), std::move(tls), options.handshakes,
                fmt::format("compare-{:08x}", static_cast<uint32_t>(monotonic_ns()))},
               options.devices, stop) {}

  absl::StatusOr<Visit> run() {
    TOCSIN_TAKE(const MemoryLook before,
                look_at_memory(still_ms_before, [this](uint32_t ms) -> absl::Status {
                  TOCSIN_TRY(stop_.sleep_ms(ms));
                  return process_.check();
                }));
    TOCSIN_TRY(connect());
    TOCSIN_TAKE(const MemoryLook after,
                look_at_memory(still_ms_after, [this](uint32_t ms) { return crowd_.serve(ms); }));
    const MemoryReport memory = memory_growth(before, after, options_.devices);
    visit_.memory_settled = after.settled;
    visit_.user_bytes_per_connection = memory.user_bytes_per_connection;
    visit_.kernel_bytes_per_connection = memory.kernel_bytes_per_connection;
    const uint32_t rounds = options_.warmup_rounds + options_.rounds;
    for (uint32_t number = 0; number < rounds; ++number) {
      TOCSIN_TAKE(const Round round, broadcast(number));
      if (number >= options_.warmup_rounds) visit_.rounds.push_back(round);
    }
    visit_.cipher = PeerHandshake::suite_name;
    const Crowd::Tally tally = crowd_.tally();
    visit_.lost_clients = tally.lost_clients;
    if (tally.lost_clients > 0) visit_.last_loss = tally.last_loss;
    return visit_;
  }

 private:
  std::vector<int> pids() const { return process_tree(process_.pid()); }

  absl::StatusOr<MemoryLook> look_at_memory(uint64_t still_ms, const PassTime& pass_time) const {
    return bench::look_at_memory([this] { return proportional_bytes_of(pids()); }, {},
                                 {still_ms, options_.settle_timeout_s}, pass_time);
  }

  absl::Status connect() {
    const uint64_t start_ms = monotonic_ms();
    Progress progress("connected", options_.devices);
    TOCSIN_TRY(crowd_.connect_all(options_.connect_timeout_s, [&](uint32_t ready) {
      progress.show(ready);
      return process_.check();
    }));
    visit_.connect_s = static_cast<double>(monotonic_ms() - start_ms) / 1000;
    return absl::OkStatus();
  }

  absl::StatusOr<Round> broadcast(uint32_t number) {
    TOCSIN_TRY(process_.check());
    const std::optional<uint64_t> before_ns = cpu_ns_of(pids());
    TOCSIN_TRY(crowd_.publish(number, options_.payload_bytes));
    TOCSIN_TRY(crowd_.wait_for_all(options_.alert_timeout_ms));
    Round round;
    round.delivered = crowd_.tally().waits_ns.size();
    round.cpu_us_per_delivery = cpu_us_each(pids(), before_ns, round.delivered);
    TOCSIN_TRY(crowd_.serve(quiet_ms));
    round.cpu_us_per_delivery_and_acks = cpu_us_each(pids(), before_ns, round.delivered);
    const Crowd::Tally tally = crowd_.tally();
    round.missing = options_.devices - round.delivered;
    round.duplicates = tally.duplicates;
    const Series waits_ms = milliseconds(tally.waits_ns);
    round.p50_ms = waits_ms.percentile(50);
    round.p99_ms = waits_ms.percentile(99);
    round.p100_ms = waits_ms.percentile(100);
    fmt::print(stderr, "  broadcast {}: {} of {} in {:.0f} ms, {:.1f} us{}\n", number + 1,
               round.delivered, options_.devices, waits_ms.max(),
               round.cpu_us_per_delivery.value_or(0),
               number < options_.warmup_rounds ? " (warm-up)" : "");
    return round;
  }

  const Options& options_;
  const StopSignal& stop_;
  PeerProcess process_;
  Crowd crowd_;  // ends before the server does
  Visit visit_;
};

}  // namespace

absl::StatusOr<Visit> visit_peer(const PeerKind& kind, const Options& options,
                                 const StopSignal& stop) {
  TOCSIN_TAKE(PeerProcess process,
              PeerProcess::start(*kind.server, options.settings, options.keep, stop));
  TOCSIN_TAKE(runtime::TlsContext tls, PeerHandshake::context(process.ca_pem()));
  return PeerVisit(kind, options, stop, std::move(process), std::move(tls)).run();
}

}  // namespace tocsin::bench::compare
