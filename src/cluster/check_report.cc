#include "cluster/check_report.h"

#include <fmt/format.h>
#include <utility>

#include "base/clock.h"

namespace tocsin::cluster {

CheckReport::CheckReport(Say say) : say_(std::move(say)), said_progress_at_ms_(monotonic_ms()) {}

void CheckReport::finding(std::string_view what, std::string_view advice) {
  ++findings_;
  if (findings_ <= findings_said_max) say_(Kind::finding, fmt::format("{}; {}", what, advice));
  if (findings_ == findings_said_max) note("more findings are counted, but not listed");
}

void CheckReport::note(const std::string& text) { say_(Kind::note, text); }

void CheckReport::progress(std::string_view what, uint64_t count) {
  const uint64_t now_ms = monotonic_ms();
  if (now_ms - said_progress_at_ms_ < progress_interval_ms) return;
  said_progress_at_ms_ = now_ms;
  say_(Kind::progress, fmt::format("checked {} {} so far", count, what));
}

}  // namespace tocsin::cluster
