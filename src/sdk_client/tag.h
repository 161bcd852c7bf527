// Whether a text may be a tag: 1..64 bytes of [A-Za-z0-9_.:-].
//
// The server closes the connection over a bad tag, so the device looks first.
//
// Thread: pure function.  Bound: limits::tag_bytes_max.
#pragma once

#include <string_view>

namespace tocsin::sdk_client {

bool is_tag(std::string_view text);

}  // namespace tocsin::sdk_client
