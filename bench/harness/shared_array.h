// SharedArray: memory that this process and those it forks from now on share; zero at first.
//
// Thread: any; what is in it has to be made for that.  Bound: pages nobody touched cost nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <sys/mman.h>

#include <absl/status/statusor.h>

#include "harness/system_error.h"

namespace tocsin::bench {

template <typename Value>
class SharedArray {
 public:
  // UNAVAILABLE when the system refuses.
  static absl::StatusOr<SharedArray> create(size_t size) {
    void* mapped = mmap(nullptr, size * sizeof(Value), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) return system_error("cannot get shared memory");
    return SharedArray({static_cast<Value*>(mapped), Unmap{size}});
  }

  Value& operator[](size_t index) const { return values_.get()[index]; }

 private:
  struct Unmap {
    size_t size = 0;
    void operator()(Value* values) const { munmap(values, size * sizeof(Value)); }
  };
  explicit SharedArray(std::unique_ptr<Value, Unmap> values) : values_(std::move(values)) {}

  std::unique_ptr<Value, Unmap> values_;
};

}  // namespace tocsin::bench
