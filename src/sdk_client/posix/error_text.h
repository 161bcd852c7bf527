// One line for people about what went wrong last, without a heap.
//
// Thread: one owner.
// Bound: 255 bytes; more is cut off.
#pragma once

#include <cstdarg>
#include <cstdio>

namespace tocsin::sdk_client {

class ErrorText {
 public:
  __attribute__((format(printf, 2, 3))) void set(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text_, sizeof text_, format, arguments);
    va_end(arguments);
  }
  const char* text() const { return text_; }

 private:
  char text_[256] = "";
};

}  // namespace tocsin::sdk_client
