// crash_loop: kills a real server again and again and checks what it promised. See README.md.
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <random>

#include <CLI/CLI.hpp>

#include "tests/crash/run.h"
#include "tests/crash/summary.h"

namespace {

using namespace tocsin::crash;

constexpr int exit_violated = 1;
constexpr int exit_usage = 2;
constexpr int exit_not_run = 3;

int run(const Options& options) {
  auto folder = tocsin::bench::TempDir::create();
  if (!folder.ok()) {
    fmt::print(stderr, "crash_loop: {}\n", folder.status().ToString());
    return exit_not_run;
  }
  fmt::print("seed {}: {} kills, {} devices, in {}\n", options.seed, options.kills, options.devices,
             folder->path());
  std::fflush(stdout);
  const Outcome outcome = Run(options, *std::move(folder)).go();
  fmt::print("{}", summary_table(options, outcome));
  if (!options.json.empty()) {
    std::ofstream file(options.json, std::ios::trunc);
    file << summary_json(options, outcome) << std::flush;
    if (!file.good()) {
      fmt::print(stderr, "crash_loop: cannot write {}\n", options.json);
      return exit_not_run;
    }
  }
  return outcome.complaints.empty() ? 0 : exit_violated;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.seed = std::random_device()();
  CLI::App app(
      "Kill a tocsind at fault points and at random, restart it, and check that every\n"
      "accepted message is delivered once, pending or expired, and all books are closed.");
  app.add_option("--server", options.server, "The tocsind to run")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--seed", options.seed, "Replays the ops and kills of a run (default: random)");
  app.add_option("--kills", options.kills, "How often")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--devices", options.devices, "Devices at the start")
      ->check(CLI::Range(8, 1000))
      ->capture_default_str();
  app.add_option("--callers", options.callers, "Threads that call the API")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--audit-every", options.audit_every, "Kills between two audits")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--minutes", options.minutes, "End earlier, after so long (0: do not)");
  app.add_option("--json", options.json, "Write the figures to this file");
  app.footer("Exit code: 0 all well, 1 a promise was broken, 2 wrong usage, 3 it could not run.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  std::signal(SIGPIPE, SIG_IGN);
  return run(options);
}
