// tocsin-bench-storm: see options.cc for what it can be asked and bench/README.md for what it
// answers.
#include <csignal>

#include "harness/temp_dir.h"
#include "harness/try.h"
#include "runtime/tls/dev_certificates.h"
#include "storm/options.h"
#include "storm/report.h"

namespace {

using namespace tocsin;

absl::StatusOr<harness::Findings> run(const storm::Options& options) {
  storm::Report report;
  if (!options.skip_handshakes) {
    TOCSIN_TAKE(const harness::TempDir folder, harness::TempDir::create());
    TOCSIN_TAKE(const auto certificates,
                runtime::load_or_make_dev_certificates(folder.path() + "/tls"));
    TOCSIN_TAKE(report.race, storm::race_handshakes(certificates.identity, options.race));
  }
  if (!options.storm.server.empty()) {
    const harness::StopSignal stop;
    TOCSIN_TAKE(report.storm, storm::storm(options.storm, stop));
  }
  return findings_of(report);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  storm::Options options;
  return harness::run_bench(storm::program, argc, argv, options, [&] { return run(options); });
}
