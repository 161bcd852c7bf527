// Sender: one connection that an app server keeps to the API, and what it asks over it.
//
// The same for both transports, and for the server that only pretends to accept.
//
// Thread: one owner at a time; calls block it.
// Bound: that of the client underneath; 36 bytes for each id of a list.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "harness/server.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::bench::api {

inline constexpr uint32_t list_timeout_ms = 120'000;

// Where an app server sends, and with which key.
struct SendPlace {
  std::string rest_url;      // "https://127.0.0.1:1"
  std::string grpc_address;  // "127.0.0.1:1"; empty: it speaks no gRPC
  std::string ca_pem;
  std::string app;
  std::string send_key;
  size_t payload_bytes = 0;  // of the one data entry of a message
};
SendPlace place_of(const ServerUnderTest& server, size_t payload_bytes);

class Sender {
 public:
  virtual ~Sender() = default;
  // A small call that changes nothing: from now on the connection is up.
  virtual absl::Status warm_up() = 0;
  // A message to one device. OK only when it was accepted and got an id.
  virtual absl::Status send(const std::string& device) = 0;

  // Make a message to a list ready, in pieces of that many ids: lines of JSON, or messages of a
  // client stream.
  virtual void prepare_list(std::span<const std::string> ids, uint32_t ids_per_piece) = 0;
  // Send it, from the first byte to the answer. The message's id, or why it was not accepted.
  virtual absl::StatusOr<std::string> send_list() = 0;
};

using Senders = std::vector<std::unique_ptr<Sender>>;
using MakeSender = absl::StatusOr<std::unique_ptr<Sender>> (*)(const SendPlace& place);
// Over REST: runtime::HttpsClient, which keeps its connection. INVALID_ARGUMENT as its create().
absl::StatusOr<std::unique_ptr<Sender>> make_rest_sender(const SendPlace& place);
// Over gRPC: a channel of its own and blocking stubs.
absl::StatusOr<std::unique_ptr<Sender>> make_grpc_sender(const SendPlace& place);
// `count` more of them, for `place`.
absl::Status add_senders(MakeSender make, const SendPlace& place, uint32_t count, Senders& to);

// One data entry of place.payload_bytes, and a time to live. Without a target.
v1::SendRequest message_for(const SendPlace& place);
// The pieces of a message to a list, in order: the message, then the ids.
void for_each_piece(const SendPlace& place, std::span<const std::string> ids,
                    uint32_t ids_per_piece, absl::FunctionRef<void(v1::SendToListRequest)> take);
// `count` ids, `known` among them in even distances, the others of no device. Always the same.
std::vector<std::string> ids_with(const std::vector<std::string>& known, uint32_t count);

// What the server answers over REST to a send to a tag that no device has, for when only the bytes
// of the answer matter.
absl::StatusOr<std::string> answer_to_send(const SendPlace& place);

}  // namespace tocsin::bench::api
