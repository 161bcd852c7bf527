// Sender: one connection that an app server keeps to the API, and what it asks over it.
//
// The same for both transports, and for the server that only pretends to accept.
//
// Thread: one owner at a time; calls block it.  Bound: that of the client underneath.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/status.h>

namespace tocsin::api {

class Sender {
 public:
  virtual ~Sender() = default;
  // A small call that changes nothing: from now on the connection is up.
  virtual absl::Status warm_up() = 0;
  // A message to one device. OK only when it was accepted and got an id.
  virtual absl::Status send(const std::string& device) = 0;
};

using Senders = std::vector<std::unique_ptr<Sender>>;

}  // namespace tocsin::api
