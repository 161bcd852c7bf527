#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compare/visit.h"
#include "harness/child_process.h"
#include "harness/client/loopback.h"
#include "harness/files.h"
#include "harness/json.h"
#include "harness/server.h"
#include "harness/try.h"

namespace tocsin::bench::compare {
namespace {

constexpr uint32_t look_again_ms = 50;
constexpr int end_ms_max = 20'000;

// What a client that offers what all clients here offer is given, by a server of its own.
absl::StatusOr<std::string> probe_cipher(const Options& options, const StopSignal& stop) {
  TOCSIN_TAKE(const ServerProcess server, ServerProcess::start({options.tocsind}, stop));
  TOCSIN_TAKE(const auto tls, runtime::TlsContext::client(file_text(server.ready().ca_file)));
  TOCSIN_TAKE(const int fd, connect_to_loopback(server.ready().gateway_port));
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  absl::StatusOr<std::string> cipher = shake_hands(tls, fd);
  ::close(fd);
  return cipher;
}

std::vector<std::string> drill_command(const Options& options, const std::string& json) {
  std::vector<std::string> command = {options.drill, "--spawn", options.tocsind, "--workers", "1",
                                      "--priority",  "alert",   "--json",        json};
  const auto add = [&](const char* flag, uint32_t value) {
    command.insert(command.end(), {flag, std::to_string(value)});
  };
  add("--devices", options.devices);
  add("--handshakes", options.handshakes);
  add("--rounds", options.rounds);
  add("--warmup-rounds", options.warmup_rounds);
  add("--payload-bytes", options.payload_bytes);
  add("--connect-timeout-s", options.connect_timeout_s);
  add("--settle-timeout-s", options.settle_timeout_s);
  add("--alert-timeout-ms", options.alert_timeout_ms);
  if (options.keep) command.emplace_back("--keep");
  return command;
}

// The JSON that the drill wrote.
absl::StatusOr<std::string> run_drill(const Options& options, const StopSignal& stop) {
  TOCSIN_TAKE(const TempDir folder, TempDir::create());
  const std::string json = folder.path() + "/drill.json";
  const std::string log = folder.path() + "/drill.log";
  TOCSIN_TAKE(ChildProcess child, ChildProcess::start({drill_command(options, json), log}));
  const auto ended =
      stop.wait_until([&] { return !child.is_running(); }, UINT64_MAX, look_again_ms);
  if (!ended.ok()) child.end(end_ms_max);
  TOCSIN_TRY(ended.status());
  std::string text = file_text(json);
  if (child.end(0) || !text.empty()) return text;
  return absl::UnavailableError(
      fmt::format("tocsin-drill: {}; its log ends:\n{}", child.how_it_ended(), end_of_log(log)));
}

uint64_t count_at(const Json& object, const char* key) {
  return static_cast<uint64_t>(number_at(object, key).value_or(0));
}

Round round_of(const Json& round) {
  return {count_at(round, "delivered"),
          count_at(round, "missing"),
          count_at(round, "duplicates"),
          number_at(round, "server_cpu_us_per_delivery"),
          number_at(round, "server_cpu_us_per_delivery_and_acks"),
          number_at(round, "p50_ms"),
          number_at(round, "p99_ms"),
          number_at(round, "p100_ms")};
}

}  // namespace

absl::StatusOr<Visit> visit_of_drill_json(const std::string& json) {
  const Json drill = parse_object(json);
  if (number_at(drill, "format") != 1.0) {
    return absl::InvalidArgumentError("tocsin-drill's answer is not JSON of format 1");
  }
  const Json memory = object_at(drill, "memory");
  const Json connect = object_at(drill, "connect");
  const auto rounds = drill.find("rounds");
  if (memory.empty() || connect.empty() || rounds == drill.end() || !rounds->is_array()) {
    return absl::InvalidArgumentError("tocsin-drill's answer lacks memory, connect or rounds");
  }
  Visit visit;
  visit.memory_settled = memory.find("settled") != memory.end() && memory["settled"] == true;
  visit.user_bytes_per_connection = number_at(memory, "user_bytes_per_connection");
  visit.kernel_bytes_per_connection = number_at(memory, "kernel_bytes_per_connection");
  visit.connect_s = number_at(connect, "seconds").value_or(0);
  visit.lost_clients = static_cast<uint32_t>(count_at(connect, "reconnects"));
  for (const Json& round : *rounds) visit.rounds.push_back(round_of(round));
  return visit;
}

absl::StatusOr<Visit> visit_tocsin(const Options& options, const StopSignal& stop) {
  TOCSIN_TAKE(const std::string cipher, probe_cipher(options, stop));
  TOCSIN_TAKE(const std::string json, run_drill(options, stop));
  TOCSIN_TAKE(Visit visit, visit_of_drill_json(json));
  visit.cipher = cipher;
  for (size_t i = 0; i < visit.rounds.size(); ++i) {
    const Round& round = visit.rounds[i];
    fmt::print(stderr, "  alert {}: {} of {} in {:.0f} ms, {:.1f} us\n", i + 1, round.delivered,
               options.devices, round.p100_ms.value_or(0), round.cpu_us_per_delivery.value_or(0));
  }
  return visit;
}

std::string tocsin_version(const Options& options) {
  const absl::StatusOr<std::string> version = output_of({options.tocsind, "--version"}, " ");
  return version.ok() && !version->empty() ? *version : "unknown";
}

}  // namespace tocsin::bench::compare
