// What a test has a server say, and what came of it.
//
// Thread: one owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "compare/speaker.h"

namespace tocsin::bench::compare {

struct Heard {
  std::vector<std::string> messages;
  std::string answers;
  std::string error;
  int readies = 0;
  int start_tls = 0;
  size_t unused_bytes = 0;
};

// Feed `said` in pieces of at most `piece_bytes`, offering again what was not used, as Client does.
inline Heard hear(Speaker& speaker, std::string_view said, size_t piece_bytes) {
  Heard heard;
  Bytes input;
  Bytes out;
  Events events;
  while (!said.empty() && heard.error.empty()) {
    const std::string_view piece = said.substr(0, piece_bytes);
    said.remove_prefix(piece.size());
    append(input, as_bytes(piece));
    events.clear();
    const Fed fed = speaker.feed(input, out, events);
    for (const ByteView message : events.messages) heard.messages.emplace_back(as_text(message));
    heard.readies += events.ready ? 1 : 0;
    heard.start_tls += events.start_tls ? 1 : 0;
    heard.error = fed.error;
    input.erase(input.begin(), input.begin() + static_cast<ptrdiff_t>(fed.used));
  }
  heard.answers = as_text(out);
  heard.unused_bytes = input.size();
  return heard;
}

}  // namespace tocsin::bench::compare
