// The syntax of names that senders choose (base/limits.h states the lengths).
//
// Thread: pure functions.
#pragma once

#include <string_view>

namespace tocsin::dispatcher {

bool is_app_name(std::string_view text);  // [a-z][a-z0-9-]{0,62}
bool is_tag(std::string_view text);       // [A-Za-z0-9_.:-]{1,64}

}  // namespace tocsin::dispatcher
