#include <algorithm>
#include <atomic>
#include <fmt/format.h>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/statistics.h>

#include "base/clock.h"
#include "base/prng.h"
#include "harness/figures.h"
#include "harness/try.h"
#include "storage/installation.h"
#include "storage/parts.h"

namespace tocsin::bench::storage_bench {
namespace {

// So many that no inbox of theirs gets full.
constexpr uint64_t devices = 10'000;

// RocksDB with its own defaults and its own write-ahead log, put into by many threads that each wait
// until the put is synced: what accepting a send would cost if it were only that. RocksDB writes
// what waits meanwhile together, with one sync, as our log does.
class BareStore {
 public:
  // A new one.
  static absl::StatusOr<std::unique_ptr<BareStore>> open(const std::string& folder) {
    std::unique_ptr<BareStore> store(new BareStore());
    store->statistics_->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
    rocksdb::Options options;
    options.create_if_missing = true;
    options.statistics = store->statistics_;
    rocksdb::DB* db = nullptr;
    TOCSIN_TRY(to_status(rocksdb::DB::Open(options, folder, &db)));
    store->db_.reset(db);
    return store;
  }

  // Put `puts` / `callers` values by each of `callers` threads; returns the seconds it took from
  // when all threads were there.
  absl::StatusOr<double> put_all(uint32_t callers, uint32_t puts, uint32_t value_bytes) {
    ++round_;
    const std::string value(value_bytes, 'v');
    std::vector<rocksdb::Status> statuses(callers);
    std::vector<std::thread> threads;
    std::latch all_there(callers + 1);
    for (uint32_t caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        all_there.arrive_and_wait();
        statuses[caller] = put_some(caller, puts / callers, value);
      });
    }
    all_there.arrive_and_wait();
    const uint64_t start_ns = monotonic_ns();
    for (std::thread& thread : threads) thread.join();
    const double seconds = seconds_since(start_ns);
    for (const rocksdb::Status& status : statuses) TOCSIN_TRY(to_status(status));
    return seconds;
  }

  // Made so far.
  uint64_t syncs() const { return statistics_->getTickerCount(rocksdb::WAL_FILE_SYNCED); }

 private:
  BareStore() = default;
  static absl::Status to_status(const rocksdb::Status& status) {
    if (status.ok()) return absl::OkStatus();
    return absl::UnavailableError("bare RocksDB: " + status.ToString());
  }

  rocksdb::Status put_some(uint32_t caller, uint32_t puts, const std::string& value) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    for (uint32_t number = 0; number < puts; ++number) {
      // As long as the key of a device's message in our store.
      const std::string key = fmt::format("{:04x}{:04x}{:08x}", round_, caller, number);
      const rocksdb::Status status = db_->Put(synced, key, value);
      if (!status.ok()) return status;
    }
    return rocksdb::Status::OK();
  }

  std::shared_ptr<rocksdb::Statistics> statistics_ = rocksdb::CreateDBStatistics();
  std::unique_ptr<rocksdb::DB> db_;
  uint32_t round_ = 0;
};

// Callers that each have one send under way, on the dispatcher's partition.
class Callers {
 public:
  Callers(Installation& installation, const Fleet& fleet, const Options& options)
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
  const Options& options_;
  Prng prng_{1};
  MessageIdSource ids_{1};
  uint32_t unsent_ = 0;
  uint32_t unanswered_ = 0;
  absl::Status failure_;
  std::promise<void>* done_ = nullptr;
};

struct Samples {
  uint32_t record_bytes = 0;
  Series sends_per_s;
  Series applied_per_s;
  Series puts_per_s;
  Series ratio;
  Series applied_ratio;
  double sends_per_sync = 0;
  double puts_per_sync = 0;
};
BOOST_DESCRIBE_STRUCT(Samples, (),
                      (record_bytes, sends_per_s, applied_per_s, puts_per_s, ratio, applied_ratio,
                       sends_per_sync, puts_per_sync))

