#include "drill/fleet/arrivals.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "base/check.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

uint64_t load_ns(const ArrivalBook::Cell& cell) {
  return cell.first_ns.load(std::memory_order_relaxed);
}

uint32_t load(const std::atomic<uint32_t>& count) { return count.load(std::memory_order_relaxed); }

}  // namespace

absl::StatusOr<ArrivalBook> ArrivalBook::create(size_t devices, size_t rounds) {
  TOCSIN_CHECK(devices > 0 && rounds > 0);
  const size_t cells = (devices + 1) * rounds;
  if (cells * sizeof(Cell) > book_bytes_max) {
    return absl::ResourceExhaustedError(fmt::format(
        "{} devices x {} rounds need {} bytes of results, at most {}: take fewer rounds", devices,
        rounds, cells * sizeof(Cell), book_bytes_max));
  }
  TOCSIN_TAKE(SharedArray<Cell> shared, SharedArray<Cell>::create(cells));
  return ArrivalBook(std::move(shared), devices, rounds);
}

ArrivalBook::Cell& ArrivalBook::at(size_t round, size_t device) const {
  TOCSIN_CHECK(round < rounds_ && device < devices_);
  return cells_[round * (devices_ + 1) + device];
}

std::atomic<uint64_t>& ArrivalBook::got(size_t round) const {
  TOCSIN_CHECK(round < rounds_);
  return cells_[round * (devices_ + 1) + devices_].first_ns;
}

std::string alert_title(std::string_view mark, uint32_t round) {
  return fmt::format("{} {}", mark, round);
}

std::optional<uint32_t> round_in_title(std::string_view mark, std::string_view title) {
  if (!title.starts_with(mark) || title.size() < mark.size() + 2 || title[mark.size()] != ' ') {
    return std::nullopt;
  }
  const std::string_view digits = title.substr(mark.size() + 1);
  uint32_t round = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), round);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return round;
}

void AlertRecorder::on_push(uint32_t device, std::string_view title, bool to_app, uint64_t now_ns) {
  const std::optional<uint32_t> round = round_in_title(mark_, title);
  if (!round.has_value() || *round >= book_.rounds()) return;
  ArrivalBook::Cell& cell = book_.at(*round, device);
  if (cell.on_wire.fetch_add(1, std::memory_order_relaxed) == 0) {
    cell.first_ns.store(now_ns, std::memory_order_relaxed);
  }
  if (to_app && cell.to_app.fetch_add(1, std::memory_order_relaxed) == 0) ++book_.got(*round);
}

uint64_t delivered_to(const ArrivalBook& book, uint32_t round, const Share& share) {
  uint64_t got = 0;
  for (size_t i = 0; i < share.count; ++i) {
    got += load(book.at(round, share.first + i).to_app) > 0 ? 1 : 0;
  }
  return got;
}

RoundTally tally_round(const ArrivalBook& book, uint32_t round, const RoundTime& time,
                       uint32_t stuck_percent) {
  RoundTally tally;
  for (size_t device = 0; device < book.devices(); ++device) {
    const ArrivalBook::Cell& cell = book.at(round, device);
    const uint32_t to_app = load(cell.to_app);
    const uint32_t on_wire = load(cell.on_wire);
    tally.app_duplicates += to_app > 1 ? to_app - 1 : 0;
    tally.wire_duplicates += on_wire > 1 ? on_wire - 1 : 0;
    if (is_of_percent(device, stuck_percent)) continue;
    ++tally.expected;
    const uint64_t first_ns = load_ns(cell);
    if (to_app == 0 || first_ns > time.start_ns + time.timeout_ns) continue;
    ++tally.delivered;
    tally.waits_ns.push_back(std::max(first_ns, time.start_ns) - time.start_ns);
  }
  return tally;
}

Series last_deliveries_ms(const ArrivalBook& book, uint32_t round, const RoundTime& time,
                          const std::vector<Share>& shares) {
  Series last_ms;
  for (const Share& share : shares) {
    uint64_t last_ns = 0;
    for (uint32_t i = 0; i < share.count; ++i) {
      const uint64_t first_ns = load_ns(book.at(round, share.first + i));
      if (first_ns <= time.start_ns + time.timeout_ns) last_ns = std::max(last_ns, first_ns);
    }
    if (last_ns > time.start_ns) last_ms.add(ms_between(time.start_ns, last_ns));
  }
  return last_ms;
}

uint64_t had_before(const ArrivalBook& book, uint32_t round, uint64_t ns) {
  uint64_t before = 0;
  for (size_t device = 0; device < book.devices(); ++device) {
    const uint64_t first_ns = load_ns(book.at(round, device));
    before += first_ns != 0 && first_ns < ns ? 1 : 0;
  }
  return before;
}

}  // namespace tocsin::bench::drill
