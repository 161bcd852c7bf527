#include "drill/server_fleet.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <latch>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace tocsin::drill {
namespace {

// One of many: a thread of each kind, because the machine has a core for few of them.
constexpr std::pair<const char*, const char*> small_arguments[] = {
    {"--gateway_shards", "1"}, {"--handshake_threads", "1"}, {"--log_level", "warning"}};

bool is_given(const std::vector<std::string>& arguments, const std::string& key) {
  return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
    return argument == key || argument.starts_with(key + "=");
  });
}

}  // namespace

std::vector<std::string> spawn_arguments(const std::vector<std::string>& given, size_t servers) {
  std::vector<std::string> arguments;
  if (servers > 1) {
    for (const auto& [key, value] : small_arguments) {
      if (is_given(given, key)) continue;
      arguments.emplace_back(key);
      arguments.emplace_back(value);
    }
  }
  arguments.insert(arguments.end(), given.begin(), given.end());
  return arguments;
}

absl::StatusOr<ServerFleet> ServerFleet::prepare(const Options& options,
                                                 const std::vector<Share>& shares,
                                                 const StopSignal& stop) {
  ServerFleet fleet;
  fleet.shares_ = shares;
  const std::vector<std::string> arguments = spawn_arguments(options.spawn_args, shares.size());
  for (size_t i = 0; i < shares.size(); ++i) {
    absl::StatusOr<ServerUnderTest> server = options.spawn.empty()
                                                 ? use_running_server(options.server)
                                                 : spawn_server(options, arguments, stop);
    if (!server.ok()) return server.status();
    fleet.servers_.push_back(*std::move(server));
    if (options.keep) {
      fmt::print(stderr, "the server's directory: {}\n",
                 fleet.servers_.back().process->directory());
    }
  }
  if (shares.size() > 1) fmt::print(stderr, "{} servers are up\n", shares.size());
  return fleet;
}

ServerFleet::~ServerFleet() {
  for (ServerUnderTest& server : servers_) {
    if (server.process.has_value()) server.process->ask_to_end();
  }
}

absl::Status ServerFleet::warm_up() {
  for (ServerUnderTest& server : servers_) {
    if (absl::Status warmed = server.api.warm_up(server.keys); !warmed.ok()) return warmed;
  }
  return absl::OkStatus();
}

absl::StatusOr<SentToAll> ServerFleet::send(const AlertRequest& request) {
  if (absl::Status warmed = warm_up(); !warmed.ok()) return warmed;
  std::vector<absl::StatusOr<SentAlert>> sent(servers_.size(), absl::UnknownError("not sent"));
  // The first is sent from this thread, so that a drill of one server has no other.
  std::latch go(1);
  std::vector<std::jthread> threads;
  for (size_t i = 1; i < servers_.size(); ++i) {
    threads.emplace_back([&, i] {
      go.wait();
      sent[i] = servers_[i].api.send(servers_[i].keys, request);
    });
  }
  SentToAll all;
  all.start_ns = monotonic_ns();
  go.count_down();
  sent[0] = servers_[0].api.send(servers_[0].keys, request);
  threads.clear();
  if (servers_.size() == 1 && sent[0].ok()) all.start_ns = sent[0]->start_ns;
  for (const absl::StatusOr<SentAlert>& one : sent) {
    if (!one.ok()) return one.status();
    all.message_ids.push_back(one->message_id);
    all.end_ns = std::max(all.end_ns, one->end_ns);
  }
  return all;
}

std::vector<std::optional<Books>> ServerFleet::books(const std::vector<std::string>& message_ids) {
  std::vector<std::optional<Books>> all(servers_.size());
  for (size_t i = 0; i < servers_.size() && i < message_ids.size(); ++i) {
    const absl::StatusOr<Books> books = servers_[i].api.books(servers_[i].keys, message_ids[i]);
    if (books.ok()) all[i] = *books;
  }
  return all;
}

std::optional<uint64_t> ServerFleet::closed_as_slow() {
  uint64_t total = 0;
  for (ServerUnderTest& server : servers_) {
    if (server.admin_key.empty()) return std::nullopt;
    const auto closed = server.api.metric(server.admin_key, "tocsin_connections_slow_total");
    if (!closed.ok()) return std::nullopt;
    total += static_cast<uint64_t>(*closed);
  }
  return total;
}

std::vector<double> ServerFleet::fan_out_s(const std::string& priority) {
  std::vector<double> all;
  for (ServerUnderTest& server : servers_) {
    if (server.admin_key.empty()) return {};
    const auto shards = server.api.metrics(server.admin_key, "tocsin_cast_fan_out_seconds_sum",
                                           fmt::format("priority=\"{}\"", priority));
    if (!shards.ok() || shards->empty()) return {};
    all.insert(all.end(), shards->begin(), shards->end());
  }
  return all;
}

absl::Status ServerFleet::check() {
  for (ServerUnderTest& server : servers_) {
    if (!server.process.has_value() || server.process->is_running()) continue;
    return absl::UnavailableError(fmt::format(
        "the server ended during the drill; its log ends:\n{}", server.process->log_end()));
  }
  return absl::OkStatus();
}

std::vector<Gateway> ServerFleet::gateways_for(const Share& share) const {
  std::vector<Gateway> gateways;
  for (const Overlap& overlap : overlaps_of(share, shares_)) {
    const ServerUnderTest& server = servers_[overlap.part];
    gateways.push_back({overlap.share.count, server.gateway.address, server.gateway.port,
                        server.gateway.name, server.ca_pem, server.registration_key});
  }
  return gateways;
}

std::vector<int> ServerFleet::pids() const {
  std::vector<int> pids;
  for (const ServerUnderTest& server : servers_) {
    if (server.pid != 0) pids.push_back(server.pid);
  }
  return pids;
}

}  // namespace tocsin::drill
