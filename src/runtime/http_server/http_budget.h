// HttpBudget: bytes that all connections of a thread may hold together, of one kind.
//
//   HttpBudget::Share      what one exchange holds; gives it back when it dies
//
// Going over is allowed for a moment: the thread then closes the connection that holds most, for
// one that takes little must not pay for one that takes much.
//
// Thread: one connection thread.  Bound: bytes_max, and one exchange more.
#pragma once

#include <cstddef>
#include <utility>

namespace tocsin::runtime {

class HttpBudget {
 public:
  explicit HttpBudget(size_t bytes_max) : bytes_max_(bytes_max) {}

  bool is_over() const { return used_ > bytes_max_; }
  size_t used_bytes() const { return used_; }

  class Share {
   public:
    explicit Share(HttpBudget& budget) : budget_(budget) {}
    ~Share() { set(0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // It holds `bytes` from now on.
    void set(size_t bytes) {
      budget_.used_ += bytes - bytes_;
      bytes_ = bytes;
    }
    size_t bytes() const { return bytes_; }

   private:
    HttpBudget& budget_;
    size_t bytes_ = 0;
  };

 private:
  const size_t bytes_max_;
  size_t used_ = 0;
};

}  // namespace tocsin::runtime
