#include "api/sender.h"

#include <algorithm>
#include <fmt/format.h>
#include <random>

#include "base/check.h"
#include "harness/try.h"

namespace tocsin::bench::api {
namespace {

constexpr int ttl_s = 3600;

}  // namespace

SendPlace place_of(const ServerUnderTest& server, size_t payload_bytes) {
  return {server.api_url,        fmt::format("127.0.0.1:{}", server.process->ready().grpc_port),
          server.gateway.ca_pem, server.keys.app,
          server.keys.send_key,  payload_bytes};
}

absl::Status add_senders(MakeSender make, const SendPlace& place, uint32_t count, Senders& to) {
  for (uint32_t i = 0; i < count; ++i) {
    TOCSIN_TAKE(std::unique_ptr<Sender> sender, make(place));
    to.push_back(std::move(sender));
  }
  return absl::OkStatus();
}

v1::SendRequest message_for(const SendPlace& place) {
  v1::SendRequest message;
  (*message.mutable_data())["payload"] = std::string(place.payload_bytes, 'x');
  message.mutable_ttl()->set_seconds(ttl_s);
  return message;
}

void for_each_piece(const SendPlace& place, std::span<const std::string> ids,
                    uint32_t ids_per_piece, absl::FunctionRef<void(v1::SendToListRequest)> take) {
  v1::SendToListRequest first;
  *first.mutable_message() = message_for(place);
  take(std::move(first));
  while (!ids.empty()) {
    v1::SendToListRequest piece;
    const auto some = ids.first(std::min<size_t>(ids.size(), ids_per_piece));
    piece.mutable_device_ids()->Add(some.begin(), some.end());
    take(std::move(piece));
    ids = ids.subspan(some.size());
  }
}

std::vector<std::string> ids_with(const std::vector<std::string>& known, uint32_t count) {
  TOCSIN_CHECK(known.size() <= count);
  std::mt19937_64 random;
  std::vector<std::string> ids;
  ids.reserve(count);
  size_t used = 0;
  for (uint64_t i = 0; i < count; ++i) {
    // The k-th known one stands where k / known.size() of the list is behind it.
    const bool is_known = used < known.size() && used * count <= i * known.size();
    const uint64_t high = random();
    ids.push_back(is_known ? known[used++] : fmt::format("{:016x}{:016x}", high, random()));
  }
  return ids;
}

}  // namespace tocsin::bench::api
