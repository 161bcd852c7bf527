// HtmlReport: one drill as a page to show around: verdict, figures, charts, setting, command.
//
// One file without any reference to another, so that it can be mailed and kept; light or dark as
// the reader's system is; without scripts it lacks only the values under the mouse.
//
// Thread: pure functions.  Bound: some hundred KB; curves and samples are bounded where they are
// made.
#pragma once

#include <string>
#include <vector>

#include "drill/report.h"

namespace tocsin::drill {

// `missed` are the targets' lines, empty when all are kept or none were asked for.
std::string html_report(const Report& report, const std::vector<std::string>& missed);

}  // namespace tocsin::drill
