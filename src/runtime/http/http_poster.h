// HttpPoster: posts bodies to URLs that others have chosen, and says what status came back.
//
// Over https the server must prove its name with a certificate of the given authority. Redirects
// are not followed. An address is judged when it is about to be connected to, so a name that
// resolves to another one later gains nothing, and no proxy of the environment is asked, which
// would connect for us to whatever it likes.
//
// Connections are kept and used again, by one post after the other or over HTTP/2 by many at once.
// So the body of an answer is read and thrown away, but nobody waits for it: the status is told
// when the answer's head is there, and a body that is too long or too late costs the connection
// alone. A post whose kept connection turns out to be closed is repeated on a new one; a server may
// thus see it twice.
//
// Thread: made, used and destroyed on the shard given, or while it does not run; done() is called
// there, from the shard's loop, or never when the shard stops.
// Bound: timeout_ms a post, http_head_bytes_max of an answer's head, http_drain_bytes_max of its
// body, http_drains_max answers whose body is outstanding, http_kept_max idle connections. Who uses
// it bounds how many posts are under way.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "runtime/http/curl_loop.h"
#include "runtime/http/http_transfer.h"
#include "runtime/http/http_url.h"
#include "runtime/shard.h"

namespace tocsin::runtime {

struct HttpPosterOptions {
  std::string ca_pem = {};      // authorities to trust; empty: those of the system
  bool allow_loopback = false;  // addresses of this machine; http is for them alone
  std::string proxy = {};       // "http://host:port", for https to other machines; empty: none
  uint32_t timeout_ms = 0;      // of a post, from resolving the name to the answer's head
};

struct HttpPost {
  HttpUrl url;
  HttpHeaders headers = {};
  std::string body = {};
};

struct HttpPosted {
  int status = 0;
  std::string retry_after = {};  // the header's value
};

class HttpPoster {
 public:
  // INVALID_ARGUMENT for PEM that does not parse, or a proxy that is not http://host:port.
  static absl::StatusOr<std::unique_ptr<HttpPoster>> create(Shard& shard,
                                                            HttpPosterOptions options);
  ~HttpPoster();

  // Any status is an answer. UNAVAILABLE: no connection, or it broke; DEADLINE_EXCEEDED: no answer
  // in time (the server may have acted); FAILED_PRECONDITION: the server could not prove who it is;
  // PERMISSION_DENIED: an address that may not be posted to; INTERNAL: what came is not HTTP.
  using Done = absl::AnyInvocable<void(absl::StatusOr<HttpPosted>)>;
  void post(HttpPost post, Done done);

 private:
  class Post;
  HttpPoster(Shard& shard, HttpPosterOptions options);
  void on_over(HttpTransfer& transfer, int curl_code);
  void tell_answered();

  HttpPosterOptions options_;
  CurlLoop loop_;
  std::map<HttpTransfer*, std::unique_ptr<Post>> posts_;
  std::vector<Post*> answered_;  // in the order of their heads; their bodies are outstanding
};

// Why an address may not be posted to; "" when it may. Never: link-local (where clouds keep their
// credentials), unspecified, multicast. Loopback as allowed, and over plain HTTP nothing else.
std::string refusal_of_address(const std::string& address, bool tls, bool allow_loopback);

}  // namespace tocsin::runtime
