#include "api/sends_summary.h"

#include <utility>

namespace tocsin::api {
namespace {

using Figure = double SendFigures::*;

figures::Spread spread_of(const std::vector<SendFigures>& all, Figure figure) {
  std::vector<double> values;
  for (const SendFigures& one : all) values.push_back(one.*figure);
  return figures::spread_of(std::move(values));
}

figures::Spread ratio_of(const std::vector<SendFigures>& above,
                         const std::vector<SendFigures>& below, Figure figure) {
  std::vector<double> ratios;
  for (size_t i = 0; i < above.size() && i < below.size(); ++i) {
    ratios.push_back(above[i].*figure / (below[i].*figure));
  }
  return figures::spread_of(std::move(ratios));
}

}  // namespace

SendsSummary summary_of(const std::vector<SendFigures>& figures) {
  return {spread_of(figures, &SendFigures::sends_per_s),
          spread_of(figures, &SendFigures::cpu_us_per_send),
          spread_of(figures, &SendFigures::p50_ms), spread_of(figures, &SendFigures::p99_ms)};
}

std::vector<SendFigures> rest_of(const std::vector<Round>& rounds) {
  std::vector<SendFigures> all;
  for (const Round& round : rounds) all.push_back(round.rest);
  return all;
}

std::vector<SendFigures> grpc_of(const std::vector<Round>& rounds) {
  std::vector<SendFigures> all;
  for (const Round& round : rounds) all.push_back(round.grpc);
  return all;
}

std::vector<SendFigures> nginx_of(const std::vector<Round>& rounds) {
  std::vector<SendFigures> all;
  for (const Round& round : rounds) {
    if (round.nginx.has_value()) all.push_back(*round.nginx);
  }
  return all;
}

RatiosSummary ratios_of(const std::vector<Round>& rounds) {
  const std::vector<SendFigures> rest = rest_of(rounds);
  const std::vector<SendFigures> grpc = grpc_of(rounds);
  const std::vector<SendFigures> nginx = nginx_of(rounds);
  return {ratio_of(rest, nginx, &SendFigures::cpu_us_per_send),
          ratio_of(rest, nginx, &SendFigures::sends_per_s),
          ratio_of(grpc, rest, &SendFigures::cpu_us_per_send),
          ratio_of(grpc, rest, &SendFigures::sends_per_s)};
}

}  // namespace tocsin::api