class Race {
 public:
  Race(Installation& installation, BareStore& bare, const Fleet& fleet, const Options& options)
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
    if (bare_first) TOCSIN_TRY(put(bare_s));
    const uint64_t start_ns = monotonic_ns();
    TOCSIN_TAKE(const double accepted_s, callers_.send_all(sends_));
    // Storage answers after everything that was durable by now.
    installation_.counts();
    const double applied_s = seconds_since(start_ns);
    if (!bare_first) TOCSIN_TRY(put(bare_s));
    samples.sends_per_s.add(sends_ / accepted_s);
    samples.applied_per_s.add(sends_ / applied_s);
    samples.puts_per_s.add(sends_ / bare_s);
    samples.ratio.add(bare_s / accepted_s);
    samples.applied_ratio.add(bare_s / applied_s);
    return absl::OkStatus();
  }

 private:
  absl::Status put(double& seconds) {
    TOCSIN_TAKE(seconds, bare_.put_all(options_.callers, sends_, record_bytes_));
    return absl::OkStatus();
  }

  Installation& installation_;
  BareStore& bare_;
  const Options& options_;
  const uint32_t sends_;
  Callers callers_;
  const uint32_t record_bytes_;
};

absl::Status register_devices(Installation& installation, const Fleet& fleet) {
  const uint64_t now_ms = wall_ms();
  TOCSIN_TRY(installation.append(app_created(now_ms)));
  for (uint64_t number = 0; number + 1 < fleet.devices(); ++number) {
    installation.log().append(fleet.registration(number, now_ms), [](const auto&) {});
  }
  // Behind all of them.
  TOCSIN_TRY(installation.append(fleet.registration(fleet.devices() - 1, now_ms)));
  if (installation.counts().devices() == fleet.devices()) return absl::OkStatus();
  return absl::InternalError("not all devices could be registered");
}

void tell(const Samples& samples, Findings& findings) {
  findings.document["accept"] = samples;
  findings.measures.update(Json{{"accept_per_s", samples.sends_per_s.median()},
                                {"accept_ratio_to_bare", samples.ratio.median()},
                                {"applied_ratio_to_bare", samples.applied_ratio.median()}});
  findings.table +=
      fmt::format("Accept, records of {} bytes: median (min-max)\n", samples.record_bytes) +
      range_line("durable sends per s", samples.sends_per_s, 0,
                 fmt::format(", {:.1f} a sync", samples.sends_per_sync)) +
      range_line("bare RocksDB puts per s", samples.puts_per_s, 0,
                 fmt::format(", {:.1f} a sync", samples.puts_per_sync)) +
      range_line("ratio", samples.ratio, 3) +
      range_line("sends per s until applied", samples.applied_per_s, 0) +
      range_line("ratio", samples.applied_ratio, 3);
}

}  // namespace

absl::Status race_accepts(const std::string& folder, const Options& options, Findings& findings) {
  const Fleet fleet(devices, Fleet::tags_min);
  TOCSIN_TAKE(const auto installation, Installation::open(folder + "/tocsin", 0));
  TOCSIN_TRY(register_devices(*installation, fleet));
  TOCSIN_TAKE(const auto bare, BareStore::open(folder + "/bare"));
  Race race(*installation, *bare, fleet, options);
  Samples unused;
  TOCSIN_TRY(race.run_round(true, unused));
  // Each commit of the log is one sync.
  auto commits = std::make_shared<std::atomic<uint64_t>>(0);
  cluster::Log& log = installation->log();
  TOCSIN_TRY(log.subscribe(log.last(), [commits](const cluster::LogBatch&) { ++*commits; }));
  const uint64_t syncs_before = bare->syncs();
  Samples samples;
  samples.record_bytes = race.record_bytes();
  for (uint32_t round = 0; round < options.rounds; ++round) {
    TOCSIN_TRY(race.run_round(round % 2 == 0, samples));
  }
  const double all = static_cast<double>(race.sends()) * options.rounds;
  samples.sends_per_sync = all / static_cast<double>(commits->load());
  samples.puts_per_sync = all / static_cast<double>(bare->syncs() - syncs_before);
  tell(samples, findings);
  return absl::OkStatus();
}

}  // namespace tocsin::bench::storage_bench
