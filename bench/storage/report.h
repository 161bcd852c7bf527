// The answer of tocsin-bench-storage: as measures for targets, as JSON, as text.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "figures/targets.h"
#include "storage/filled_store.h"
#include "storage/options.h"

namespace tocsin::storage_bench {

// Absent parts were not run.
struct Report {
  Options options;
  std::string file_system;
  std::optional<AcceptResult> accept;
  std::optional<FillResult> fill;
  std::optional<CountResult> count;
  std::optional<CastResult> cast;
  std::optional<ReplayResult> replay;
  // Resident size while storage served the fleet (count), beyond what it was before anything.
  uint64_t serving_bytes = 0;
};

figures::Measures measures_of(const Report& report);
std::string report_json(const Report& report, const std::vector<std::string>& missed);
std::string report_table(const Report& report);

}  // namespace tocsin::storage_bench
