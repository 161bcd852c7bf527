// Whether bytes are a well-formed roaring set in the portable format, before CRoaring gets them,
// which trusts the counts and the order written in them.
//
// One pass over the bytes, container by container, a fraction of a nanosecond per value.
//
// Source: the Roaring Bitmaps format specification (RoaringFormatSpec).
// Thread: pure function.
#pragma once

#include <string_view>

namespace tocsin::sets {

bool is_roaring_set(std::string_view bytes);

}  // namespace tocsin::sets
