#include "storm/connect_storm.h"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <sstream>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "drill/alert_api.h"
#include "drill/arrival_book.h"
#include "drill/fleet_plan.h"
#include "drill/proc_stats.h"
#include "drill/server_process.h"
#include "drill/swarm.h"
#include "runtime/tls/key_material.h"
#include "storm/resident_watch.h"

namespace tocsin::storm {
namespace {

constexpr char app_name[] = "storm";
constexpr int events_max = 256;
// A device's own half of a handshake under way, with the sockets of both ends.
constexpr uint64_t bytes_per_device = 72 * 1024;
// Descriptors of this process that are not devices.
constexpr uint64_t other_files = 64;
// Settled: no sample has moved by so much in so long. The server gives heap back every 5 s.
constexpr uint64_t still_bytes = 256 * 1024;
constexpr uint64_t still_ms_before = 1'500;
constexpr uint64_t still_ms_after = 35'000;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::Status check_machine(uint32_t devices) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const drill::MachineFacts facts = drill::machine_facts(0);
  const uint64_t by_files = files.rlim_max - std::min<uint64_t>(files.rlim_max, other_files);
  const uint64_t by_memory =
      facts.memory_bytes == UINT64_MAX ? UINT64_MAX : facts.memory_bytes / 4 * 3 / bytes_per_device;
  if (devices <= by_files && devices <= by_memory) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "{} devices at once: open files allow {}, memory {} ({} KB each while they shake "
      "hands): use -n {}",
      devices, by_files, by_memory, bytes_per_device / 1024, std::min(by_files, by_memory)));
}

// A server that runs, with what devices need to use it.
struct Target {
  drill::ServerProcess process;
  drill::Plan plan;
};

absl::StatusOr<Target> prepare(const StormOptions& options, const drill::StopSignal& stop) {
  auto process = drill::ServerProcess::start(options.server, options.server_arguments, false, stop);
  if (!process.ok()) return process.status();
  const drill::ServerReady& ready = process->ready();
  drill::Gateway gateway{.devices = options.devices,
                         .address = "127.0.0.1",
                         .port = ready.gateway_port,
                         .server_name = "127.0.0.1",
                         .ca_pem = file_text(ready.ca_file),
                         .registration_key = {}};
  auto api =
      drill::AlertApi::create(fmt::format("https://127.0.0.1:{}", ready.api_port), gateway.ca_pem);
  if (!api.ok()) return api.status();
  std::string admin_key = file_text(ready.admin_key_file);
  admin_key.erase(admin_key.find_last_not_of(" \t\r\n") + 1);
  const absl::StatusOr<drill::AppKeys> keys = api->create_app(admin_key, app_name);
  if (!keys.ok()) return keys.status();
  if (!from_hex(keys->registration_key, gateway.registration_key)) {
    return absl::InternalError("the server's registration key is not in hexadecimal");
  }
  drill::Plan plan;
  plan.devices = plan.fleet_devices = plan.handshakes = options.devices;
  plan.rounds = 1;
  plan.spread_sources = true;
  std::array<uint8_t, 8> seed;
  runtime::random_bytes(seed);
  for (const uint8_t byte : seed) plan.seed = plan.seed << 8 | byte;
  plan.app = keys->app;
  plan.mark = app_name;
  plan.gateways = {std::move(gateway)};
  return Target{*std::move(process), std::move(plan)};
}

// The server's resident size once it stands still.
absl::StatusOr<uint64_t> settled_bytes(int pid, uint64_t still_ms, uint32_t timeout_s,
                                       const drill::StopSignal& stop) {
  const uint64_t start_ms = monotonic_ms();
  uint64_t reference = 0;
  uint64_t since_ms = start_ms;
  while (true) {
    const uint64_t now_ms = monotonic_ms();
    const uint64_t bytes = resident_bytes_now(pid);
    if (bytes > reference + still_bytes || bytes + still_bytes < reference) {
      reference = bytes;
      since_ms = now_ms;
    }
    if (now_ms - since_ms >= still_ms || now_ms - start_ms >= uint64_t{timeout_s} * 1000) {
      return bytes;
    }
    if (stop.sleep_ms(StormResult::sample_ms)) return absl::CancelledError("interrupted");
  }
}

// Serve the devices' sockets and timers for `ms`.
absl::Status serve(drill::Swarm& swarm, int epoll, int ms) {
  std::array<epoll_event, events_max> events;
  const int ready = epoll_wait(epoll, events.data(), events_max, ms);
  if (ready < 0 && errno != EINTR) return absl::InternalError("epoll_wait failed");
  const uint64_t now_ms = monotonic_ms();
  for (int i = 0; i < ready; ++i) swarm.on_ready(events[static_cast<size_t>(i)].data.u32, now_ms);
  swarm.on_time(now_ms);
  return absl::OkStatus();
}

absl::Status connect_all(Target& target, drill::Swarm& swarm, int epoll,
                         const StormOptions& options, const drill::StopSignal& stop,
                         StormResult& result) {
  const uint64_t start_ms = monotonic_ms();
  const uint64_t deadline_ms = start_ms + uint64_t{options.timeout_s} * 1000;
  drill::Status status;
  do {
    if (absl::Status served = serve(swarm, epoll, drill::Swarm::tick_ms); !served.ok()) {
      return served;
    }
    if (stop.requested()) return absl::CancelledError("interrupted");
    if (!target.process.is_running()) {
      return absl::UnavailableError("the server ended in the storm; its log ends:\n" +
                                    target.process.log_end());
    }
    status = swarm.status(0);
  } while (status.live + status.given_up < options.devices && monotonic_ms() < deadline_ms);
  result.seconds = static_cast<double>(monotonic_ms() - start_ms) / 1000;
  result.in = status.live;
  result.failures = status.failures;
  result.last_failure = status.last_failure;
  return absl::OkStatus();
}

}  // namespace

double StormResult::bytes_per_connection(uint64_t rss_bytes) const {
  if (in == 0) return 0;
  return (static_cast<double>(rss_bytes) - static_cast<double>(rss_bytes_before)) / in;
}

absl::StatusOr<StormResult> storm(const StormOptions& options, const drill::StopSignal& stop) {
  if (absl::Status enough = check_machine(options.devices); !enough.ok()) return enough;
  absl::StatusOr<Target> target = prepare(options, stop);
  if (!target.ok()) return target.status();
  const int pid = target->process.ready().pid;
  StormResult result;
  result.devices = options.devices;
  auto bytes = settled_bytes(pid, still_ms_before, options.settle_timeout_s, stop);
  if (!bytes.ok()) return bytes.status();
  result.rss_bytes_before = *bytes;

  const absl::StatusOr<drill::ArrivalBook> book = drill::ArrivalBook::create(options.devices, 1);
  if (!book.ok()) return book.status();
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  auto swarm = drill::Swarm::create(target->plan, *book, epoll, monotonic_ms());
  if (!swarm.ok()) return swarm.status();
  ResidentWatch watch(pid, StormResult::sample_ms);
  absl::Status connected = connect_all(*target, **swarm, epoll, options, stop, result);
  result.rss_bytes_after = resident_bytes_now(pid);
  watch.end();
  result.rss_bytes_peak = std::max(result.rss_bytes_before, watch.peak());
  result.samples = watch.samples();
  if (connected.ok()) {
    bytes = settled_bytes(pid, still_ms_after, options.settle_timeout_s, stop);
    if (bytes.ok()) result.rss_bytes_settled = *bytes;
    connected = bytes.status();
  }
  swarm->reset();
  close(epoll);
  if (!connected.ok()) return connected;
  return result;
}

}  // namespace tocsin::storm
