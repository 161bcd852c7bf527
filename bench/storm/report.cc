#include "storm/report.h"

#include <fmt/format.h>

#include "harness/figure_text.h"
#include "harness/proc.h"

namespace tocsin::storm {
namespace {

using harness::Findings;
using harness::Json;

void tell_race(const HandshakeRace& race, Findings& findings) {
  harness::Rows rows = {{"", "bare OpenSSL", "handshake pool", "ratio"}};
  for (const auto& [name, result] :
       {std::pair<std::string, const RaceResult&>{"full", race.full}, {"resumed", race.resumed}}) {
    findings.document["handshakes"][name] = {
        {"bare_us", result.bare_us}, {"pool_us", result.pool_us}, {"ratio", result.ratio}};
    findings.measures[name + "_handshake_us"] = result.pool_us.measure();
    findings.measures[name + "_handshake_ratio"] = result.ratio.measure();
    rows.push_back({name, harness::range_text(result.bare_us, 1),
                    harness::range_text(result.pool_us, 1), harness::range_text(result.ratio, 3)});
  }
  findings.table += "Server CPU per handshake, us: median (min-max)\n" + harness::columns(rows);
}

void tell_storm(const StormResult& storm, Findings& findings) {
  const double after = storm.bytes_per_connection(storm.rss_bytes_after);
  const double settled = storm.bytes_per_connection(storm.rss_bytes_settled);
  findings.document["storm"] = {{"devices", storm.devices},
                                {"in", storm.in},
                                {"seconds", storm.seconds},
                                {"failures", storm.failures},
                                {"last_failure", storm.last_failure},
                                {"rss_bytes_before", storm.rss_bytes_before},
                                {"rss_bytes_peak", storm.rss_bytes_peak},
                                {"rss_bytes_after", storm.rss_bytes_after},
                                {"rss_bytes_settled", storm.rss_bytes_settled},
                                {"samples", storm.samples}};
  findings.measures.update(Json{{"storm_not_in", storm.devices - storm.in},
                                {"storm_seconds", storm.seconds},
                                {"storm_peak_rss_bytes", storm.peak_growth_bytes()},
                                {"storm_bytes_per_connection_after", after},
                                {"storm_bytes_per_connection_settled", settled}});
  const auto megabytes = [](uint64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  findings.table += fmt::format(
      "Storm: {} of {} devices in after {:.1f} s, {} attempts failed{}{}\n"
      "  server RSS: {:.1f} MB before, {:.1f} MB at the peak (+{:.1f} MB, {} samples)\n"
      "  per connection: {:.0f} bytes right after, {:.0f} once settled\n",
      storm.in, storm.devices, storm.seconds, storm.failures, storm.failures > 0 ? ": " : "",
      storm.last_failure, megabytes(storm.rss_bytes_before), megabytes(storm.rss_bytes_peak),
      megabytes(storm.peak_growth_bytes()), storm.samples, after, settled);
  findings.is_well = storm.in == storm.devices;
}

}  // namespace

Findings findings_of(const Report& report) {
  Findings findings;
  findings.document["setting"] = {{"cpu_model", harness::cpu_model()},
                                  {"kernel", harness::kernel_release()}};
  if (report.race.has_value()) tell_race(*report.race, findings);
  if (report.storm.has_value()) tell_storm(*report.storm, findings);
  return findings;
}

}  // namespace tocsin::storm
