#include "compare/peer_visit.h"

#include <arpa/inet.h>
#include <cstdio>
#include <fmt/format.h>
#include <netinet/in.h>
#include <unistd.h>
#include <utility>

#include "base/clock.h"
#include "compare/crowd.h"
#include "compare/peer_handshake.h"
#include "compare/peer_process.h"
#include "compare/process_tree.h"
#include "drill/latency_distribution.h"
#include "drill/proc_stats.h"
#include "drill/progress.h"

namespace tocsin::compare {
namespace {

// As drill/memory_probe does it for Tocsin.
constexpr uint64_t still_ms_before = 1'500;
constexpr uint64_t still_ms_after = 6'000;
// Acknowledgements come in, buffers are given back.
constexpr uint32_t quiet_ms = 1'000;

class PeerVisit {
 public:
  PeerVisit(const PeerKind& kind, const Options& options, const drill::StopSignal& stop,
            PeerProcess process, runtime::TlsContext tls)
      : options_(options),
        stop_(stop),
        process_(std::move(process)),
        tree_(process_.pid()),
        crowd_(crowd_options(kind, std::move(tls)), options.devices, stop) {}

  absl::StatusOr<Visit> run();

 private:
  Crowd::Options crowd_options(const PeerKind& kind, runtime::TlsContext tls) const;
  absl::Status rest();
  absl::Status connect();
  absl::Status settle();
  absl::StatusOr<Round> broadcast(uint32_t number);
  std::optional<double> cpu_us_per(uint64_t deliveries, std::optional<uint64_t> before_ns) const;

