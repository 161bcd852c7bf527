// A gRPC connection to the API, and how its errors are told.
//
// Thread: a channel is used by one thread here.
#pragma once

#include <cstdint>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <memory>

#include <absl/status/status.h>

#include "api/send_place.h"

namespace tocsin::api {

// A channel that shares its connection with no other: as many channels, as many connections.
std::shared_ptr<grpc::Channel> open_channel(const SendPlace& place);

// Give a call its key and its deadline.
void prepare_call(grpc::ClientContext& context, const SendPlace& place, uint32_t timeout_ms);

// The same code and message.
absl::Status status_from(const grpc::Status& status);

}  // namespace tocsin::api
