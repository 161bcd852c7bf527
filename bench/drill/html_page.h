// The style sheet and the script of the HTML report, as text.
//
// Thread: constants.
#pragma once

namespace tocsin::drill {

extern const char* const html_style;
// Shows the values of all lines under the mouse; lets a click on a legend hide its line.
extern const char* const html_script;

}  // namespace tocsin::drill
