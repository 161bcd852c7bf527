// HttpPoster: posts bodies to URLs that others have chosen, and says what status came back.
//
// Every post has a connection of its own. Over https the server must prove its name with a
// certificate of the given authority. Redirects are not followed, and the body of the answer is not
// read. An address is judged when it is about to be connected to, so a name that resolves to
// another one later gains nothing.
//
// Thread: made and used on the shard given; done() is called there, or never when the shard stops.
// Bound: timeout_ms a post, http_head_bytes_max of an answer's head. Who uses it bounds how many.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "runtime/http/http_url.h"
#include "runtime/shard.h"

namespace tocsin::runtime {

struct HttpPosterOptions {
  std::string ca_pem = {};      // authorities to trust; empty: those of the system
  bool allow_loopback = false;  // addresses of this machine; http is for them alone
  uint32_t timeout_ms = 0;      // of a post, from resolving the name to the answer's head
};

struct HttpPost {
  HttpUrl url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct HttpPosted {
  int status = 0;
  std::string retry_after = {};  // the header's value
};

class HttpPoster {
 public:
  // INVALID_ARGUMENT for PEM that does not parse.
  static absl::StatusOr<std::unique_ptr<HttpPoster>> create(Shard& shard,
                                                            HttpPosterOptions options);
  ~HttpPoster();

  // Any status is an answer. UNAVAILABLE: no connection, or it broke; DEADLINE_EXCEEDED: no answer
  // in time (the server may have acted); FAILED_PRECONDITION: the server could not prove who it is;
  // PERMISSION_DENIED: an address that may not be posted to; INTERNAL: what came is not HTTP.
  using Done = absl::AnyInvocable<void(absl::StatusOr<HttpPosted>)>;
  void post(HttpPost post, Done done);

 private:
  class Impl;
  explicit HttpPoster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Why an address may not be posted to; "" when it may. Never: link-local (where clouds keep their
// credentials), unspecified, multicast. Loopback as allowed, and over plain HTTP nothing else.
std::string refusal_of_address(const std::string& address, bool tls, bool allow_loopback);

}  // namespace tocsin::runtime
