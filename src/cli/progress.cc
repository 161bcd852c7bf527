#include "cli/progress.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace tocsin::cli {
namespace {

constexpr char erase_line[] = "\x1b[K";

}  // namespace

std::string bar(double share) {
  constexpr size_t width = 20;
  const double bounded = std::clamp(share, 0.0, 1.0);
  const auto full = static_cast<size_t>(bounded * width);
  return fmt::format("[{}{}] {:3.0f} %", std::string(full, '#'), std::string(width - full, '-'),
                     std::floor(bounded * 100));
}

void Progress::show(const std::string& text) {
  if (!console_.err_is_terminal) return;
  console_.err << '\r' << text << erase_line << std::flush;
  shown_ = true;
}

void Progress::clear() {
  if (shown_) console_.err << '\r' << erase_line << std::flush;
  shown_ = false;
}

void Progress::end() {
  if (shown_) console_.err << '\n';
  shown_ = false;
}

}  // namespace tocsin::cli
