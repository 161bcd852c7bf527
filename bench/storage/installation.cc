#include "storage/installation.h"

#include <future>
#include <utility>

#include "cluster/log_folder.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::storage_bench {
namespace {

// As a log is whose records up to `position` have been trimmed.
absl::Status begin_log_behind(const std::string& folder, cluster::Position position) {
  TOCSIN_TAKE(auto log_folder, cluster::LogFolder::open(folder));
  return log_folder.create(position + 1).status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Installation>> Installation::open(const std::string& folder,
                                                                 cluster::Position position) {
  const std::string log_folder = folder + "/log";
  TOCSIN_TRY(begin_log_behind(log_folder, position));
  std::unique_ptr<Installation> opened(new Installation());
  TOCSIN_TAKE(opened->log_, cluster::EmbeddedLog::open(log_folder));
  TOCSIN_TAKE(opened->storage_,
              storage::Storage::open({folder + "/db"}, *opened->log_, opened->bus_));
  return opened;
}

Installation::~Installation() {
  if (storage_) storage_->stop();
  if (log_) log_->stop();
  peer_.stop();
}

absl::Status Installation::append(std::string record) {
  std::promise<absl::Status> durable;
  log_->append(std::move(record), [&durable](absl::StatusOr<cluster::Position> position) {
    durable.set_value(position.status());
  });
  TOCSIN_TRY(durable.get_future().get());
  if (counts().applied() == log_->last()) return absl::OkStatus();
  return absl::InternalError("storage has not applied a record that is durable; see its log");
}

cluster::StorageCounts Installation::counts() {
  std::promise<cluster::StorageCounts> answer;
  storage_->ask(internal::CountsQuestion(),
                [&answer](const auto& counts) { answer.set_value(*counts); });
  return answer.get_future().get();
}

uint64_t Installation::storage_cpu_ns() {
  std::promise<uint64_t> answer;
  storage_->ask(internal::CountsQuestion(),
                [&answer](const auto&) { answer.set_value(thread_cpu_ns()); });
  return answer.get_future().get();
}

}  // namespace tocsin::bench::storage_bench
