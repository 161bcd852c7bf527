#include "api/rounds.h"

#include <functional>
#include <utility>

#include "api/constant_server.h"
#include "api/grpc_sender.h"
#include "api/rest_sender.h"
#include "compare/process_tree.h"

namespace tocsin::api {
namespace {

absl::StatusOr<Senders> rest_senders(const SendPlace& place, uint32_t count) {
  Senders senders;
  for (uint32_t i = 0; i < count; ++i) {
    auto sender = make_rest_sender(place);
    if (!sender.ok()) return sender.status();
    senders.push_back(*std::move(sender));
  }
  return senders;
}

Senders grpc_senders(const SendPlace& place, uint32_t count) {
  Senders senders;
  for (uint32_t i = 0; i < count; ++i) senders.push_back(make_grpc_sender(place));
  return senders;
}

// One of those that take turns.
struct Contestant {
  Senders senders;
  int server_pid = 0;
  std::function<void(Round&, const SendFigures&)> keep;
};

absl::StatusOr<std::vector<Contestant>> contestants(uint32_t connections, const ApiServer& server,
                                                    const compare::PeerProcess* nginx) {
  std::vector<Contestant> all;
  auto rest = rest_senders(server.place(), connections);
  if (!rest.ok()) return rest.status();
  all.push_back({*std::move(rest), server.pid(),
                 [](Round& round, const SendFigures& figures) { round.rest = figures; }});
  all.push_back({grpc_senders(server.place(), connections), server.pid(),
                 [](Round& round, const SendFigures& figures) { round.grpc = figures; }});
  if (nginx == nullptr) return all;
  auto constant = rest_senders(place_of(*nginx, server.place()), connections);
  if (!constant.ok()) return constant.status();
  all.push_back({*std::move(constant), nginx->pid(),
                 [](Round& round, const SendFigures& figures) { round.nginx = figures; }});
  return all;
}

}  // namespace

absl::StatusOr<std::vector<Round>> measure_rounds(const RoundsPlan& plan, const ApiServer& server,
                                                  const std::vector<std::string>& devices,
                                                  const compare::PeerProcess* nginx,
                                                  const drill::StopSignal& stop) {
  const auto all = contestants(plan.connections, server, nginx);
  if (!all.ok()) return all.status();
  std::vector<Round> rounds(plan.rounds);
  for (uint32_t i = 0; i < plan.rounds; ++i) {
    for (size_t turn = 0; turn < all->size(); ++turn) {
      const Contestant& contestant = (*all)[(i + turn) % all->size()];
      const auto figures = measure_sends(contestant.senders, plan.sends, devices,
                                         compare::ProcessTree(contestant.server_pid).pids(), stop);
      if (!figures.ok()) return figures.status();
      contestant.keep(rounds[i], *figures);
    }
  }
  return rounds;
}

}  // namespace tocsin::api
