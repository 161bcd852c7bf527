#include "runtime/http_server/gunzip.h"

#include <algorithm>
#include <limits>
#include <zlib.h>

#include "base/check.h"
#include "base/limits.h"

namespace tocsin::runtime {

struct Gunzip::Stream {
  Stream() {
    constexpr int gzip_with_largest_window = 16 + MAX_WBITS;
    TOCSIN_CHECK(inflateInit2(&z, gzip_with_largest_window) == Z_OK);
  }
  ~Stream() { inflateEnd(&z); }

  z_stream z{};
};

Gunzip::Gunzip(size_t bytes_max) : stream_(std::make_unique<Stream>()), bytes_left_(bytes_max) {}
Gunzip::~Gunzip() = default;

// One byte more than is allowed is asked for, to see whether there is any.
Gunzip::Step Gunzip::unpack(std::string_view& input, std::string& out, size_t bytes_wanted) {
  z_stream& z = stream_->z;
  while ((!input.empty() || has_more_) && bytes_wanted > 0) {
    if (complete_) {  // another member follows (section 2.2)
      inflateReset(&z);
      complete_ = false;
    }
    const size_t before = out.size();
    const size_t room =
        std::min({bytes_wanted, bytes_left_ + 1, size_t{limits::http_piece_bytes_max}});
    out.resize(before + room);
    const size_t given =
        std::min<size_t>(input.size(), std::numeric_limits<decltype(z.avail_in)>::max());
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    z.avail_in = static_cast<uInt>(given);
    z.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    z.avail_out = static_cast<uInt>(room);
    const int result = inflate(&z, Z_NO_FLUSH);
    const size_t made = room - z.avail_out;
    out.resize(before + made);
    input.remove_prefix(given - z.avail_in);
    if (made > bytes_left_) return Step::too_large;
    bytes_left_ -= made;
    bytes_wanted -= made;
    complete_ = result == Z_STREAM_END;
    has_more_ = result == Z_OK && z.avail_out == 0;
    // Z_BUF_ERROR: there was nothing left to do.
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return Step::broken;
  }
  return Step::ok;
}

Gunzip::Step gunzip(std::string_view input, size_t bytes_max, std::string& out) {
  Gunzip unpacker(bytes_max);
  while (!input.empty() || unpacker.has_more()) {
    const Gunzip::Step step = unpacker.unpack(input, out, bytes_max + 1);
    if (step != Gunzip::Step::ok) return step;
  }
  return unpacker.is_complete() ? Gunzip::Step::ok : Gunzip::Step::broken;
}

}  // namespace tocsin::runtime
