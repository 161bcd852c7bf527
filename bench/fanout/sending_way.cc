#include "fanout/sending_way.h"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <sys/socket.h>

#include <openssl/ssl.h>

namespace tocsin::bench::fanout {
namespace {

bool send_in_batches(gateway::SocketIo& io, ConnectedFleet& fleet, uint32_t begin, uint32_t end,
                     const Bytes& payload) {
  bool ok = true;
  std::array<uint32_t, gateway::SocketIo::batch_max> indices;
  std::array<gateway::SocketIo::SendEnd, gateway::SocketIo::batch_max> ends;
  while (begin < end) {
    const size_t count = std::min<size_t>(end - begin, indices.size());
    std::iota(indices.begin(), indices.begin() + static_cast<ptrdiff_t>(count), begin);
    const auto batch_ends = std::span(ends).first(count);
    io.send_batch(fleet.table(), std::span(indices).first(count), payload, batch_ends);
    for (const auto end_of_one : batch_ends) ok &= end_of_one == gateway::SocketIo::SendEnd::sent;
    begin += static_cast<uint32_t>(count);
  }
  return ok;
}

}  // namespace

SendingWay plain_send(uint32_t payload_bytes) {
  const Bytes record(payload_bytes + wire::TlsSession::overhead_bytes, 'x');
  return {"plain send()", [record](ConnectedFleet& fleet, uint32_t begin, uint32_t end) {
            bool ok = true;
            for (uint32_t i = begin; i < end; ++i) {
              ok &= send(fleet.fd(i), record.data(), record.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
                    static_cast<ssize_t>(record.size());
            }
            return ok;
          }};
}

SendingWay ssl_write(uint32_t payload_bytes) {
  const Bytes payload(payload_bytes, 'x');
  return {"SSL_write", [payload](ConnectedFleet& fleet, uint32_t begin, uint32_t end) {
            bool ok = true;
            const int bytes = static_cast<int>(payload.size());
            for (uint32_t i = begin; i < end; ++i) {
              ok &= SSL_write(fleet.ssl(i), payload.data(), bytes) == bytes;
            }
            return ok;
          }};
}

SendingWay tocsin_fan_out(uint32_t payload_bytes, gateway::SocketIo::Means means) {
  std::string name = "tocsin";
  if (!means.io_uring || !means.fast_gcm) {
    name += std::string(", ") + (means.fast_gcm ? "ipsec-mb" : "OpenSSL EVP") + " and " +
            (means.io_uring ? "io_uring" : "send()");
  }
  // Made by the first run, because io_uring belongs to the thread that sends.
  std::shared_ptr<gateway::SocketIo> io;
  const Bytes payload(payload_bytes, 'x');
  return {name, [=](ConnectedFleet& fleet, uint32_t begin, uint32_t end) mutable {
            if (io == nullptr) io = std::make_shared<gateway::SocketIo>(means);
            return send_in_batches(*io, fleet, begin, end, payload);
          }};
}

}  // namespace tocsin::bench::fanout
