// Summary: the outcome of a run, for people and for programs.
//
// Thread: pure functions.
#pragma once

#include <string>

#include "tests/crash/run.h"

namespace tocsin::crash {

std::string summary_table(const Options& options, const Outcome& outcome);
std::string summary_json(const Options& options, const Outcome& outcome);

}  // namespace tocsin::crash
