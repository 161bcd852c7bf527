#include "compare/options.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "compare/crowd.h"
#include "compare/peer_kind.h"

namespace tocsin::compare {
namespace {

constexpr char examples[] = R"(Peers: )";

constexpr char exit_codes[] = R"(
Examples:
  # everything, as bench/compare/compare.sh runs it
  tocsin-bench-compare --devices 10000 --markdown compare.md --json compare.json --check

  # Tocsin against one other, quickly
  tocsin-bench-compare -n 2000 --peers tocsin,nats --passes 1

Exit code: 0 all well; 1 Tocsin lost or repeated a message, or --check found a missed target or an
absent peer; 2 wrong usage; 3 the comparison could not be run.)";

// A few devices, to see that it works; no figure of it means anything.
void make_smoke(Options& options) {
  options.devices = 200;
  options.passes = 1;
  options.rounds = 2;
  options.settle_timeout_s = 3;
}

void add_what(CLI::App& app, Options& options) {
  app.add_option("-n,--devices", options.devices, "TLS clients of each server")
      ->check(CLI::Range(uint32_t{1}, clients_max))
      ->capture_default_str();
  app.add_option("--peers", options.peers, "Which to compare, in this order (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember(all_peers()));
  app.add_option("--passes", options.passes, "Visits to each server, every second in reverse order")
      ->check(CLI::Range(uint32_t{1}, passes_max))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Broadcasts measured in each visit")
      ->check(CLI::Range(uint32_t{1}, rounds_max))
      ->capture_default_str();
  app.add_option("--warmup-rounds", options.warmup_rounds, "Broadcasts sent before them")
      ->check(CLI::Range(uint32_t{0}, rounds_max))
      ->capture_default_str();
  app.add_option("--payload-bytes", options.payload_bytes, "Bytes of a message")
      ->check(CLI::Range(payload_bytes_min, payload_bytes_max))
      ->capture_default_str();
  app.add_flag("--smoke", options.smoke,
               "200 devices, two rounds, whatever is installed: does it work at all?");
}

void add_how(CLI::App& app, Options& options) {
  app.add_option("--handshakes", options.handshakes, "Handshakes under way at once")
      ->check(CLI::Range(uint32_t{1}, uint32_t{1024}))
      ->capture_default_str();
  app.add_option("--connect-timeout-s", options.connect_timeout_s,
                 "Longest wait for all clients of a server to be subscribed")
      ->check(CLI::Range(uint32_t{1}, uint32_t{3600}))
      ->capture_default_str();
  app.add_option("--settle-timeout-s", options.settle_timeout_s,
                 "Longest wait for a server's memory to settle before it is read")
      ->check(CLI::Range(uint32_t{0}, uint32_t{600}))
      ->capture_default_str();
  app.add_option("--alert-timeout-ms", options.alert_timeout_ms,
                 "A client that has no message after this has missed it")
      ->check(CLI::Range(uint32_t{1}, uint32_t{600'000}))
      ->capture_default_str();
  app.add_option("--tocsind", options.tocsind, "Path of the Tocsin server")->capture_default_str();
  app.add_option("--drill", options.drill, "Path of tocsin-drill, which measures it")
      ->capture_default_str();
  app.add_option("--settings", options.settings, "Folder of the other servers' settings")
      ->capture_default_str();
  app.add_flag("--keep", options.keep, "Keep the servers' folders under $TMPDIR or /tmp");
}

void add_answer(CLI::App& app, Options& options) {
  app.add_option("--json", options.answer.json,
                 "Write the results as JSON to this file (- : stdout)");
  app.add_option("--markdown", options.markdown, "Write the table as Markdown to this file");
  app.add_flag("--check", options.answer.check, "Compare the results with the targets");
  app.add_option("--targets", options.answer.targets, "File of the targets")->capture_default_str();
  app.add_option("--section", options.answer.section, "Section of the targets")
      ->capture_default_str();
}

ParsedOptions usage_error(std::string_view complaint) {
  ParsedOptions parsed;
  parsed.exit_code = 2;
  parsed.text = fmt::format("tocsin-bench-compare: {}\nRun tocsin-bench-compare --help for more.\n",
                            complaint);
  return parsed;
}

bool has_twice(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

}  // namespace

std::vector<std::string> all_peers() {
  std::vector<std::string> names;
  for (const PeerKind& kind : peer_kinds()) names.emplace_back(kind.name);
  names.emplace(names.begin() + static_cast<ptrdiff_t>(names.size() / 2), tocsin_name);
  return names;
}

ParsedOptions parse_options(std::vector<std::string> arguments) {
  ParsedOptions parsed;
  CLI::App app(
      "Compares Tocsin with the push servers that Debian packages: the same TLS clients, the same "
      "broadcast, on this machine, in one run.",
      "tocsin-bench-compare");
  app.get_formatter()->column_width(32);
  app.footer(fmt::format("{}{}\n{}", examples, fmt::join(all_peers(), ", "), exit_codes));
  // What --smoke sets are defaults like the others: a flag beside it wins.
  parsed.options.smoke =
      std::find(arguments.begin(), arguments.end(), "--smoke") != arguments.end();
  if (parsed.options.smoke) make_smoke(parsed.options);
  add_what(app, parsed.options);
  add_how(app, parsed.options);
  add_answer(app, parsed.options);
  // CLI11 takes the arguments from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::Success&) {
    parsed.text = app.help();
    return parsed;
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  if (has_twice(parsed.options.peers)) return usage_error("--peers names one twice");
  if (parsed.options.peers.empty()) parsed.options.peers = all_peers();
  parsed.run = true;
  return parsed;
}

}  // namespace tocsin::compare
