// EventStream: parses server-sent events from the bytes they come in.
//
// Thread: pure.
// Bound: http_answer_bytes_max per incomplete event.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::cli {

struct ServerEvent {
  std::string name;  // "" unless the server names it
  std::string data;
};

class EventStream {
 public:
  // Add more of the stream. False when an event is too long.
  bool add(std::string_view bytes);
  // The next complete event; comments, ids and anything else are skipped.
  std::optional<ServerEvent> next();

 private:
  std::string rest_;
};

}  // namespace tocsin::cli
