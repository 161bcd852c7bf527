#include "compare/options.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compare/peer_kind.h"

namespace tocsin::bench::compare {
namespace {

constexpr char examples[] = R"(

Examples:
  # everything, as bench/compare/compare.sh runs it
  tocsin-bench-compare --devices 10000 --markdown compare.md --json compare.json --check

  # Tocsin against one other, quickly
  tocsin-bench-compare -n 2000 --peers tocsin,nats --passes 1

Exit code: 0 all well; 1 Tocsin lost or repeated a message, or --check found a missed target or an
absent peer; 2 wrong usage; 3 the comparison could not be run.)";

bool has_twice(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

const Program& program() {
  static const Program program = {
      "tocsin-bench-compare",
      "Compares Tocsin with the push servers that Debian packages: the same TLS clients, the same "
      "broadcast, on this machine, in one run.",
      fmt::format("Peers: {}{}", fmt::join(all_peers(), ", "), examples)};
  return program;
}

std::vector<std::string> all_peers() {
  std::vector<std::string> names;
  for (const PeerKind& kind : peer_kinds()) names.emplace_back(kind.name);
  names.emplace(names.begin() + static_cast<ptrdiff_t>(names.size() / 2), tocsin_name);
  return names;
}

void Options::declare() {
  number("-n,--devices", devices, 1, clients_max, "TLS clients of each server");
  text("--peers", peers, "Which to compare, in this order (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(all_peers()));
  number("--passes", passes, 1, passes_max, "Visits to each server, every second in reverse order");
  number("--rounds", rounds, 1, rounds_max, "Broadcasts measured in each visit");
  number("--warmup-rounds", warmup_rounds, 0, rounds_max, "Broadcasts sent before them");
  number("--payload-bytes", payload_bytes, payload_bytes_min, payload_bytes_max,
         "Bytes of a message");
  flag("--smoke", smoke, "200 devices, two rounds, whatever is installed: does it work at all?");
  number("--handshakes", handshakes, 1, 1024, "Handshakes under way at once");
  number("--connect-timeout-s", connect_timeout_s, 1, 3600,
         "Longest wait for all clients of a server to be subscribed");
  number("--settle-timeout-s", settle_timeout_s, 0, 600,
         "Longest wait for a server's memory to settle before it is read");
  number("--alert-timeout-ms", alert_timeout_ms, 1, 600'000,
         "A client that has no message after this has missed it");
  value("--tocsind", tocsind, "Path of the Tocsin server");
  value("--drill", drill, "Path of tocsin-drill, which measures it");
  value("--settings", settings, "Folder of the other servers' settings");
  flag("--keep", keep, "Keep the servers' folders under $TMPDIR or /tmp");
  text("--markdown", markdown, "Write the table as Markdown to this file");
}

// A few devices, to see that it works; no figure of it means anything. What --smoke sets are
// defaults like the others: a flag beside it wins.
std::string Options::finish(const CLI::App& app) {
  for (const auto& [name, value, small] : {std::tuple{"--devices", &devices, 200u},
                                           {"--passes", &passes, 1u},
                                           {"--rounds", &rounds, 2u},
                                           {"--settle-timeout-s", &settle_timeout_s, 3u}}) {
    if (smoke && app.count(name) == 0) *value = small;
  }
  if (peers.empty()) peers = all_peers();
  return has_twice(peers) ? "--peers names one twice" : "";
}

}  // namespace tocsin::bench::compare
