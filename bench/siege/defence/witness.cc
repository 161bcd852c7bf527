#include "siege/defence/witness.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "harness/try.h"
#include "runtime/http/https_client.h"

namespace tocsin::bench::siege {
namespace {

constexpr int niceness = -10;
constexpr auto look_again = std::chrono::milliseconds(2);
constexpr uint64_t period_ns = 1'000'000'000;
// The attack comes first.
constexpr uint64_t first_ns = 400'000'000;
// Awake so long after its time, a witness was kept by what it did before.
constexpr uint64_t late_ns = 100'000'000;
constexpr uint64_t arrival_timeout_ns = 10'000'000'000;
constexpr uint32_t caller_timeout_ms = 5'000;

void run(const std::stop_token& stop, uint32_t times, const Witness::Act& act) {
  setpriority(PRIO_PROCESS, 0, niceness);
  uint64_t due_ns = monotonic_ns() + first_ns;
  for (uint32_t i = 0; i < times; ++i, due_ns += period_ns) {
    while (monotonic_ns() < due_ns && !stop.stop_requested()) {
      std::this_thread::sleep_for(look_again);
    }
    if (stop.stop_requested()) return;
    act(due_ns);
  }
}

}  // namespace

Witness::Witness(uint32_t times, Act act)
    : thread_(
          [times, act = std::move(act)](const std::stop_token& stop) { run(stop, times, act); }) {}

absl::StatusOr<AlertWitness> AlertWitness::create(const ServerUnderTest& server,
                                                  const drill::ArrivalBook& book,
                                                  std::string mark) {
  TOCSIN_TAKE(ApiClient api, ApiClient::create(server.api_url, server.gateway.ca_pem));
  return AlertWitness(std::move(api), server.keys, book, std::move(mark));
}

void AlertWitness::send(uint64_t due_ns) {
  const auto row = static_cast<uint32_t>(sent_.size());
  const uint64_t now_ns = monotonic_ns();
  const auto sent = api_.send(keys_, {drill::alert_title(mark_, row), "", "alert"});
  const bool was_kept = due_ns != 0 && now_ns > due_ns + late_ns;
  const uint64_t start_ns = was_kept ? due_ns : sent.ok() ? sent->start_ns : now_ns;
  sent_.push_back({row, start_ns, sent.status()});
}

bool AlertWitness::has_all_arrived() const {
  return std::all_of(sent_.begin(), sent_.end(), [this](const Sent& sent) {
    return !sent.status.ok() || book_.got(sent.row) >= book_.devices();
  });
}

AlertWitness::Tally AlertWitness::tally(uint32_t warm_up) const {
  Tally tally;
  for (size_t i = warm_up; i < sent_.size(); ++i) {
    const Sent& sent = sent_[i];
    if (!sent.status.ok()) {
      tally.failure = std::string(sent.status.message());
      continue;
    }
    ++tally.accepted;
    const drill::RoundTally round =
        tally_round(book_, sent.row, {sent.start_ns, arrival_timeout_ns}, 0);
    if (round.delivered < round.expected) continue;
    ++tally.arrived;
    tally.last_ms.add(milliseconds(round.waits_ns).max());
  }
  return tally;
}

void CallerWitness::call() {
  const uint64_t start_ns = monotonic_ns();
  const absl::Status status = call_once();
  if (status.ok()) {
    ++tally_.served;
    tally_.served_ms.add(ms_since(start_ns));
  } else {
    ++tally_.failed;
    tally_.failure = fmt::format("of the callers number {}: {}", tally_.served + tally_.failed,
                                 std::string(status.message()));
  }
}

absl::Status CallerWitness::call_once() const {
  TOCSIN_TAKE(const auto client, runtime::HttpsClient::create({.server = server_.api_url,
                                                               .ca_pem = server_.gateway.ca_pem,
                                                               .timeout_ms = caller_timeout_ms}));
  TOCSIN_TAKE(const runtime::HttpsAnswer answer,
              client->call({.target = "/v1/apps/" + server_.keys.app,
                            .bearer_token = server_.keys.send_key}));
  if (answer.status == 200) return absl::OkStatus();
  return absl::UnavailableError(
      fmt::format("answered {}: {}", answer.status, answer.body.substr(0, 100)));
}

}  // namespace tocsin::bench::siege
