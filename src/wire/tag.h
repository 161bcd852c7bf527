// Whether a text may be a tag: 1..64 bytes of [A-Za-z0-9_.:-].
//
// The same for the device, which looks first because the server closes the connection over a bad
// one, for the gateway and for the API.
//
// Thread: pure function.  Bound: limits::tag_bytes_max.
#pragma once

#include <string_view>

namespace tocsin::wire {

bool is_tag(std::string_view text);

}  // namespace tocsin::wire
