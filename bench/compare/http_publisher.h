// HttpPublisher: publishes by POST on one kept connection, for nchan's publisher location.
//
// Thread: one owner.  Bound: input_bytes_max for an answer's head and for its body.
#pragma once

#include <string>

#include "compare/speaker.h"

namespace tocsin::compare {

class HttpPublisher final : public Publisher {
 public:
  explicit HttpPublisher(std::string path) : path_(std::move(path)) {}

  // Nothing: HTTP begins with the first request. Its first feed(), of nothing, gives ready.
  void start(Bytes& out) override;
  Fed feed(ByteView in, Bytes& out, Events& events) override;
  void publish(ByteView payload, Bytes& out) override;

 private:
  std::string path_;
  size_t unanswered_ = 0;
};

}  // namespace tocsin::compare
