// ListSender: one message to a list of a million ids, made before the clock starts.
//
// Thread: one owner; calls block it.  Bound: 36 bytes for each id, in this process.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "api/send_place.h"

namespace tocsin::api {

inline constexpr uint32_t list_timeout_ms = 120'000;

class ListSender {
 public:
  virtual ~ListSender() = default;
  // As of Sender.
  virtual absl::Status warm_up() = 0;
  // Send it, from the first byte to the answer. The message's id, or why it was not accepted.
  virtual absl::StatusOr<std::string> send() = 0;
};

// Pieces of `ids_per_piece` ids: lines of JSON, or messages of a client stream.
absl::StatusOr<std::unique_ptr<ListSender>> make_rest_list(const SendPlace& place,
                                                           std::span<const std::string> ids,
                                                           uint32_t ids_per_piece);
absl::StatusOr<std::unique_ptr<ListSender>> make_grpc_list(const SendPlace& place,
                                                           std::span<const std::string> ids,
                                                           uint32_t ids_per_piece);

// `count` ids, `known` among them in even distances, the others of no device. Always the same.
std::vector<std::string> ids_with(const std::vector<std::string>& known, uint32_t count);

}  // namespace tocsin::api
