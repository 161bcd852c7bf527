// Gunzip: what a peer has compressed with gzip (RFC 1952), unpacked piece by piece and never beyond
// a bound: a kilobyte of it can stand for a megabyte.
//
// Thread: one owner.
// Bound: bytes_max in all; zlib's window of 32 KB and its tables meanwhile.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tocsin::runtime {

class Gunzip {
 public:
  enum class Step {
    ok,
    broken,    // not gzip, or damaged
    too_large  // more than bytes_max
  };

  // `bytes_max`: of what comes out, in all.
  explicit Gunzip(size_t bytes_max);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // Unpack from the front of `input`, and take off what was used, until there is no more to unpack
  // or `bytes_wanted` were appended to `out`. Call it again while there is input, or has_more().
  // After anything but ok it must not be called again.
  Step unpack(std::string_view& input, std::string& out, size_t bytes_wanted);

  // What came may stand for more than has been unpacked.
  bool has_more() const { return has_more_; }
  // The input may end here: nothing of it is missing.
  bool is_complete() const { return complete_; }

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  size_t bytes_left_;
  bool complete_ = false;
  bool has_more_ = false;
};

// `input` as a whole, at most `bytes_max`, appended to `out`.
Gunzip::Step gunzip(std::string_view input, size_t bytes_max, std::string& out);

}  // namespace tocsin::runtime
