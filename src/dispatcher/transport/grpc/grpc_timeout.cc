#include "dispatcher/transport/grpc/grpc_timeout.h"

#include "base/limits.h"

namespace tocsin::dispatcher {
namespace {

std::optional<uint64_t> milliseconds(uint64_t value, char unit) {
  switch (unit) {
    case 'H':
      return value * 3'600'000;
    case 'M':
      return value * 60'000;
    case 'S':
      return value * 1'000;
    case 'm':
      return value;
    case 'u':
      return (value + 999) / 1'000;
    case 'n':
      return (value + 999'999) / 1'000'000;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<uint64_t> parse_grpc_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > limits::grpc_timeout_digits_max + 1) return std::nullopt;
  uint64_t value = 0;
  for (const char digit : text.substr(0, text.size() - 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(digit - '0');
  }
  return milliseconds(value, text.back());
}

}  // namespace tocsin::dispatcher
