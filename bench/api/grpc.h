// A Sender over gRPC: a channel of its own and blocking stubs.
//
// Thread: as Sender.
#pragma once

#include <memory>

#include <absl/status/statusor.h>

#include "api/sender.h"

namespace tocsin::api {

absl::StatusOr<std::unique_ptr<Sender>> make_grpc_sender(const SendPlace& place);

}  // namespace tocsin::api
