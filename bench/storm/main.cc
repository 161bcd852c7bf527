// tocsin-bench-storm: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include <csignal>

#include "harness/files.h"
#include "harness/try.h"
#include "storm/options.h"

namespace {

using namespace tocsin;

absl::StatusOr<harness::Findings> run(const storm::Options& options) {
  harness::Findings findings;
  findings.document["setting"] = harness::Json::object();
  if (!options.skip_handshakes) {
    TOCSIN_TAKE(const harness::TempDir folder, harness::TempDir::create());
    TOCSIN_TAKE(const auto certificates,
                runtime::load_or_make_dev_certificates(folder.path() + "/tls"));
    TOCSIN_TAKE(const auto race, storm::race_handshakes(certificates, options.race));
    tell(race, findings);
  }
  if (!options.storm.server.empty()) {
    const harness::StopSignal stop;
    TOCSIN_TAKE(const storm::StormResult result, storm::storm(options.storm, stop));
    tell(result, findings);
  }
  return findings;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  storm::Options options;
  return harness::run_bench(storm::program, argc, argv, options, [&] { return run(options); });
}
