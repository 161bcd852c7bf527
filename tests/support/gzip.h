// gzip as peers of a test speak it.
//
// Thread: pure function.
#pragma once

#include <string>
#include <string_view>
#include <zlib.h>

#include "base/check.h"

namespace tocsin::test {

inline std::string gzip(std::string_view text) {
  z_stream z{};
  TOCSIN_CHECK(deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
                            Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  TOCSIN_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

}  // namespace tocsin::test
