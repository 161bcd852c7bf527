#include "siege/report.h"

#include <algorithm>
#include <fmt/format.h>

#include "harness/figures.h"
#include "harness/proc.h"

namespace tocsin::bench::siege {
namespace {

constexpr double ms_min = 0.001;  // a divisor

double ratio_of(const SiegeResult& siege, const SiegeResult& quiet) {
  return siege.alert_p100_ms / std::max(quiet.alert_p100_ms, ms_min);
}

uint32_t alerts_lost(const SiegeResult& siege) {
  return siege.alerts_due - std::min(siege.alerts_due, siege.alerts_arrived);
}

// Whether those who are honest got what they should.
bool is_well(const SiegeResult& siege) {
  return alerts_lost(siege) == 0 && siege.callers_failed == 0 && siege.callers_served > 0 &&
         siege.server_end.empty();
}

std::vector<std::string> row_of(const SiegeResult& siege, const SiegeResult& quiet) {
  return {siege.attack,
          fmt::format("{}", siege.connections),
          fmt::format("{:.1f}", siege.rss_before_mib),
          fmt::format("{:.1f}", siege.growth_mib()),
          fmt::format("{:.1f}/{:.0f} s", siege.growth_after_mib(), siege.settled_s),
          fmt::format("{}/{}", siege.alerts_arrived, siege.alerts_due),
          fmt::format("{:.1f}", siege.alert_p50_ms),
          fmt::format("{:.1f}", siege.alert_p100_ms),
          fmt::format("{:.2f}", ratio_of(siege, quiet)),
          fmt::format("{}/{}", siege.callers_served, siege.callers_served + siege.callers_failed),
          fmt::format("{:.0f}", siege.caller_p100_ms),
          fmt::format("{:.0f}", siege.server_cpu_percent),
          with_commas(siege.opened),
          with_commas(siege.cut),
          siege.goaways};
}

// What went wrong, in words.
std::string complaints_of(const SiegeResult& siege) {
  std::string text;
  for (const auto& [what, why] : {std::pair{"an alert", siege.alert_failure},
                                  {"a caller", siege.caller_failure},
                                  {"the server", siege.server_end}}) {
    if (why.empty()) continue;
    text += fmt::format("{}, {}: {}: {}\n", siege.attack, siege.connections, what, why);
  }
  return text;
}

}  // namespace

Findings list_of_attacks() {
  Findings findings;
  Rows rows;
  for (const Attack& attack : attacks()) rows.push_back({attack.name, attack.what});
  findings.table = columns(rows);
  return findings;
}

Findings findings_of(const Options& options, const std::vector<SiegeResult>& sieges) {
  Findings findings;
  Rows rows = {{"attack", "conn.", "RSS, MiB", "growth", "growth after", "alerts", "p50, ms",
                "p100, ms", "ratio", "callers", "p100, ms", "CPU, %", "opened", "cut", "GOAWAY"}};
  double growth_mib = 0;
  double growth_after_mib = 0;
  double ratio = 0;
  uint64_t lost = 0;
  uint64_t failed = 0;
  uint64_t ended = 0;
  std::string complaints;
  Json list = Json::array();
  for (const SiegeResult& siege : sieges) {
    rows.push_back(row_of(siege, sieges.front()));
    complaints += complaints_of(siege);
    growth_mib = std::max(growth_mib, siege.growth_mib());
    growth_after_mib = std::max(growth_after_mib, siege.growth_after_mib());
    ratio = std::max(ratio, ratio_of(siege, sieges.front()));
    lost += alerts_lost(siege);
    failed += siege.callers_failed;
    ended += siege.server_end.empty() ? 0 : 1;
    findings.is_well = findings.is_well && is_well(siege);
    Json one = siege;
    one["growth_mib"] = siege.growth_mib();
    one["growth_after_mib"] = siege.growth_after_mib();
    one["alert_p100_ratio"] = ratio_of(siege, sieges.front());
    list.push_back(std::move(one));
  }
  findings.measures = {{"growth_mib", growth_mib},  {"growth_after_mib", growth_after_mib},
                       {"alert_p100_ratio", ratio}, {"alerts_lost", lost},
                       {"callers_failed", failed},  {"server_restarts", ended}};
  findings.document["all_well"] = findings.is_well;
  findings.document["setting"] = options;
  findings.document["setting"]["cpus"] = cpu_count();
  findings.document["sieges"] = std::move(list);
  findings.table = fmt::format(
      "{} devices, {} s for each attack; attackers, devices and server share {} processors, of "
      "which\nattackers get what the others leave\n{}{}",
      options.devices, options.seconds, cpu_count(), columns(rows), complaints);
  return findings;
}

std::string line_of(const SiegeResult& siege) {
  return fmt::format(
      "growth {:.1f} MiB, after {:.0f} s {:.1f}; alerts {}/{}, p100 {:.1f} ms; callers {}/{}; cut "
      "{}"
      "{}",
      siege.growth_mib(), siege.settled_s, siege.growth_after_mib(), siege.alerts_arrived,
      siege.alerts_due, siege.alert_p100_ms, siege.callers_served,
      siege.callers_served + siege.callers_failed, siege.cut,
      siege.server_end.empty() ? "" : "; THE SERVER ENDED");
}

}  // namespace tocsin::bench::siege
