#include "base/fault_point.h"

#include <atomic>
#include <cstdlib>
#include <signal.h>
#include <string>
#include <unistd.h>

namespace tocsin {
namespace {

struct ArmedFault {
  std::string name;
  std::atomic<long> passages_left{0};

  ArmedFault() {
    const char* spec = std::getenv("TOCSIN_FAULT");
    if (spec == nullptr) return;
    const std::string_view text(spec);
    const size_t colon = text.find(':');
    name = text.substr(0, colon);
    passages_left = colon == std::string_view::npos ? 1 : std::atol(spec + colon + 1);
  }
};

ArmedFault& armed_fault() {
  static ArmedFault fault;
  return fault;
}

}  // namespace

void pass_fault_point(std::string_view name) {
  ArmedFault& fault = armed_fault();
  if (fault.name.empty() || fault.name != name) return;
  if (fault.passages_left.fetch_sub(1) == 1) kill(getpid(), SIGKILL);
}

}  // namespace tocsin
