#include "api/run.h"

#include <algorithm>
#include <fmt/format.h>
#include <sys/resource.h>
#include <utility>

#include "api/api_server.h"
#include "api/constant_server.h"
#include "api/devices.h"
#include "api/grpc_sender.h"
#include "api/list_sender.h"
#include "api/message_text.h"
#include "api/rest_sender.h"

namespace tocsin::api {
namespace {

// What an HttpsClient has open (a socket, and libcurl's to be woken by), and what this process has
// besides.
constexpr uint64_t files_per_connection = 4;
constexpr uint64_t other_files = 256;
// A tag that no device has, for when only the size of the answer matters.
constexpr char nobody[] = "nobody";

absl::Status raise_files_limit(const Options& options) {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return absl::OkStatus();
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  // Idle ones are held to tocsind or to nginx; those of the rounds to both and over gRPC.
  const uint64_t connections = std::max<uint64_t>(options.idle + options.idle_channels,
                                                  uint64_t{3} * options.plan.connections);
  const uint64_t wanted = connections * files_per_connection + other_files;
  if (files.rlim_max >= wanted) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("a process may open {} files, and {} connections need {}: raise it with "
                  "ulimit -n, or take fewer connections",
                  files.rlim_max, connections, wanted));
}

absl::StatusOr<std::unique_ptr<ApiServer>> start_server(const Options& options,
                                                        const drill::StopSignal& stop) {
  return ApiServer::start(options.server, options.payload_bytes, stop);
}

// nginx with the answer that `server` gives; null, and the reason in the report, when it is not
// installed.
absl::StatusOr<std::unique_ptr<compare::PeerProcess>> start_nginx(const Options& options,
                                                                  const ApiServer& server,
                                                                  Report& report,
                                                                  const drill::StopSignal& stop) {
  const auto client = make_client(server.place(), limits::http_answer_ms_default);
  if (!client.ok()) return client.status();
  const auto answer = (*client)->call(send_call(server.place(), "tag", nobody));
  if (!answer.ok()) return answer.status();
  if (absl::Status accepted = check_accepted(*answer); !accepted.ok()) return accepted;
  auto nginx = start_constant_server(options.settings, answer->body, stop);
  if (absl::IsNotFound(nginx.status())) {
    report.nginx_absence = std::string(nginx.status().message());
    return nullptr;
  }
  if (!nginx.ok()) return nginx.status();
  report.nginx_version = compare::packaged_version(compare::Server::nginx);
  return std::make_unique<compare::PeerProcess>(*std::move(nginx));
}

absl::Status run_idle_of_tocsind(const Options& options, const ApiServer& server, IdleCost& idle,
                                 const drill::StopSignal& stop) {
  // Held until all is measured: memory that one frees would hide what the next takes.
  Senders held;
  const auto rest = bytes_per_connection(
      server.pid(), options.idle, [&server] { return make_rest_sender(server.place()); }, held,
      stop);
  if (!rest.ok()) return rest.status();
  idle.rest_bytes = *rest;
  const auto grpc = bytes_per_connection(
      server.pid(), options.idle_channels, [&server] { return make_grpc_sender(server.place()); },
      held, stop);
  if (!grpc.ok()) return grpc.status();
  idle.grpc_bytes = *grpc;
  return absl::OkStatus();
}

absl::Status run_idle(const Options& options, Report& report, const drill::StopSignal& stop) {
  const auto server = start_server(options, stop);
  if (!server.ok()) return server.status();
  const auto nginx = start_nginx(options, **server, report, stop);
  if (!nginx.ok()) return nginx.status();
  IdleCost idle;
  if (auto status = run_idle_of_tocsind(options, **server, idle, stop); !status.ok()) return status;
  if (*nginx != nullptr) {
    Senders held;
    const SendPlace place = place_of(**nginx, (*server)->place());
    const auto bytes = bytes_per_connection(
        (*nginx)->pid(), options.idle, [&place] { return make_rest_sender(place); }, held, stop);
    if (!bytes.ok()) return bytes.status();
    idle.nginx_bytes = *bytes;
  }
  report.idle = idle;
  return absl::OkStatus();
}

absl::Status run_sends(const Options& options, Report& report, const drill::StopSignal& stop) {
  const auto server = start_server(options, stop);
  if (!server.ok()) return server.status();
  const auto devices =
      register_devices(**server, options.listener_path(), options.registered, stop);
  if (!devices.ok()) return devices.status();
  const auto nginx = start_nginx(options, **server, report, stop);
  if (!nginx.ok()) return nginx.status();
  auto rounds = measure_rounds(options.plan, **server, *devices, nginx->get(), stop);
  if (!rounds.ok()) return rounds.status();
  report.rounds = *std::move(rounds);
  return absl::OkStatus();
}

// Make the list for a server.
using MakeList = absl::StatusOr<std::unique_ptr<ListSender>> (*)(const SendPlace& place,
                                                                 std::span<const std::string> ids,
                                                                 uint32_t ids_per_piece);

absl::StatusOr<ListCost> run_list(const Options& options, MakeList make,
                                  const drill::StopSignal& stop) {
  const auto server = start_server(options, stop);
  if (!server.ok()) return server.status();
  const auto devices =
      register_devices(**server, options.listener_path(), options.registered, stop);
  if (!devices.ok()) return devices.status();
  const auto online = OnlineDevices::start(**server, options.listener_path(), options.online, stop);
  if (!online.ok()) return online.status();
  const auto list =
      make((*server)->place(), ids_with(*devices, options.list_ids), options.ids_per_piece);
  if (!list.ok()) return list.status();
  return measure_list(**server, **list, devices->size(), *online, stop);
}

absl::Status run_lists(const Options& options, Report& report, const drill::StopSignal& stop) {
  const auto rest = run_list(options, make_rest_list, stop);
  if (!rest.ok()) return rest.status();
  report.list_rest = *rest;
  const auto grpc = run_list(options, make_grpc_list, stop);
  if (!grpc.ok()) return grpc.status();
  report.list_grpc = *grpc;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Report> run(const Options& options, const drill::StopSignal& stop) {
  Report report;
  report.options = options;
  absl::Status status = raise_files_limit(options);
  if (status.ok() && options.has("idle")) status = run_idle(options, report, stop);
  if (status.ok() && options.has("sends")) status = run_sends(options, report, stop);
  if (status.ok() && options.has("list")) status = run_lists(options, report, stop);
  if (!status.ok()) return status;
  return report;
}

}  // namespace tocsin::api
