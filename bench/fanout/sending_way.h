// SendingWay: one way to get a payload to a range of connections of a ConnectedFleet.
//
//   plain send()    what a server without TLS does: as many bytes as the record has, in the clear
//   SSL_write       what a server on OpenSSL does
//   tocsin ...      gateway::SocketIo::send_batch, the code that the gateway runs
//
// Thread: one owner, the one that calls run().
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "fanout/connected_fleet.h"
#include "gateway/socket_io.h"

namespace tocsin::bench::fanout {

class SendingWay {
 public:
  virtual ~SendingWay() = default;
  virtual std::string name() const = 0;
  // Send to connections [begin, end); false when a socket did not take all.
  virtual bool run(ConnectedFleet& fleet, uint32_t begin, uint32_t end) = 0;
};

// Each for pushes of `payload_bytes`.
std::unique_ptr<SendingWay> make_plain_send(uint32_t payload_bytes);
std::unique_ptr<SendingWay> make_ssl_write(uint32_t payload_bytes);
std::unique_ptr<SendingWay> make_tocsin(uint32_t payload_bytes, gateway::SocketIo::Means means);

}  // namespace tocsin::bench::fanout
