#include <fmt/format.h>
#include <future>
#include <utility>

#include "base/clock.h"
#include "harness/figures.h"
#include "harness/try.h"
#include "storage/parts.h"

namespace tocsin::bench::storage_bench {
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
  return OneCount{size->devices(), ms_since(start_ns)};
}

}  // namespace

absl::Status measure_counts(Installation& installation, const Fleet& fleet, uint32_t counts,
                            Findings& findings) {
  TOCSIN_TAKE(const OneCount first, count_once(installation.storage()));
  if (const uint64_t right = fleet.audience_size(); first.devices != right) {
    return absl::InternalError(
        fmt::format("{} came to {} devices instead of {}", Fleet::audience, first.devices, right));
  }
  TOCSIN_TRY(count_once(installation.storage()).status());  // to warm up
  Series ms;
  for (uint32_t i = 0; i < counts; ++i) {
    TOCSIN_TAKE(const OneCount one, count_once(installation.storage()));
    ms.add(one.ms);
  }
  findings.document["count"] = {{"expression", Fleet::audience},
                                {"devices", first.devices},
                                {"first_ms", first.ms},
                                {"ms", ms}};
  findings.measures["count_ms"] = ms.median();
  findings.measures["count_first_ms"] = first.ms;
  findings.table += range_line(
      "count, ms", ms, 2, fmt::format(", the first {:.2f}; {} devices", first.ms, first.devices));
  return absl::OkStatus();
}

}  // namespace tocsin::bench::storage_bench
