#include "storage/accept_race.h"

#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/prng.h"
#include "storage/bare_store.h"
#include "storage/installation.h"
#include "storage/log_records.h"

namespace tocsin::storage_bench {
namespace {

// So many that no inbox of theirs gets full.
constexpr uint64_t devices = 10'000;

double seconds_since(uint64_t start_ns) {
  return static_cast<double>(monotonic_ns() - start_ns) / 1e9;
}

// Callers that each have one send under way, on the dispatcher's partition.
class Callers {
 public:
  Callers(Installation& installation, const Fleet& fleet, const AcceptOptions& options)
      : installation_(installation), fleet_(fleet), options_(options) {}

  // Make `sends` sends; returns the seconds until the last answer.
  absl::StatusOr<double> send_all(uint32_t sends) {
    std::promise<void> done;
    done_ = &done;
    unsent_ = unanswered_ = sends;
    const uint64_t start_ns = monotonic_ns();
    installation_.peer().post([this] {
      for (uint32_t caller = 0; caller < options_.callers; ++caller) send_next();
    });
    done.get_future().wait();
    const double seconds = seconds_since(start_ns);
    if (!failure_.ok()) return failure_;
    return seconds;
  }

  std::string next_record() {
    const DeviceId device = fleet_.id_of(prng_.below(fleet_.devices()));
    const uint64_t now_ms = wall_ms();
    return send_to_device({ids_.next(now_ms), now_ms, options_.payload_bytes}, device);
  }

 private:
  void send_next() {
    if (unsent_ == 0) return;
    --unsent_;
    installation_.log().append(next_record(), [this](absl::StatusOr<cluster::Position> position) {
      installation_.peer().post([this, status = position.status()] { on_answer(status); });
    });
  }

  void on_answer(const absl::Status& status) {
    if (!status.ok()) failure_ = status;
    if (--unanswered_ == 0) return done_->set_value();
    send_next();
  }

  Installation& installation_;
  const Fleet& fleet_;
  const AcceptOptions& options_;
  Prng prng_{1};
  MessageIdSource ids_{1};
  uint32_t unsent_ = 0;
  uint32_t unanswered_ = 0;
  absl::Status failure_;
  std::promise<void>* done_ = nullptr;
};

struct Samples {
  std::vector<double> sends_per_s, applied_per_s, puts_per_s, ratio, applied_ratio;
};

class Race {
 public:
  Race(Installation& installation, BareStore& bare, const Fleet& fleet,
       const AcceptOptions& options)
      : installation_(installation),
        bare_(bare),
        options_(options),
        sends_(std::max(1u, options.sends / options.callers) * options.callers),
        callers_(installation, fleet, options),
        record_bytes_(static_cast<uint32_t>(callers_.next_record().size())) {}

  uint32_t record_bytes() const { return record_bytes_; }
  uint32_t sends() const { return sends_; }

  absl::Status run_round(bool bare_first, Samples& samples) {
    double bare_s = 0;
    if (bare_first) {
      if (auto status = put(bare_s); !status.ok()) return status;
    }
    const uint64_t start_ns = monotonic_ns();
    const auto accepted_s = callers_.send_all(sends_);
    if (!accepted_s.ok()) return accepted_s.status();
    // Storage answers behind everything that was durable by now.
    installation_.counts();
    const double applied_s = seconds_since(start_ns);
    if (!bare_first) {
      if (auto status = put(bare_s); !status.ok()) return status;
    }
    samples.sends_per_s.push_back(sends_ / *accepted_s);
    samples.applied_per_s.push_back(sends_ / applied_s);
    samples.puts_per_s.push_back(sends_ / bare_s);
    samples.ratio.push_back(bare_s / *accepted_s);
    samples.applied_ratio.push_back(bare_s / applied_s);
    return absl::OkStatus();
  }

 private:
  absl::Status put(double& seconds) {
    const auto taken = bare_.put_all(options_.callers, sends_, record_bytes_);
    if (taken.ok()) seconds = *taken;
    return taken.status();
  }

  Installation& installation_;
  BareStore& bare_;
  const AcceptOptions& options_;
  const uint32_t sends_;
  Callers callers_;
  const uint32_t record_bytes_;
};

absl::Status register_devices(Installation& installation, const Fleet& fleet) {
  const uint64_t now_ms = wall_ms();
  if (auto status = installation.append(app_created(now_ms)); !status.ok()) return status;
  for (uint64_t number = 0; number + 1 < fleet.devices(); ++number) {
    installation.log().append(fleet.registration(number, now_ms), [](const auto&) {});
  }
  // Behind all of them.
  auto status = installation.append(fleet.registration(fleet.devices() - 1, now_ms));
  if (!status.ok()) return status;
  if (installation.counts().devices() == fleet.devices()) return status;
  return absl::InternalError("not all devices could be registered");
}

// Counts the log's commits, each of which is one sync.
std::shared_ptr<std::atomic<uint64_t>> count_commits(cluster::Log& log, absl::Status& status) {
  auto commits = std::make_shared<std::atomic<uint64_t>>(0);
  status = log.subscribe(log.last(), [commits](const cluster::LogBatch&) { ++*commits; });
  return commits;
}

}  // namespace

absl::StatusOr<AcceptResult> race_accepts(const std::string& folder, const AcceptOptions& options) {
  const Fleet fleet(devices, Fleet::tags_min);
  auto installation = Installation::open(folder + "/tocsin", 0);
  if (!installation.ok()) return installation.status();
  if (auto status = register_devices(**installation, fleet); !status.ok()) return status;
  auto bare = BareStore::open(folder + "/bare");
  if (!bare.ok()) return bare.status();
  Race race(**installation, **bare, fleet, options);
  Samples unused;
  if (auto status = race.run_round(true, unused); !status.ok()) return status;
  absl::Status subscribed;
  const auto commits = count_commits((*installation)->log(), subscribed);
  if (!subscribed.ok()) return subscribed;
  const uint64_t syncs_before = (*bare)->syncs();
  Samples samples;
  for (uint32_t round = 0; round < options.rounds; ++round) {
    if (auto status = race.run_round(round % 2 == 0, samples); !status.ok()) return status;
  }
  const double all = static_cast<double>(race.sends()) * options.rounds;
  AcceptResult result;
  result.record_bytes = race.record_bytes();
  result.sends_per_s = figures::spread_of(std::move(samples.sends_per_s));
  result.applied_per_s = figures::spread_of(std::move(samples.applied_per_s));
  result.puts_per_s = figures::spread_of(std::move(samples.puts_per_s));
  result.ratio = figures::spread_of(std::move(samples.ratio));
  result.applied_ratio = figures::spread_of(std::move(samples.applied_ratio));
  result.sends_per_sync = all / static_cast<double>(commits->load());
  result.puts_per_sync = all / static_cast<double>((*bare)->syncs() - syncs_before);
  return result;
}

}  // namespace tocsin::storage_bench
