// SendingWay: one way to get a payload to a range of connections of a ConnectedFleet.
//
//   plain send()    what a server without TLS does: as many bytes as the record has, in the clear
//   SSL_write       what a server on OpenSSL does
//   tocsin ...      gateway::SocketIo::send_batch, the code that the gateway runs
//
// Thread: one owner, the one that calls run().
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fanout/connected_fleet.h"
#include "gateway/socket_io.h"

namespace tocsin::bench::fanout {

struct SendingWay {
  std::string name;
  // Send to connections [begin, end); false when a socket did not take all.
  std::function<bool(ConnectedFleet& fleet, uint32_t begin, uint32_t end)> run;
};

// Each for pushes of `payload_bytes`.
SendingWay plain_send(uint32_t payload_bytes);
SendingWay ssl_write(uint32_t payload_bytes);
SendingWay tocsin_fan_out(uint32_t payload_bytes, gateway::SocketIo::Means means);

}  // namespace tocsin::bench::fanout
