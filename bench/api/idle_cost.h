// What a connection costs a server that is kept and not used.
//
// Thread: the main thread.  Bound: what the caller asks for; settle_timeout_s for each look.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include <absl/status/statusor.h>

#include "api/sender.h"
#include "drill/stop_signal.h"

namespace tocsin::api {

inline constexpr uint32_t settle_timeout_s = 15;

// Bytes per connection; absent: not measured.
struct IdleCost {
  std::optional<double> rest_bytes;
  std::optional<double> grpc_bytes;
  std::optional<double> nginx_bytes;
};

// Make one more connection.
using MakeSender = std::function<absl::StatusOr<std::unique_ptr<Sender>>()>;

// Memory of the processes below `server_pid`, bytes, once it stands still.
absl::StatusOr<uint64_t> settled_bytes(int server_pid, const drill::StopSignal& stop);

// Open `count` connections, with one call each, into `held`: growth of the server's memory for each
// of them. What the first few cost once is not in it.
absl::StatusOr<double> bytes_per_connection(int server_pid, uint32_t count, const MakeSender& make,
                                            Senders& held, const drill::StopSignal& stop);

}  // namespace tocsin::api
