#include "storage/audience_count.h"

#include <fmt/format.h>
#include <future>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "storage/log_records.h"

namespace tocsin::storage_bench {
namespace {

struct OneCount {
  uint64_t devices = 0;
  double ms = 0;
};

absl::StatusOr<OneCount> count_once(storage::Storage& storage) {
  std::promise<absl::StatusOr<cluster::AudienceSize>> answer;
  auto question = cluster::about<internal::AudienceSizeQuestion>(bench_app);
  question.set_expression(Fleet::audience);
  const uint64_t start_ns = monotonic_ns();
  storage.ask(std::move(question), [&answer](auto size) { answer.set_value(std::move(size)); });
  const auto size = answer.get_future().get();
  if (!size.ok()) return size.status();
  return OneCount{size->devices(), static_cast<double>(monotonic_ns() - start_ns) / 1e6};
}

}  // namespace

absl::StatusOr<CountResult> measure_counts(Installation& installation, const Fleet& fleet,
                                           const CountOptions& options) {
  const auto first = count_once(installation.storage());
  if (!first.ok()) return first.status();
  if (const uint64_t right = fleet.audience_size(); first->devices != right) {
    return absl::InternalError(
        fmt::format("{} came to {} devices instead of {}", Fleet::audience, first->devices, right));
  }
  if (auto warm_up = count_once(installation.storage()); !warm_up.ok()) return warm_up.status();
  std::vector<double> ms;
  for (uint32_t i = 0; i < options.counts; ++i) {
    const auto one = count_once(installation.storage());
    if (!one.ok()) return one.status();
    ms.push_back(one->ms);
  }
  return CountResult{first->devices, first->ms, figures::spread_of(std::move(ms))};
}

}  // namespace tocsin::storage_bench
