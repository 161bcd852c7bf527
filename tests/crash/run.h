// Run: lives and deaths of one server, one after the other, and an audit every so often.
//
//     start --> devices and callers work --> SIGKILL --> start --> ...
//       \--> (every audit_every kills) all quiet, audit --> orderly end, or SIGKILL --/
//
// Thread: the main thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/files.h"

#include "tests/crash/auditor.h"
#include "tests/crash/kill_plan.h"

namespace tocsin::crash {

struct Options {
  std::string server;  // path of tocsind
  uint64_t seed = 0;
  uint64_t kills = 200;
  size_t devices = 30;
  size_t callers = 4;
  uint64_t audit_every = 10;
  uint64_t minutes = 0;  // 0: as long as it takes
  std::string json;      // file for the figures; empty: none
};

// What a run has to tell.
struct Outcome {
  std::map<std::string, uint64_t> kills;  // by KillPlan::name(), and others
  uint64_t kills_count = 0;
  uint64_t orderly_ends = 0;
  uint64_t audits = 0;
  uint64_t reports_read = 0;
  uint64_t ops = 0;
  uint64_t devices = 0;
  uint64_t apps = 0;
  uint64_t waits_cut = 0;
  std::vector<uint64_t> start_ms;  // each start that was waited for, ascending
  std::vector<Workload::OpCount> op_counts;
  ModelCounts counts;
  uint64_t took_ms = 0;
  std::vector<std::string> complaints;  // empty: all is well
  std::string folder;                   // kept when there are complaints
};

class Run {
 public:
  Run(const Options& options, bench::TempDir folder);

  // Do it all. Says on standard output how far it is.
  Outcome go();

 private:
  bool start(const std::string& fault);
  void wait_for_devices();
  // False when the server did not live or die as it should.
  bool live_and_die(const KillPlan& plan);
  bool wait_for_end(const KillPlan& plan);
  void note_death(const std::string& name);
  void audit(bool is_last);
  bool is_over() const;
  bool is_well() const { return model_.complaints().empty(); }
  void say_progress() const;
  Outcome outcome();

  const Options options_;
  bench::TempDir folder_;
  const uint64_t started_at_ms_;
  Model model_;
  Gate gate_;
  Fleet fleet_;
  Workload workload_;
  Auditor auditor_;
  Server server_;
  Outcome outcome_;
};

}  // namespace tocsin::crash
