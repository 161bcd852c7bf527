// PeerKind: the servers Tocsin is compared with, and how each is spoken to.
//
// All come from Debian's packages; compare.sh installs them. A kind is a server and one mode of its
// protocol; its settings, with the reason for each, lie in settings/.
//
// Thread: constants and pure functions; packaged_version() starts dpkg-query.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compare/speaker.h"

namespace tocsin::bench::compare {

struct PeerKind;

struct PeerServer {
  std::string_view program;  // proves that it is installed
  std::string_view settings_file;
  std::string_view packages;  // with blanks between
  std::string_view command;   // with words to fill in, as in its settings
  // One end of a broadcast; `id` is a client's name, for servers that want one.
  std::unique_ptr<Speaker> (*make_speaker)(const PeerKind& kind, const std::string& id,
                                           bool is_publisher);
};

struct PeerKind {
  std::string_view name;   // in --peers, JSON keys and targets
  std::string_view title;  // in tables
  const PeerServer* server;
  uint8_t qos;
};

// In the order of the table. Tocsin is not among them.
std::span<const PeerKind> peer_kinds();
extern const PeerServer nginx;

// At the blanks.
std::vector<std::string> words_of(std::string_view text);

// "2.0.11-1.2+deb12u2", of several packages joined by " + "; "unknown" when dpkg does not say.
std::string packaged_version(const PeerServer& server);

}  // namespace tocsin::bench::compare
