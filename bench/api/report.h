// The answer of tocsin-bench-api: as measures for targets, as JSON, as text.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/idle_cost.h"
#include "api/list_cost.h"
#include "api/options.h"
#include "api/rounds.h"
#include "figures/targets.h"

namespace tocsin::api {

// Absent parts were not run.
struct Report {
  Options options;
  std::string nginx_version;  // empty: not measured
  std::string nginx_absence;  // why not
  std::optional<IdleCost> idle;
  std::vector<Round> rounds;
  std::optional<ListCost> list_rest;
  std::optional<ListCost> list_grpc;

  // Every list reached all it should, and no others.
  bool all_well() const;
};

figures::Measures measures_of(const Report& report);
std::string report_json(const Report& report, const std::vector<std::string>& missed);
std::string report_table(const Report& report);

}  // namespace tocsin::api
