#include "cli/progress.h"

namespace tocsin::cli {
namespace {

constexpr char erase_line[] = "\x1b[K";

}  // namespace

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
