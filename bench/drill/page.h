// Page: one drill as an HTML page to show around: verdict, figures, charts, setting, command.
//
// One file without any reference to another, so that it can be mailed and kept; light or dark as
// the reader's system is. page.html is the page; its script draws the drill's JSON document, to
// which the curves of the rounds and the timeline are added.
//
// Thread: pure functions.  Bound: some hundred KB; curves and samples are bounded where they are
// made.
#pragma once

#include <string>

#include "drill/report.h"
#include "harness/json.h"

namespace tocsin::drill {

// `document` is that of the same drill.
std::string page_of(const Report& report, const harness::Json& document);

}  // namespace tocsin::drill
