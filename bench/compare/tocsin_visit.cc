#include "compare/tocsin_visit.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <netinet/in.h>
#include <optional>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "compare/peer_handshake.h"
#include "compare/program_output.h"
#include "drill/child_process.h"
#include "drill/server_process.h"
#include "drill/temp_dir.h"
#include "runtime/tls/tls_handshake.h"

namespace tocsin::compare {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr int look_again_ms = 50;
constexpr int end_ms_max = 20'000;
constexpr size_t log_end_bytes = 1500;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

absl::Status socket_error(const char* what) {
  return absl::UnavailableError(fmt::format("{}: {}", what, strerror(errno)));
}

// One handshake of the SDK's kind over a blocking socket.
absl::StatusOr<std::string> shake_hands(int fd, const std::string& ca_pem) {
  const absl::StatusOr<runtime::TlsContext> tls = runtime::TlsContext::client(ca_pem);
  if (!tls.ok()) return tls.status();
  const auto handshake = runtime::TlsHandshake::client(*tls, "127.0.0.1");
  std::array<uint8_t, 4096> buffer;
  Bytes out;
  ssize_t n = 0;
  while (handshake->feed({buffer.data(), static_cast<size_t>(n)}, out) ==
         runtime::TlsHandshake::Step::more) {
    if (send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) return socket_error("send");
    out.clear();
    n = recv(fd, buffer.data(), buffer.size(), 0);
    if (n <= 0) return absl::UnavailableError("the server does not answer the handshake");
  }
  if (handshake->step() == runtime::TlsHandshake::Step::failed) return handshake->error();
  wire::TlsEngine engine;
  const absl::StatusOr<runtime::Detached> left = handshake->detach(engine);
  if (!left.ok()) return left.status();
  return name_of(left->session.suite());
}

// What a client that offers what all clients here offer is given.
absl::StatusOr<std::string> cipher_of(const drill::ServerReady& server) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return socket_error("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server.gateway_port);
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  absl::StatusOr<std::string> cipher =
      connected ? shake_hands(fd, file_text(server.ca_file)) : socket_error("connect");
  ::close(fd);
  return cipher;
}

// One server of its own, for one handshake.
absl::StatusOr<std::string> probe_cipher(const Options& options, const drill::StopSignal& stop) {
  const absl::StatusOr<drill::ServerProcess> server =
      drill::ServerProcess::start(options.tocsind, {}, false, stop);
  if (!server.ok()) return server.status();
  return cipher_of(server->ready());
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
absl::StatusOr<std::string> run_drill(const Options& options, const drill::StopSignal& stop) {
  const absl::StatusOr<drill::TempDir> folder = drill::TempDir::create();
  if (!folder.ok()) return folder.status();
  const std::string json = folder->path() + "/drill.json";
  drill::ChildProcess::Options child_options;
  child_options.command = drill_command(options, json);
  child_options.log_file = folder->path() + "/drill.log";
  absl::StatusOr<drill::ChildProcess> child = drill::ChildProcess::start(child_options);
  if (!child.ok()) return child.status();
  while (child->is_running()) {
    if (!stop.sleep_ms(look_again_ms)) continue;
    child->end(end_ms_max);
    return absl::CancelledError("interrupted");
  }
  std::string text = file_text(json);
  if (child->end(0) || !text.empty()) return text;
  const std::string log = file_text(child_options.log_file);
  return absl::UnavailableError(
      fmt::format("tocsin-drill: {}; its log ends:\n{}", child->how_it_ended(),
                  log.substr(log.size() - std::min(log.size(), log_end_bytes))));
}

// nullptr when it is not there.
const Value* value_at(const Struct& object, const char* key) {
  const auto found = object.fields().find(key);
  return found == object.fields().end() ? nullptr : &found->second;
}

std::optional<double> number_at(const Struct& object, const char* key) {
  const Value* value = value_at(object, key);
  if (value == nullptr || !value->has_number_value()) return std::nullopt;
  return value->number_value();
}

uint64_t count_at(const Struct& object, const char* key) {
  return static_cast<uint64_t>(number_at(object, key).value_or(0));
}

Round round_of(const Struct& round) {
  return {count_at(round, "delivered"),
          count_at(round, "missing"),
          count_at(round, "duplicates"),
          number_at(round, "server_cpu_us_per_delivery"),
          number_at(round, "server_cpu_us_per_delivery_and_acks"),
          number_at(round, "p50_ms").value_or(0),
          number_at(round, "p99_ms").value_or(0),
          number_at(round, "p100_ms").value_or(0)};
}

}  // namespace

absl::StatusOr<Visit> visit_of_drill_json(std::string_view json) {
  Struct drill;
  if (!google::protobuf::util::JsonStringToMessage(std::string(json), &drill).ok() ||
      number_at(drill, "format") != 1.0) {
    return absl::InvalidArgumentError("tocsin-drill's answer is not JSON of format 1");
  }
  const Value* memory = value_at(drill, "memory");
  const Value* connect = value_at(drill, "connect");
  const Value* rounds = value_at(drill, "rounds");
  if (memory == nullptr || connect == nullptr || rounds == nullptr) {
    return absl::InvalidArgumentError("tocsin-drill's answer lacks memory, connect or rounds");
  }
  Visit visit;
  const Value* settled = value_at(memory->struct_value(), "settled");
  visit.memory_settled = settled != nullptr && settled->bool_value();
  visit.user_bytes = number_at(memory->struct_value(), "user_bytes_per_connection");
  visit.kernel_bytes = number_at(memory->struct_value(), "kernel_bytes_per_connection");
  visit.connect_s = number_at(connect->struct_value(), "seconds").value_or(0);
  visit.lost_clients = static_cast<uint32_t>(count_at(connect->struct_value(), "reconnects"));
  for (const Value& round : rounds->list_value().values()) {
    visit.rounds.push_back(round_of(round.struct_value()));
  }
  return visit;
}

absl::StatusOr<Visit> visit_tocsin(const Options& options, const drill::StopSignal& stop) {
  const absl::StatusOr<std::string> cipher = probe_cipher(options, stop);
  if (!cipher.ok()) return cipher.status();
  const absl::StatusOr<std::string> json = run_drill(options, stop);
  if (!json.ok()) return json.status();
  absl::StatusOr<Visit> visit = visit_of_drill_json(*json);
  if (!visit.ok()) return visit.status();
  visit->cipher = *cipher;
  for (size_t i = 0; i < visit->rounds.size(); ++i) {
    const Round& round = visit->rounds[i];
    fmt::print(stderr, "  alert {}: {} of {} in {:.0f} ms, {:.1f} us\n", i + 1, round.delivered,
               options.devices, round.p100_ms, round.cpu_us_per_delivery.value_or(0));
  }
  return visit;
}

std::string tocsin_version(const Options& options) {
  const absl::StatusOr<std::string> version = output_of({options.tocsind, "--version"}, " ");
  return version.ok() && !version->empty() ? *version : "unknown";
}

}  // namespace tocsin::compare
