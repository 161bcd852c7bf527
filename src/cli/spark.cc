#include "cli/spark.h"

#include <algorithm>
#include <iterator>

namespace tocsin::cli {
namespace {

constexpr const char* levels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr uint64_t highest = std::size(levels) - 1;

}  // namespace

std::string spark(const std::vector<uint64_t>& numbers, size_t width) {
  const size_t per_bar = (numbers.size() + width - 1) / width;
  std::vector<uint64_t> bars;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i % per_bar == 0) bars.push_back(0);
    bars.back() += numbers[i];
  }
  if (bars.empty()) return {};
  const double most = static_cast<double>(*std::max_element(bars.begin(), bars.end()));
  std::string line;
  for (const uint64_t bar : bars) {
    const double share = most == 0 ? 0 : static_cast<double>(bar) / most;
    line += levels[static_cast<size_t>(share * static_cast<double>(highest))];
  }
  return line;
}

}  // namespace tocsin::cli
