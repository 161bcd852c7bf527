// SendsSummary: the rounds of sends, taken together.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <vector>

#include "api/rounds.h"
#include "figures/spread.h"

namespace tocsin::api {

struct SendsSummary {
  figures::Spread sends_per_s;
  figures::Spread cpu_us_per_send;
  figures::Spread p50_ms;
  figures::Spread p99_ms;
};

// Of two contestants in the same round.
struct RatiosSummary {
  figures::Spread cpu_rest_to_nginx;
  figures::Spread rate_rest_to_nginx;
  figures::Spread cpu_grpc_to_rest;
  figures::Spread rate_grpc_to_rest;
};

SendsSummary summary_of(const std::vector<SendFigures>& figures);
std::vector<SendFigures> rest_of(const std::vector<Round>& rounds);
std::vector<SendFigures> grpc_of(const std::vector<Round>& rounds);
// Empty when there was no nginx.
std::vector<SendFigures> nginx_of(const std::vector<Round>& rounds);
// Those with nginx are all zero when there was none.
RatiosSummary ratios_of(const std::vector<Round>& rounds);

}  // namespace tocsin::api
