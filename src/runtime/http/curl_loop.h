// CurlLoop: libcurl's transfers on a shard, none of which blocks it.
//
// libcurl says which sockets it waits for and until when. Both go into an epoll set, which is one
// more descriptor for the shard to watch:
//
//   libcurl --sockets, a time--> epoll set --readable--> shard --> work() --> libcurl --> on_over()
//
// Names are resolved by threads of libcurl's own, one a name, which nobody waits for.
//
// Thread: made, used and destroyed on the shard, or while it does not run.
// Bound: idle_connections_max; who uses it bounds the transfers.
#pragma once

#include <cstddef>

#include <absl/functional/any_invocable.h>

#include "runtime/http/http_transfer.h"
#include "runtime/shard.h"

namespace tocsin::runtime {

class CurlLoop {
 public:
  // Called with each transfer that is over, which may be destroyed then.
  using OnOver = absl::AnyInvocable<void(HttpTransfer&, int curl_code)>;
  // Called after that, whenever libcurl has worked.
  using OnWorked = absl::AnyInvocable<void()>;

  CurlLoop(Shard& shard, size_t idle_connections_max, OnOver on_over, OnWorked on_worked);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  // `transfer` must be destroyed before this is. Nothing is called from within.
  void start(HttpTransfer& transfer) { transfer.start(multi_.get()); }

 private:
  void work();

  Shard& shard_;
  OnOver on_over_;
  OnWorked on_worked_;
  int epoll_;
  int timer_;
  CurlMulti multi_;
};

}  // namespace tocsin::runtime
