#include "drill/coordinator/server_fleet.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <latch>
#include <numeric>
#include <thread>

#include "base/clock.h"
#include "drill/coordinator/fleet_plan.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
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
  for (const auto& [key, value] : small_arguments) {
    if (servers > 1 && !is_given(given, key)) arguments.insert(arguments.end(), {key, value});
  }
  arguments.insert(arguments.end(), given.begin(), given.end());
  return arguments;
}

absl::StatusOr<ServerFleet> ServerFleet::prepare(const Options& options,
                                                 const std::vector<Share>& shares,
                                                 const StopSignal& stop) {
  ServerFleet fleet(shares);
  const ServerProcess::Options spawn{
      options.spawn, spawn_arguments(options.spawn_args, shares.size()), false, options.keep};
  for (size_t i = 0; i < shares.size(); ++i) {
    TOCSIN_TAKE(ServerUnderTest server, options.spawn.empty()
                                            ? ServerUnderTest::use_running(options.server)
                                            : ServerUnderTest::spawn(spawn, "drill", stop));
    if (options.keep) {
      fmt::print(stderr, "the server's directory: {}\n", server.process->directory());
    }
    fleet.servers_.push_back(std::move(server));
  }
  if (shares.size() > 1) fmt::print(stderr, "{} servers are up\n", shares.size());
  return fleet;
}

ServerFleet::~ServerFleet() {
  for (ServerUnderTest& server : servers_) {
    if (server.process.has_value()) server.process->ask_to_end();
  }
}

absl::StatusOr<SentToAll> ServerFleet::send(const AlertRequest& request) {
  for (ServerUnderTest& server : servers_) TOCSIN_TRY(server.api.warm_up(server.keys));
  std::vector<absl::StatusOr<SentAlert>> sent(servers_.size());
  const auto send_to = [&](size_t i) { sent[i] = servers_[i].api.send(servers_[i].keys, request); };
  // The first is sent from this thread, so that a drill of one server has no other.
  std::latch go(1);
  std::vector<std::jthread> threads;
  for (size_t i = 1; i < servers_.size(); ++i) {
    threads.emplace_back([&, i] {
      go.wait();
      send_to(i);
    });
  }
  SentToAll all;
  all.start_ns = monotonic_ns();
  go.count_down();
  send_to(0);
  threads.clear();
  if (servers_.size() == 1 && sent[0].ok()) all.start_ns = sent[0]->start_ns;
  for (const absl::StatusOr<SentAlert>& one : sent) {
    TOCSIN_TRY(one.status());
    all.message_ids.push_back(one->message_id);
    all.end_ns = std::max(all.end_ns, one->end_ns);
  }
  return all;
}

std::vector<std::optional<Books>> ServerFleet::books(const std::vector<std::string>& message_ids) {
  std::vector<std::optional<Books>> all(servers_.size());
  for (size_t i = 0; i < servers_.size() && i < message_ids.size(); ++i) {
    const auto books = servers_[i].api.books(servers_[i].keys, message_ids[i]);
    if (books.ok()) all[i] = *books;
  }
  return all;
}

std::vector<double> ServerFleet::metrics(const std::string& name, const std::string& label) {
  std::vector<double> all;
  for (ServerUnderTest& server : servers_) {
    if (server.admin_key.empty()) return {};
    const auto values = server.api.metrics(server.admin_key, name, label);
    if (!values.ok() || values->empty()) return {};
    all.insert(all.end(), values->begin(), values->end());
  }
  return all;
}

std::optional<uint64_t> ServerFleet::closed_as_slow() {
  const std::vector<double> closed = metrics("tocsin_connections_slow_total", "");
  if (closed.empty()) return std::nullopt;
  return static_cast<uint64_t>(std::accumulate(closed.begin(), closed.end(), 0.0));
}

std::vector<double> ServerFleet::fan_out_s(const std::string& priority) {
  return metrics("tocsin_cast_fan_out_seconds_sum", fmt::format("priority=\"{}\"", priority));
}

absl::Status ServerFleet::check() {
  for (ServerUnderTest& server : servers_) TOCSIN_TRY(server.check());
  return absl::OkStatus();
}

std::vector<Gateway> ServerFleet::gateways_for(const Share& share) const {
  std::vector<Gateway> gateways;
  for (const Overlap& overlap : overlaps_of(share, shares_)) {
    gateways.push_back(servers_[overlap.part].gateway_for(overlap.share.count));
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

}  // namespace tocsin::bench::drill
