#include "cli/calls/event_stream.h"

#include <algorithm>

#include "base/limits.h"

namespace tocsin::cli {
namespace {

// "name: value"; the space is not part of the value.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") return std::nullopt;
  line.remove_prefix(name.size() + 1);
  if (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

ServerEvent parse(std::string_view text) {
  ServerEvent event;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (const auto name = value_of(line, "event")) event.name = *name;
    if (const auto data = value_of(line, "data")) {
      if (!event.data.empty()) event.data += '\n';
      event.data += *data;
    }
  }
  return event;
}

}  // namespace

bool EventStream::add(std::string_view bytes) {
  rest_ += bytes;
  return rest_.size() <= limits::http_answer_bytes_max;
}

std::optional<ServerEvent> EventStream::next() {
  for (size_t end = rest_.find("\n\n"); end != std::string::npos; end = rest_.find("\n\n")) {
    const ServerEvent event = parse(std::string_view(rest_).substr(0, end));
    rest_.erase(0, end + 2);
    if (!event.data.empty()) return event;
  }
  return std::nullopt;
}

}  // namespace tocsin::cli
