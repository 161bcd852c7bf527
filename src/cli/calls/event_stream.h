// EventStream: server-sent events out of the bytes they come in.
//
// Thread: pure.  Bound: http_answer_bytes_max of an event that is not complete.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin::cli {

struct ServerEvent {
  std::string name;  // "" unless the server says
  std::string data;
};

class EventStream {
 public:
  // More of the stream. False when an event is too long.
  bool add(std::string_view bytes);
  // The next event that is complete; comments, ids and what else there may be are skipped.
  std::optional<ServerEvent> next();

 private:
  std::string rest_;
};

}  // namespace tocsin::cli
