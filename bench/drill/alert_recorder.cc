#include "drill/alert_recorder.h"

#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace tocsin::drill {

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

AlertRecorder::AlertRecorder(const ArrivalBook& book, std::string mark)
    : book_(book), mark_(std::move(mark)), got_(book.rounds()) {}

void AlertRecorder::on_push(uint32_t device, std::string_view title, bool to_app, uint64_t now_ns) {
  const std::optional<uint32_t> round = round_in_title(mark_, title);
  if (!round.has_value() || *round >= book_.rounds()) return;
  ArrivalBook::Cell& cell = book_.at(*round, device);
  if (cell.on_wire.fetch_add(1, std::memory_order_relaxed) == 0) {
    cell.first_ns.store(now_ns, std::memory_order_relaxed);
  }
  if (to_app && cell.to_app.fetch_add(1, std::memory_order_relaxed) == 0) ++got_[*round];
}

}  // namespace tocsin::drill