  const Options& options_;
  const drill::StopSignal& stop_;
  PeerProcess process_;
  ProcessTree tree_;
  Crowd crowd_;  // ends before the server does
  Visit visit_;
  std::optional<uint64_t> memory_at_rest_;
  std::optional<drill::KernelMemory> kernel_at_rest_;
};

Crowd::Options PeerVisit::crowd_options(const PeerKind& kind, runtime::TlsContext tls) const {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(process_.port());
  return {address,
          std::move(tls),
          options_.handshakes,
          fmt::format("compare-{:08x}", static_cast<uint32_t>(monotonic_ns())),
          [&kind](uint32_t index) { return make_subscriber(kind, index); },
          [&kind] { return make_publisher(kind); }};
}

absl::StatusOr<Visit> PeerVisit::run() {
  if (absl::Status status = rest(); !status.ok()) return status;
  if (absl::Status status = connect(); !status.ok()) return status;
  if (absl::Status status = settle(); !status.ok()) return status;
  const uint32_t rounds = options_.warmup_rounds + options_.rounds;
  for (uint32_t number = 0; number < rounds; ++number) {
    absl::StatusOr<Round> round = broadcast(number);
    if (!round.ok()) return round.status();
    if (number >= options_.warmup_rounds) visit_.rounds.push_back(*round);
  }
  visit_.cipher = crowd_.cipher();
  const Crowd::Tally tally = crowd_.tally();
  visit_.lost_clients = tally.lost_clients;
  visit_.last_loss = tally.last_loss;
  return visit_;
}

absl::Status PeerVisit::rest() {
  const absl::StatusOr<ProcessTree::Settled> settled =
      tree_.settle(still_ms_before, options_.settle_timeout_s, [&](uint32_t ms) {
        if (stop_.sleep_ms(static_cast<int>(ms))) return absl::CancelledError("interrupted");
        return process_.check();
      });
  if (!settled.ok()) return settled.status();
  memory_at_rest_ = settled->memory_bytes;
  kernel_at_rest_ = drill::kernel_memory();
  return absl::OkStatus();
}

absl::Status PeerVisit::connect() {
  const uint64_t start_ms = monotonic_ms();
  drill::Progress progress(stderr, isatty(STDERR_FILENO) == 1, options_.devices, start_ms);
  const absl::Status connected =
      crowd_.connect_all(options_.connect_timeout_s, [&](uint32_t ready) {
        progress.show(ready, monotonic_ms());
        return process_.check();
      });
  progress.finish();
  visit_.connect_s = static_cast<double>(monotonic_ms() - start_ms) / 1000;
  return connected;
}

absl::Status PeerVisit::settle() {
  const absl::StatusOr<ProcessTree::Settled> settled = tree_.settle(
      still_ms_after, options_.settle_timeout_s, [&](uint32_t ms) { return crowd_.serve(ms); });
  if (!settled.ok()) return settled.status();
  visit_.memory_settled = settled->is_settled;
  const auto growth = [&](uint64_t before, uint64_t after) {
    return (static_cast<double>(after) - static_cast<double>(before)) / options_.devices;
  };
  if (memory_at_rest_ && settled->memory_bytes) {
    visit_.user_bytes = growth(*memory_at_rest_, *settled->memory_bytes);
  }
  const std::optional<drill::KernelMemory> kernel = drill::kernel_memory();
  if (kernel_at_rest_ && kernel && kernel->source == kernel_at_rest_->source) {
    visit_.kernel_bytes = growth(kernel_at_rest_->bytes, kernel->bytes);
  }
  return absl::OkStatus();
}

absl::StatusOr<Round> PeerVisit::broadcast(uint32_t number) {
  if (absl::Status running = process_.check(); !running.ok()) return running;
  const std::optional<uint64_t> before_ns = tree_.cpu_ns();
  if (absl::Status sent = crowd_.publish(number, options_.payload_bytes); !sent.ok()) return sent;
  const absl::StatusOr<bool> all = crowd_.wait_for_all(options_.alert_timeout_ms);
  if (!all.ok()) return all.status();
  Round round;
  round.delivered = crowd_.tally().waits_ns.size();
  round.cpu_us_per_delivery = cpu_us_per(round.delivered, before_ns);
  if (absl::Status served = crowd_.serve(quiet_ms); !served.ok()) return served;
  round.cpu_us_per_delivery_and_acks = cpu_us_per(round.delivered, before_ns);
  Crowd::Tally tally = crowd_.tally();
  round.missing = options_.devices - round.delivered;
  round.duplicates = tally.duplicates;
  const drill::LatencyDistribution waits(std::move(tally.waits_ns));
  round.p50_ms = waits.percentile_ms(50);
  round.p99_ms = waits.percentile_ms(99);
  round.p100_ms = waits.percentile_ms(100);
  fmt::print(stderr, "  broadcast {}: {} of {} in {:.0f} ms, {:.1f} us{}\n", number + 1,
             round.delivered, options_.devices, round.p100_ms,
             round.cpu_us_per_delivery.value_or(0),
             number < options_.warmup_rounds ? " (warm-up)" : "");
  return round;
}

std::optional<double> PeerVisit::cpu_us_per(uint64_t deliveries,
                                            std::optional<uint64_t> before_ns) const {
  const std::optional<uint64_t> now_ns = tree_.cpu_ns();
  if (deliveries == 0 || !before_ns || !now_ns) return std::nullopt;
  return (static_cast<double>(*now_ns) - static_cast<double>(*before_ns)) / 1000 /
         static_cast<double>(deliveries);
}

}  // namespace

absl::StatusOr<Visit> visit_peer(const PeerKind& kind, const Options& options,
                                 const drill::StopSignal& stop) {
  absl::StatusOr<PeerProcess> process =
      PeerProcess::start(kind.server, options.settings, options.keep, stop);
  if (!process.ok()) return process.status();
  absl::StatusOr<runtime::TlsContext> tls = PeerHandshake::context(process->ca_pem());
  if (!tls.ok()) return tls.status();
  return PeerVisit(kind, options, stop, *std::move(process), *std::move(tls)).run();
}

}  // namespace tocsin::compare
