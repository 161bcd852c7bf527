// WholeBody: a request's body that its handler wants whole.
//
// Thread: the connection's.  Bound: bytes_max, which the session keeps; more never reaches `done`.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <absl/functional/any_invocable.h>

#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

class WholeBody final : public HttpBodySink {
 public:
  using Done = absl::AnyInvocable<void(std::string body)>;

  // `done` is called once, with the body; never when the request is lost.
  WholeBody(size_t bytes_max, Done done) : bytes_max_(bytes_max), done_(std::move(done)) {}

  size_t bytes_max() const override { return bytes_max_; }
  bool on_piece(std::string_view piece) override;
  void on_end() override;
  size_t held_bytes() const override { return body_.size(); }

 private:
  const size_t bytes_max_;
  Done done_;  // empty once called, or when the body is too large
  std::string body_;
};

}  // namespace tocsin::runtime
