// How long a gRPC caller waits: the field grpc-timeout (PROTOCOL-HTTP2, "Timeout").
//
// Thread: pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tocsin::dispatcher {

// "250m" -> 250 ms, rounded up: one to eight digits and a unit: H M S m u n, from hours to
// nanoseconds. nullopt for anything else.
std::optional<uint64_t> parse_grpc_timeout(std::string_view text);

}  // namespace tocsin::dispatcher
